"""CLIPScore without references, as torchmetrics defines it (after Hessel et al. 2021, arXiv 2104.08718)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from rediffuse.models.clip.embedding import Clip, Pictures, image_embeds, text_embeds


def cosine_scores(images: Tensor, texts: Tensor) -> Tensor:
    """100 times the cosine of each picture and its text, from embeddings of unit length [N, D]; float32 [N]."""
    return 100 * (images * texts).sum(dim=-1)


def clip_score(clip: Clip, images: Pictures, texts: Sequence[str]) -> float:
    """The mean of ``cosine_scores`` over N pictures and their N texts, and 0 where that is negative."""
    return max(0.0, float(cosine_scores(image_embeds(clip, images), text_embeds(clip, texts)).mean()))
