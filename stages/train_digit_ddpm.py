"""Train the conditional DDPM of the digits and keep its best checkpoint."""

from __future__ import annotations

from rediffuse.data.digits.tensors import load_split
from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.models.digit_classifier.model import SelectorNet, load_reader
from rediffuse.models.digit_ddpm.model import DigitModel
from rediffuse.models.digit_ddpm.params import Params
from rediffuse.models.digit_ddpm.training import is_edge, make_unet, score, train_ddpm
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import make_accelerator
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.resume import Checkpoint
from rediffuse.training.optimizers import make_optimizers
from rediffuse.training.run import TrainingRun, averaged, make_ema, write_curve

NAME = "train_digit_ddpm"


def main(params: Params) -> None:
    accelerator = make_accelerator(params.device)
    if params.batch_size % accelerator.num_processes:
        raise InputError(
            f"{NAME}.batch_size: found {params.batch_size}; "
            f"allowed here are multiples of the {accelerator.num_processes} processes"
        )
    data = load_split("data/digits", "train")
    selector = load_reader(SelectorNet, "models/digit_selector", accelerator.device)
    scheduler = make_scheduler(params.schedule)
    schedule = NoiseSchedule.of(scheduler)
    unet = make_unet(params, num_sets=len(data.names)).to(accelerator.device)
    ema = make_ema(unet, params.ema_decay)
    model, *optimizers = accelerator.prepare(unet, *make_optimizers(unet, params.optimizer, is_edge))
    checkpoint = Checkpoint.of_stage(NAME, params, run_key=f"{accelerator.num_processes} processes")
    run = TrainingRun(accelerator, model, optimizers, checkpoint, ema)
    done = run.resume()

    steps = train_ddpm(accelerator, model, optimizers, schedule, data, params, done)
    for step in run.follow(steps, params.steps, params.checkpoint_every, "DDPM of the digits"):
        if step.index in params.candidate_steps() and accelerator.is_main_process:
            candidate = averaged(accelerator.unwrap_model(model), ema)
            accuracy = score(DigitModel(candidate, schedule), selector, params.selection, params.seed)
            print(f"step {step.index}: the selector reads {accuracy:.1%} of the samples right")
            if accuracy >= run.extra.get("accuracy", 0.0):
                run.extra = {"accuracy": accuracy, "step": step.index, "weights": candidate.state_dict()}
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        best = averaged(accelerator.unwrap_model(model), ema)
        best.load_state_dict(run.extra["weights"])
        print(f"kept: step {run.extra['step']}")
        with stage.new_folder("models/digit_ddpm") as folder, stage.new_folder(f"plots/{NAME}") as curve:
            best.save_pretrained(folder / "unet")
            scheduler.save_pretrained(folder / "scheduler")
            write_curve(curve, run.losses, params.log_every)
        checkpoint.remove()


if __name__ == "__main__":
    stage.run(NAME, Params, main)
