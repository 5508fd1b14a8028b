"""Train the unconditional DDPM of the faces."""

from __future__ import annotations

import torch

from rediffuse.data.faces.dataset import load_faces
from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.models.face_ddpm.params import Params
from rediffuse.models.face_ddpm.training import is_edge, make_pipeline, make_unet, train_faces
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import make_accelerator
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.resume import Checkpoint
from rediffuse.training.optimizers import make_optimizers
from rediffuse.training.run import TrainingRun, averaged, make_ema, write_curve

NAME = "train_face_ddpm"


def main(params: Params) -> None:
    accelerator = make_accelerator(params.device)
    if params.batch_size % accelerator.num_processes:
        raise InputError(
            f"{NAME}.batch_size: found {params.batch_size}; "
            f"allowed here are multiples of the {accelerator.num_processes} processes"
        )
    faces = torch.from_numpy(load_faces("data/faces").faces)
    scheduler = make_scheduler(params.schedule)
    unet = make_unet(params).to(accelerator.device)
    ema = make_ema(unet, params.ema_decay)
    model, *optimizers = accelerator.prepare(unet, *make_optimizers(unet, params.optimizer, is_edge))
    checkpoint = Checkpoint.of_stage(NAME, params, run_key=f"{accelerator.num_processes} processes")
    run = TrainingRun(accelerator, model, optimizers, checkpoint, ema)
    done = run.resume()

    steps = train_faces(accelerator, model, optimizers, NoiseSchedule.of(scheduler), faces, params, done)
    for _ in run.follow(steps, params.steps, params.checkpoint_every, "DDPM of the faces"):
        pass
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        trained = averaged(accelerator.unwrap_model(model), ema)
        with stage.new_folder("models/face_ddpm") as folder, stage.new_folder(f"plots/{NAME}") as curve:
            make_pipeline(trained, scheduler).save_pretrained(folder)
            write_curve(curve, run.losses, params.log_every)
        checkpoint.remove()


if __name__ == "__main__":
    stage.run(NAME, Params, main)
