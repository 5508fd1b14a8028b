"""Zero-shot classification (Radford et al. 2021, arXiv 2103.00020, section 3.1)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor
from torchmetrics.functional.classification import multiclass_accuracy

from rediffuse.models.clip.embedding import Clip, text_embeds

TOP = 5


def zeroshot_head(clip: Clip, prompts: Sequence[Sequence[str]]) -> Tensor:
    """One direction for each class: its texts normalised, averaged, and normalised again.

    Args:
        prompts: for each of K classes its texts, one or more.

    Returns:
        float32 [K, D], rows of unit length.

    Raises:
        InputError: a text is too long, or has letters that the tokenizer does not know.
    """
    embeds = text_embeds(clip, [text for texts in prompts for text in texts])
    means = [part.mean(dim=0) for part in embeds.split([len(texts) for texts in prompts])]
    return F.normalize(torch.stack(means), dim=-1)


def probabilities(clip: Clip, images: Tensor, head: Tensor) -> Tensor:
    """Softmax over the classes, float32 [N, K].

    Args:
        images: embeddings of unit length, [N, D].
        head: [K, D], as ``zeroshot_head`` gives it.
    """
    return (clip.logit_scale * images @ head.T).softmax(dim=-1)


def answers(images: Tensor, head: Tensor, top: int = TOP) -> Tensor:
    """The nearest classes, the nearest first, int64 [N, min(top, K)]."""
    return (images @ head.T).topk(min(top, len(head)), dim=-1).indices


def measure(images: Tensor, head: Tensor, labels: Tensor) -> dict[str, float]:
    """``acc1``, ``acc5`` (over fewer where there are fewer classes) and ``mean_per_class_recall``.

    Args:
        labels: int64 [N]; each of the K classes is there.
    """
    scores, classes = images @ head.T, len(head)

    def accuracy(top: int, average: str) -> float:
        return float(multiclass_accuracy(scores, labels, classes, average, top_k=min(top, classes)))

    return {
        "acc1": accuracy(1, "micro"),
        "acc5": accuracy(TOP, "micro"),
        "mean_per_class_recall": accuracy(1, "macro"),
    }
