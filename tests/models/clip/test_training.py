"""CLIP's training is repeatable, resumable and teaches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate.state import AcceleratorState
from transformers import CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTokenizer

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.models.clip.network import make_clip, pixel_values, save_clip, token_ids
from rediffuse.models.clip.training import (
    INPUT_OR_OUTPUT,
    MAX_LOGIT_SCALE,
    NAMING_SCALE,
    ClipBatches,
    contrastive_loss,
    learning_loss,
    make_learner,
    train_clip,
)
from rediffuse.training.optimizers import is_input_or_output_layer
from tests.support.small_clip import NOTHING, BatchesOf, Changed


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to train in; accelerate keeps its state for the whole process, so it is forgotten."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dvc.yaml").write_text("stages: {train_clip: {deps: []}}\n")
    AcceleratorState._reset_state(reset_partial_state=True)
    yield tmp_path
    AcceleratorState._reset_state(reset_partial_state=True)
    torch.use_deterministic_algorithms(False)


def test_the_loss_is_the_contrastive_one_and_the_naming(
    pictures: PictureSet, changed: Changed, tokenizer: CLIPTokenizer, batches_of: BatchesOf
) -> None:
    """Against transformers' own features of the captioned pictures, and the cross-entropy written out."""
    learner = make_learner(changed(), tokenizer, len(pictures.things)).eval()
    batch = batches_of(captions=5, masking={"ratio": 0.0, "unmasked": 0.0}).at(1)
    scale = learner.clip.logit_scale
    with torch.no_grad():
        features = learner.clip.get_image_features(pixel_values=batch.pixels).pooler_output
        rows = [
            learner.clip.get_text_features(input_ids=row[None]).pooler_output for part in batch.parts for row in part
        ]
        contrast = contrastive_loss(features[:5], torch.cat(rows), scale)
        naming = torch.zeros(())
        for embeds in (features, torch.cat(rows)):
            unit = torch.nn.functional.normalize(embeds, dim=-1)
            logs = (NAMING_SCALE * unit @ learner.reader.weight.T).log_softmax(-1)
            naming -= logs[torch.arange(len(unit)), batch.things[: len(unit)]].mean()
        for weight in (0.0, 0.5, 2.0):
            torch.testing.assert_close(
                learning_loss(learner, batch, scale, weight), contrast + weight * naming, rtol=1e-4, atol=1e-4
            )


def test_what_follows_the_last_token_changes_nothing(changed: Changed, tokenizer: CLIPTokenizer) -> None:
    clip = make_clip(changed(), tokenizer).eval()
    short = token_ids(tokenizer, ["a cat"])
    padded = torch.cat([short, torch.full((1, 9), tokenizer.pad_token_id)], 1)
    with torch.no_grad():
        one, other = (clip.get_text_features(input_ids=rows).pooler_output for rows in (short, padded))
    torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def test_weights_are_those_of_the_seed(changed: Changed, tokenizer: CLIPTokenizer) -> None:
    def weights(seed: int) -> torch.Tensor:
        return torch.cat([p.flatten() for p in make_clip(changed(seed=seed), tokenizer).parameters()])

    first = weights(1)
    torch.rand(3)
    assert torch.equal(first, weights(1)) and not torch.equal(first, weights(2))


def test_muon_takes_what_lies_inside(changed: Changed, tokenizer: CLIPTokenizer) -> None:
    learner = make_learner(changed(), tokenizer, 12)
    inner = [
        name
        for name, p in learner.named_parameters()
        if p.ndim >= 2 and not is_input_or_output_layer(name, INPUT_OR_OUTPUT)
    ]
    assert all("encoder.layers" in name for name in inner)
    assert len(inner) == 2 * 6, "query, key, value, output and two of the perceptron, in both towers"


