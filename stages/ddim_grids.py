"""What DDIM's η does, and what lies between two noises (study B2), on the digits."""

from __future__ import annotations

from rediffuse import stage
from rediffuse.compute import prepare
from rediffuse.data.digits import load_sets
from rediffuse.diffusion.ddim_study import draw_etas, interpolate
from rediffuse.digits.classifier import JudgeNet, load_reader
from rediffuse.digits.ddim import DigitDdim, eta_metrics, path_metrics, plot_eta, plot_paths
from rediffuse.digits.generate import DigitModel
from rediffuse.intervals import rounded
from rediffuse.params.ddim_grids import Params

NAME = "ddim_grids"


def main(params: Params) -> None:
    device = prepare(params.device)
    model = DigitModel.from_pretrained("models/digit_ddpm", device)
    judge = load_reader(JudgeNet, "models/digit_judge", device)
    digits = DigitDdim(model, load_sets("data/digits")["names"], params)

    eta, path = params.eta, params.interpolation
    images = draw_etas(digits.draw, digits.noise, eta.etas, eta.num_inference_steps, eta.noises)
    repeat = draw_etas(digits.draw, digits.noise, (0.0,), eta.num_inference_steps, eta.noises)[0]
    paths = interpolate(digits.draw, digits.noise, path.num_alphas, path.num_inference_steps, path.pairs)
    eta_found, eta_curve = eta_metrics(images, repeat, eta.etas)
    path_found, path_curve = path_metrics(judge, paths)

    with stage.new_folder(f"plots/{NAME}") as folder:
        plot_eta(folder, images, eta_curve, [digits.label(column) for column in range(eta.columns)])
        shown = range(min(len(digits.names), path.pairs))
        plot_paths(folder, paths, path_curve, {digits.label(pair): pair for pair in shown})
    stage.write_json(f"metrics/{NAME}.json", rounded({"digits": {**eta_found, **path_found}}))


if __name__ == "__main__":
    stage.run(NAME, Params, main)
