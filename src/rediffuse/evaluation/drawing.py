"""Pictures of texts, and what CLIP makes of the texts."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from rediffuse.models.clip.embedding import Clip, text_embeds
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.shared_params import DrawingSection


def draw_texts(
    model: TextToImage, texts: Sequence[str], drawing: DrawingSection, seed: int, study: str, label: str
) -> Tensor:
    """A picture of each text, uint8 [N, 3, H, W]; picture i depends on text i, ``seed``, ``study`` and i alone.

    Args:
        study: names the noises.
        label: of the progress bar.
    """
    states = model.text_states(texts)
    empty = model.text_states([""]).expand_as(states)
    return model.draw(states, empty, model.noise(seed, study, range(len(texts))), drawing, label=label)


def distinct_text_embeds(clip: Clip, texts: Sequence[str]) -> Tensor:
    """Embeddings of texts, float32 [N, D] of unit length; a text that recurs is embedded once."""
    distinct = list(dict.fromkeys(texts))
    return text_embeds(clip, distinct)[[distinct.index(text) for text in texts]]