def test_saved_and_loaded_it_is_the_same_to_the_bit(
    pictures: PictureSet, changed: Changed, tokenizer: CLIPTokenizer, tmp_path: Path
) -> None:
    clip = make_clip(changed(), tokenizer)
    save_clip(tmp_path / "clip", clip, tokenizer)
    loaded = CLIPModel.from_pretrained(tmp_path / "clip", local_files_only=True)
    assert all(torch.equal(a, b) for a, b in zip(clip.parameters(), loaded.parameters(), strict=True))
    assert loaded.config.text_config.eos_token_id == tokenizer.eos_token_id

    other = CLIPTokenizer.from_pretrained(tmp_path / "clip", local_files_only=True)
    texts = ["a photo of a cat", "жук", "an owl at night"]
    assert other(texts).input_ids == tokenizer(texts).input_ids
    assert (other.model_max_length, len(other)) == (48, len(tokenizer))

    images = CLIPImageProcessor.from_pretrained(tmp_path / "clip", local_files_only=True)
    seen = torch.randint(0, 256, (2, 3, 16, 16), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    found = images(list(seen), return_tensors="pt").pixel_values
    torch.testing.assert_close(found, pixel_values(seen / 255), rtol=0, atol=1e-6)
    large = images([seen[0].repeat_interleave(3, 1).repeat_interleave(4, 2)], return_tensors="pt").pixel_values
    assert large.shape == (1, 3, 16, 16)

    both = CLIPProcessor.from_pretrained(tmp_path / "clip", local_files_only=True)
    assert both(text=texts, images=list(seen), return_tensors="pt", padding=True).pixel_values.shape[0] == 2

    token_ids(tokenizer, ["padding", "is a state of the tokenizer"])
    save_clip(tmp_path / "again", clip, tokenizer)
    assert {path.name: path.read_bytes() for path in (tmp_path / "clip").iterdir()} == {
        path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()
    }


def outs(project: Path) -> dict[str, bytes]:
    files = sorted(path for folder in ("models", "plots") for path in (project / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(project)): path.read_bytes() for path in files}


def test_killed_and_resumed_ends_in_the_same_bytes(
    pictures: PictureSet, changed: Changed, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_clip("train_clip", pictures, changed(), "models/clip")
    whole = outs(project)
    assert "models/clip/model.safetensors" in whole and "plots/train_clip/plots/metrics/loss.tsv" in whole

    class KilledError(Exception):
        pass

    at = ClipBatches.at

    def killed(self: ClipBatches, step: int) -> Any:
        if step == 9:
            raise KilledError
        return at(self, step)

    for path in ("models", "plots"):
        (project / path).rename(project / f"first_{path}")
    monkeypatch.setattr(ClipBatches, "at", killed)
    with pytest.raises(KilledError):
        train_clip("train_clip", pictures, changed(), "models/clip")
    assert not (project / "models").exists()
    assert len(list((project / ".rediffuse/checkpoints").rglob("state.pt"))) == 1

    steps: list[int] = []

    def noted(self: ClipBatches, step: int) -> Any:
        steps.append(step)
        return at(self, step)

    monkeypatch.setattr(ClipBatches, "at", noted)
    train_clip("train_clip", pictures, changed(), "models/clip")
    assert steps == [8, 9, 10, 11]
    assert outs(project) == whole
    assert not list((project / ".rediffuse/checkpoints").rglob("state.pt"))


def test_it_learns_and_the_temperature_stays_where_it_may(
    pictures: PictureSet, changed: Changed, project: Path
) -> None:
    train_clip(
        "train_clip",
        pictures,
        changed(steps=60, temperature=0.0101, augmentation=NOTHING, defects=0.0),
        "models/clip",
    )
    clip = CLIPModel.from_pretrained(project / "models/clip", local_files_only=True)
    assert float(clip.logit_scale.detach()) <= MAX_LOGIT_SCALE
    rows = (project / "plots/train_clip/plots/metrics/loss.tsv").read_text().split("\n")[1:-1]
    losses = [float(row.split("\t")[-1]) for row in rows]
    assert losses[-1] < 0.6 * losses[0]
