"""CLIPScore equals torchmetrics' own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torchmetrics.multimodal.clip_score import CLIPScore
from transformers import CLIPModel, CLIPProcessor

from rediffuse.evaluation.clip_score import cosine_scores
from rediffuse.models.clip.embedding import image_embeds, load_clip, text_embeds
from tests.support.random_clip import write_tiny_clip


class Flat(CLIPModel):
    """torchmetrics expects of the two methods what transformers 4 returned: the embedding alone."""

    def get_image_features(self, pixel_values: torch.Tensor) -> Any:
        return super().get_image_features(pixel_values).pooler_output

    def get_text_features(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
        return super().get_text_features(input_ids, attention_mask).pooler_output


TEXTS = ["a photo of a cat", "by day", "a drawing of an elephant in the snow"]


@pytest.fixture(scope="module", params=[0, 1, 2])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_clip(tmp_path_factory.mktemp("clip"), seed=request.param)


def test_equal_to_torchmetrics(folder: Path) -> None:
    def parts() -> tuple[Any, Any]:
        return Flat.from_pretrained(folder).eval(), CLIPProcessor.from_pretrained(folder)

    images = torch.randint(256, (3, 3, 50, 40), generator=torch.Generator().manual_seed(4), dtype=torch.uint8)
    metric = CLIPScore(model_name_or_path=parts)
    with torch.no_grad():
        together = float(metric(images, TEXTS))
        single = [float(CLIPScore(model_name_or_path=parts)(images[i], TEXTS[i])) for i in range(3)]
    clip = load_clip(str(folder), None)
    scores = cosine_scores(image_embeds(clip, images), text_embeds(clip, TEXTS))
    assert max(0.0, float(scores.mean())) == pytest.approx(together, abs=1e-4)
    assert [max(0.0, float(score)) for score in scores] == pytest.approx(single, abs=1e-4)
