"""Zero-shot heads against open_clip's procedure, written here once more; measures against their definitions."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import CLIPImageProcessor, CLIPModel, CLIPTokenizer

from rediffuse.evaluation.templates import prompt, prompts
from rediffuse.evaluation.zeroshot import answers, measure, probabilities, zeroshot_head
from rediffuse.models.clip.embedding import Clip, image_embeds, load_clip
from rediffuse.models.clip.shared_params import WordingSection
from rediffuse.pipeline.errors import InputError
from tests.support.random_clip import write_tiny_clip

NAMES = ("cat", "pine_tree", "elephant", "hot dog", "ice", "owl", "wolf")
TEMPLATES = ("a photo of a {}", "a drawing of a {}", "{}, by day")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_clip(tmp_path_factory.mktemp("clip"), seed=3)


@pytest.fixture(scope="module")
def clip(folder: Path) -> Clip:
    return load_clip(str(folder), None, batch_size=5)


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    random = torch.Generator().manual_seed(2)
    coarse = torch.rand(40, 3, 3, 3, generator=random) * torch.rand(40, 3, 1, 1, generator=random)
    return (255 * torch.nn.functional.interpolate(coarse, (48, 56))).to(torch.uint8)


@torch.no_grad()
def by_open_clip(folder: Path, images: torch.Tensor) -> torch.Tensor:
    """Probabilities: for each class its texts together, one by one the pictures."""
    model = CLIPModel.from_pretrained(folder).eval()
    tokenizer, processor = CLIPTokenizer.from_pretrained(folder), CLIPImageProcessor.from_pretrained(folder)
    weights = []
    for name in NAMES:
        texts = [template.format(name.replace("_", " ")) for template in TEMPLATES]
        tokens = tokenizer(texts, padding="max_length", max_length=64, truncation=True, return_tensors="pt")
        embeddings = model.get_text_features(input_ids=tokens.input_ids).pooler_output
        embeddings = embeddings / embeddings.norm(dim=-1, keepdim=True)
        embedding = embeddings.mean(dim=0)
        weights.append(embedding / embedding.norm())
    classifier = torch.stack(weights, dim=1)  # [D, K]
    found = []
    for image in images:
        features = model.get_image_features(processor(image, return_tensors="pt")["pixel_values"]).pooler_output
        features = features / features.norm(dim=-1, keepdim=True)
        found.append((math.exp(float(model.logit_scale)) * features @ classifier).softmax(dim=-1))
    return torch.cat(found)


def test_same_predictions_as_open_clips_procedure(clip: Clip, folder: Path, images: torch.Tensor) -> None:
    wording = WordingSection(templates=TEMPLATES, underscores=False, fit_article=False)
    head = zeroshot_head(clip, prompts(wording, NAMES))
    embeds = image_embeds(clip, images)
    wanted = by_open_clip(folder, images)
    assert (probabilities(clip, embeds, head) - wanted).abs().max() < 1e-5
    assert torch.equal(answers(embeds, head, 3), wanted.topk(3).indices)
    assert len(wanted.argmax(1).unique()) > 1  # or the order of the classes would not be tested


def test_the_mean_of_templates_is_normalised_again(clip: Clip) -> None:
    head = zeroshot_head(clip, [["a cat", "by day, at night"], ["a dog"]])
    assert (head.norm(dim=1) - 1).abs().max() < 1e-6
    parts = [zeroshot_head(clip, [[text]])[0] for text in ("a cat", "by day, at night")]
    middle = (parts[0] + parts[1]) / 2
    assert middle.norm() < 0.999
    assert (head[0] - middle / middle.norm()).abs().max() < 1e-5


def test_measures_by_their_definitions() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(size=(200, 9)).astype(np.float32)
    labels = np.concatenate([np.arange(9), random.choice(9, 191, p=np.arange(1, 10) / 45)])
    order = (-scores).argsort(1)
    hit = order[:, 0] == labels
    found = measure(torch.from_numpy(scores), torch.eye(9), torch.from_numpy(labels))
    assert found["acc1"] == pytest.approx(hit.mean())
    assert found["acc5"] == pytest.approx((order[:, :5] == labels[:, None]).any(1).mean())
    recall = np.mean([hit[labels == label].mean() for label in range(9)])
    assert found["mean_per_class_recall"] == pytest.approx(recall)
    assert abs(recall - hit.mean()) > 1e-3


def test_fewer_than_five_classes() -> None:
    found = measure(torch.eye(3), torch.eye(3), torch.tensor([0, 1, 1]))
    assert found["acc1"] == pytest.approx(2 / 3) and found["acc5"] == 1
    assert answers(torch.eye(3), torch.eye(3)).shape == (3, 3)


def test_a_long_name_is_told_by_its_prompt(clip: Clip) -> None:
    with pytest.raises(InputError, match=r"prompt 'a photo of a n{60}': has"):
        zeroshot_head(clip, [["a photo of a " + "n" * 60]])


@pytest.mark.parametrize(
    ("template", "name", "options", "wanted"),
    [
        ("a photo of a {}", "pine_tree", {}, "a photo of a pine tree"),
        ("a photo of a {}", "pine_tree", {"underscores": True}, "a photo of a pine_tree"),
        ("a photo of a {}", "owl", {}, "a photo of a owl"),
        ("a photo of a {}", "owl", {"fit_article": True}, "a photo of an owl"),
        ("A {} by day", "owl", {"fit_article": True}, "An owl by day"),
        ("a sofa {}", "owl", {"fit_article": True}, "a sofa owl"),
        ("a photo of a {}", "hot dog", {"fit_article": True}, "a photo of a hot dog"),
        ("{}", "ice_cream", {"fit_article": True}, "ice cream"),
    ],
)
def test_prompts(template: str, name: str, options: dict[str, bool], wanted: str) -> None:
    assert prompt(template, name, **options) == wanted
