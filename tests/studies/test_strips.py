"""What each study's strip shows, from made-up results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace as Made
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from rediffuse.studies.a1_zeroshot_prompts import study as prompts_study
from rediffuse.studies.a2_zeroshot_robustness import study as robustness_study
from rediffuse.studies.a2_zeroshot_robustness.corruptions import KINDS
from rediffuse.studies.a3_generate_ranked import plots as ranked_plots
from rediffuse.studies.a4_noise_schedules import plots as schedules_plots
from rediffuse.studies.a5_interpolate_prompts import plots as interpolation_plots
from rediffuse.studies.a6_edit_attribute import plots as edit_plots
from rediffuse.studies.a7_sweep_guidance import plots as sweep_plots
from rediffuse.studies.a8_sketch_to_image import plots as sketch_plots
from rediffuse.studies.a9_refinement import plots as refine_plots
from rediffuse.studies.b1_conditional_ddpm import plots as digit_plots
from rediffuse.studies.b2_ddim import plots as ddim_plots
from rediffuse.studies.b3a_zeroshot_accuracy import study as accuracy_study
from rediffuse.studies.b3b_personalization import plots as personal_plots

SIDE = 64
PROMPTS = Made(texts=("a picture of a fox at night", "a picture of a castle on a sunny beach"))
Draw = Callable[[Path], None]


def flat(*places: int) -> Tensor:
    """Images uint8 [*places, 3, SIDE, SIDE], each of one grey level, from 0 on in their order."""
    count = int(np.prod(places))
    return torch.arange(count, dtype=torch.uint8).view(*places, 1, 1, 1).expand(*places, 3, SIDE, SIDE).clone()


def draw_digits(path: Path) -> None:
    digit_plots.draw_strip(path, {"a": Made(images=flat(20)), "b": Made(images=flat(20) + 100)})


def draw_faces(path: Path) -> None:
    ddim_plots.plot_strip(path, flat(5, 3)[:, :, :1], (0.0, 0.25, 0.5, 0.75, 1.0))


def draw_prompts(path: Path) -> None:
    made: Any = Made(
        animals=Made(images=flat(4), drawing=torch.tensor([3, 3, 5, 5])),
        drawings={3: "one", 5: "another"},
        labels=torch.tensor([0, 0, 1, 1]),
        drawn={"representation": torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]])},
    )
    prompts_study._draw_strip(path, made, Made(candidates=("cat", "dog")))


def draw_robustness(path: Path) -> None:
    shares = torch.eye(2)[[0, 0, 0, 0, 0, 1]]
    made: Any = Made(example=dict.fromkeys(KINDS, flat(6)), example_shares=dict.fromkeys(KINDS, shares))
    robustness_study._draw_summary(path, made, ("sea_lion", "crab"))


def draw_accuracy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accuracy_study, "model_input", lambda _, images: torch.stack(images))
    cases = {
        True: [Made(image=flat(2)[0], truth="sea_lion", names=["sea_lion", "crab"])],
        False: [Made(image=flat(2)[1], truth="sea_lion", names=["crab", "sea_lion"])],
    }
    reading: Any = Made(clip=None, cases=lambda *, right: cases[right])
    accuracy_study._draw_strip(path, reading)


def draw_ranked(path: Path) -> None:
    made: Any = Made(images=flat(2, 2), scores=torch.tensor([[1.0, 2.0], [4.0, 3.0]]), prompts=PROMPTS)
    ranked_plots._draw_strip(path, made, [0, 1])


def draw_schedules(path: Path) -> None:
    names = ("default", "inverse_square", "log_decay")
    made: Any = {name: {"matched": Made(images=flat(4) + 10 * place)} for place, name in enumerate(names)}
    schedules_plots._draw_strip(path, made, 2)


def draw_interpolation(path: Path) -> None:
    made: Any = Made(alphas=torch.linspace(0, 1, 11), ways={"slerp": Made(images=flat(2, 1, 11))})
    pairs = [Made(start=PROMPTS.texts[0], end=PROMPTS.texts[1])]
    interpolation_plots._draw_strip(path, made, Made(pairs=pairs))


def draw_edit(path: Path) -> None:
    made: Any = Made(best=2, edited=Made(images=flat(3, 4)))
    params: Any = Made(source_scene="night", target_scene="day")
    edit_plots._draw_strip(path, made, {1: "fox", 3: "owl"}, params)


def draw_guidance(path: Path) -> None:
    params: Any = Made(sweep=Made(guidance_scales=(1.0, 2.5)), strip_prompts=("a", "b"))
    sweep_plots.draw_strip(path.parent, flat(2, 2), params)


def draw_sketches(path: Path) -> None:
    sketch_plots._draw_strip(path, flat(2), flat(2) + 10, ["house", "car"])


def draw_refinement(path: Path) -> None:
    made: Any = Made(images=flat(3, 2), prompts=PROMPTS, success=torch.tensor([[0, 0], [0, 1], [0, 1]]).bool())
    refine_plots._draw_strip(path, made, [0, 1])


def draw_personal(path: Path) -> None:
    concept = Made(shown=flat(6), section=Made(token="<new1>"))
    evaluations = {0: Made(images=flat(2) + 50), 100: Made(images=flat(2) + 20)}
    personal_plots._draw_strip(path, Made(concepts={"thing": concept}, evaluations={"thing": evaluations}))


@pytest.mark.parametrize(
    ("draw", "levels", "said"),
    [
        (draw_digits, [0, 6, 12, 18, 100, 106, 112, 118], "0, 3, 6, 9, 0, 3, 6, 9"),
        (draw_faces, [0, 3, 9, 12, 1, 4, 10, 13], "η = 0, η = 0.25, η = 0.75, η = 1, η = 0, η = 0.25, η = 0.75, η = 1"),
        (draw_prompts, [0, 2], "cat 90, cat 70"),
        (
            draw_robustness,
            [0, 3, 5, 3, 5, 3, 5],
            "clean sea lion, noise 3 sea lion, noise 5 crab, blur 3 sea lion, blur 5 crab, "
            "rotation 3 sea lion, rotation 5 crab",
        ),
        (draw_ranked, [1, 2], "a fox at night, a castle on a sunny beach"),
        (
            draw_schedules,
            [0, 10, 20, 2, 12, 22],
            "default, inverse-square, log-decay, default, inverse-square, log-decay",
        ),
        (
            draw_interpolation,
            [0, 1, 3, 4, 6, 7, 9, 10],
            "a fox at night, α = 0.1, α = 0.3, α = 0.4, α = 0.6, α = 0.7, α = 0.9, a castle on a sunny beach",
        ),
        (draw_edit, [1, 9, 3, 11], "fox night, → day, owl night, → day"),
        (draw_guidance, [0, 2], "scale 1, scale 2.5"),
        (draw_sketches, [0, 10, 1, 11], "sketch, house, sketch, car"),
        (draw_refinement, [0, 4, 1, 5], "a fox at night, → wrong, a castle on a sunny beach, → right"),
        (draw_personal, [0, 1, 2, 3, 20, 21], "training, training, training, training, <new1>, <new1>"),
    ],
)
def test_a_strip_shows_the_right_pictures_with_their_labels(
    draw: Draw, levels: list[int], said: str, tmp_path: Path
) -> None:
    draw(tmp_path / "summary.png")
    assert read_strip(tmp_path / "summary.png") == (levels, said)


def test_right_cases_come_before_wrong_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_accuracy(tmp_path / "summary.png", monkeypatch)
    assert read_strip(tmp_path / "summary.png") == ([0, 1], "sea lion ✓, sea lion ✗ crab")


def read_strip(path: Path) -> tuple[list[int], str]:
    """The grey levels of the images from left to right, and what the PNG's text says of them."""
    with Image.open(path) as image:
        row, said = np.asarray(image.convert("L"))[40].tolist(), image.info["Description"]
    inside = [(level, before) for before, level in zip([255, *row], [*row, 255], strict=True)]
    return [level for level, before in inside if before == 255 and level != 255], said
