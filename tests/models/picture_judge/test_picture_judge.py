"""The judge reads alone as in a batch, never sees what is held out, resumes to the same bytes, and learns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from accelerate.state import AcceleratorState

from rediffuse.data.pictures.dataset import SCENES, PictureSet
from rediffuse.evaluation.pixel_baselines import composed_bank
from rediffuse.models.picture_judge import training as reading
from rediffuse.models.picture_judge.model import Logits, PictureJudge, load_judge, read
from rediffuse.models.picture_judge.params import Params
from rediffuse.models.picture_judge.training import JudgeBatches, judge_loss, make_judge, train_judge
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml
from rediffuse.studies.picture_judge.measures import (
    Examined,
    measure,
    unseen_compositions,
    unseen_pairs,
    unseen_styles,
)
from rediffuse.studies.picture_judge.params import Params as EvaluationParams
from tests.support.small_pictures import HELD_OUT_THING, Noted

ROOT = Path(__file__).parents[3]
KNOWN = [0, 1, 2]  # styles; 3 is held out from the judge, 4 from all
Changed = Callable[..., Params]


@pytest.fixture(scope="module")
def changed() -> Changed:
    section = read_yaml(ROOT / "params.yaml")["train_picture_judge"]

    def make(**changes: Any) -> Params:
        small = {
            "image_size": 16,
            "widths": [8, 16, 16],
            "blocks": [1, 1, 1],
            "batch_size": 16,
            "steps": 12,
            "warmup": 2,
            "checkpoint_every": 4,
            "log_every": 4,
        }
        return Params.model_validate({**section, **small, **changes})

    return make


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to train in; accelerate keeps its state for the whole process, so it is forgotten."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dvc.yaml").write_text("stages: {train_picture_judge: {deps: []}}\n")
    AcceleratorState._reset_state(reset_partial_state=True)
    yield tmp_path
    AcceleratorState._reset_state(reset_partial_state=True)
    torch.use_deterministic_algorithms(False)


def seen(count: int, size: int = 16) -> torch.Tensor:
    return torch.randint(0, 256, (count, 3, size, size), generator=torch.Generator().manual_seed(3), dtype=torch.uint8)


def parts(reading_: Any) -> list[torch.Tensor]:
    return [reading_.things, reading_.scenes, reading_.styles, reading_.features]


def test_alone_as_in_a_batch(pictures: PictureSet, changed: Changed, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = make_judge(pictures, KNOWN, changed())
    images = seen(7)
    whole = parts(read(judge, images))
    for index in range(7):
        for one, all_ in zip(parts(read(judge, images[index : index + 1])), whole, strict=True):
            torch.testing.assert_close(one[0], all_[index], rtol=1e-4, atol=1e-6)
    monkeypatch.setattr("rediffuse.models.picture_judge.model.BATCH", 3)
    for one, all_ in zip(parts(read(judge, images)), whole, strict=True):
        torch.testing.assert_close(one, all_, rtol=1e-4, atol=1e-6)


def test_what_is_read(pictures: PictureSet, changed: Changed) -> None:
    judge = make_judge(pictures, KNOWN, changed())
    found = read(judge, seen(5))
    assert [part.shape for part in parts(found)] == [(5, 12), (5, 5), (5, 3), (5, 32)]
    for part in (found.things, found.scenes, found.styles):
        torch.testing.assert_close(part.sum(1), torch.ones(5))
    mirrored = read(judge, seen(5).flip(-1))
    for one, other in zip(parts(found), parts(mirrored), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)
    assert read(judge, seen(2, size=64)).things.shape == (2, 12)
    with pytest.raises(ValueError, match="no picture"):
        read(judge, seen(0))


def test_saved_and_loaded_it_reads_the_same_to_the_bit(pictures: PictureSet, changed: Changed, tmp_path: Path) -> None:
    judge = make_judge(pictures, KNOWN, changed())
    judge.save_pretrained(tmp_path / "judge")
    loaded = load_judge(tmp_path / "judge")
    assert all(
        torch.equal(one, other)
        for one, other in zip(parts(read(judge, seen(4))), parts(read(loaded, seen(4))), strict=True)
    )
    assert list(loaded.config.things) == list(pictures.things) and list(loaded.config.scenes) == list(SCENES)
    assert list(loaded.config.styles) == ["one", "two", "three"]
    with pytest.raises(InputError, match="no PictureJudge"):
        load_judge(tmp_path / "nowhere")


def test_no_batch_holds_what_is_held_out(
    pictures: PictureSet, changed: Changed, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = Noted(monkeypatch, reading)
    batches = JudgeBatches(pictures, changed())
    labels = torch.cat([batches.at(step)[1] for step in range(100)], 1)
    drawings = torch.cat([recipe.drawing for recipe in noted.recipes])
    scenes = torch.cat([recipe.scene for recipe in noted.recipes])
    assert batches.styles == KNOWN
    assert torch.equal(labels[0], pictures.thing[drawings])
    assert torch.equal(labels[1], scenes)
    assert torch.equal(labels[2], pictures.style[drawings]) and labels[2].unique().tolist() == KNOWN
    assert set(labels[0].tolist()) == set(range(12)) - {HELD_OUT_THING}
    pairs = set(zip(labels[0].tolist(), scenes.tolist(), strict=True))
    assert not pairs & pictures.held_out.pairs and len(pairs) == 11 * 4


def test_the_label_of_a_style_is_its_place_among_the_known_ones(pictures: PictureSet, changed: Changed) -> None:
    from dataclasses import replace

    held_out = replace(pictures.held_out, styles={**pictures.held_out.styles, "judge": frozenset({0})})
    batches = JudgeBatches(replace(pictures, held_out=held_out), changed())
    assert batches.styles == [1, 2, 3] and batches.label.tolist() == [-1, 0, 1, 2, -1]


def test_the_loss_is_the_mean_of_three_cross_entropies() -> None:
    random = torch.Generator().manual_seed(0)
    said = Logits(*(torch.randn(6, k, generator=random) for k in (12, 5, 3)))
    labels = torch.stack([torch.randint(k, (6,), generator=random) for k in (12, 5, 3)])
    by_hand = 0.0
    for logits, label, smoothing in zip((said.things, said.scenes, said.styles), labels, (0.2, 0, 0), strict=True):
        wanted = (1 - smoothing) * F.one_hot(label, logits.shape[1]) + smoothing / logits.shape[1]
        by_hand += float(-(wanted * logits.log_softmax(1)).sum(1).mean()) / 3
    assert float(judge_loss(said, labels, 0.2)) == pytest.approx(by_hand, rel=1e-5)


def outs(project: Path) -> dict[str, bytes]:
    files = sorted(path for folder in ("models", "plots") for path in (project / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(project)): path.read_bytes() for path in files}


def test_killed_and_resumed_ends_in_the_same_bytes(
    pictures: PictureSet, changed: Changed, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_judge("train_picture_judge", pictures, changed(), "models/picture_judge")
    whole = outs(project)
    assert any(name.endswith(".safetensors") for name in whole)

    class KilledError(Exception):
        pass

    at, steps = JudgeBatches.at, []

    def killed(self: JudgeBatches, step: int) -> Any:
        if step == 9 and 8 in steps and len(steps) < 11:
            raise KilledError
        steps.append(step)
        return at(self, step)

    for path in ("models", "plots"):
        (project / path).rename(project / f"first_{path}")
    monkeypatch.setattr(JudgeBatches, "at", killed)
    with pytest.raises(KilledError):
        train_judge("train_picture_judge", pictures, changed(), "models/picture_judge")
    assert not (project / "models").exists()
    steps += [-1, -1]
    train_judge("train_picture_judge", pictures, changed(), "models/picture_judge")
    assert steps == [*range(9), -1, -1, 8, 9, 10, 11]
    assert outs(project) == whole


def test_it_learns_and_what_it_reads_is_counted(pictures: PictureSet, changed: Changed, project: Path) -> None:
    train_judge("train_picture_judge", pictures, changed(steps=120), "models/picture_judge")
    judge = load_judge("models/picture_judge")
    params = EvaluationParams(seed=0, device="cpu", pictures_per_drawing=4, pairs=60, baseline_pictures=400, examples=8)
    styles, compositions, pairs = (
        examine(judge, pictures, params) for examine in (unseen_styles, unseen_compositions, unseen_pairs)
    )
    assert set(styles.style.tolist()) == {-1} and set(compositions.style.tolist()) == set(KNOWN)
    assert set(zip(pairs.thing.tolist(), pairs.scene.tolist(), strict=True)) <= pictures.held_out.pairs
    bank = composed_bank(pictures, pictures.rows("judge", "train"), 400, seed=0)
    found: Any = measure(styles, compositions, pairs, bank, torch.arange(6))
    for part in found.values():
        assert part["things"]["drawings"] <= part["things"]["n"]
        assert 0 <= part["things"]["baseline_1nn"]["acc1"] <= 1
        assert part["scenes"]["baseline_mean_picture"]["n"] == part["scenes"]["n"]
    assert found["unseen_compositions"]["things"]["n"] == len(compositions.images) == 4 * 11 * 2
    assert found["unseen_compositions"]["things"]["acc1"] > 0.5, "chance is 1/11"
    assert found["unseen_compositions"]["scenes"]["acc1"] > 0.5, "chance is 1/5"
    assert found["unseen_styles"]["classes"]["n"] == 4 * 6 * 2 and found["unseen_pairs"]["scenes"]["n"] == 60


def test_accuracies_by_hand() -> None:
    from rediffuse.models.picture_judge.model import Reading

    things = torch.tensor([[0.5, 0.3, 0.2, 0.0], [0.1, 0.2, 0.3, 0.4], [0.4, 0.35, 0.25, 0.0]])
    scenes = torch.eye(3)
    part = Examined(
        images=seen(3),
        drawing=torch.arange(3),
        thing=torch.tensor([0, 2, 1]),
        scene=torch.tensor([0, 1, 1]),
        style=torch.tensor([0, 1, -1]),
        reading=Reading(things, scenes, scenes[:, :2], scenes),
    )
    assert part.things_right.tolist() == [True, False, False]
    assert part.among_top(2).tolist() == [True, True, True]
    assert part.right_among(torch.tensor([1, 2])).tolist() == [True, True], "thing 0 is not asked about"
    assert part.scenes_right.tolist() == [True, True, False]
    assert part.styles_right.tolist() == [True, True, False]


def test_a_judge_reads_multiples_of_eight_pixels() -> None:
    judge = PictureJudge(things=["a"], scenes=["b"], styles=["c"], widths=[8, 8, 8])
    assert judge(torch.zeros(1, 3, 24, 40)).things.shape == (1, 1)
