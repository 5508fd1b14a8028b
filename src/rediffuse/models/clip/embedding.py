"""Pictures and texts as points of CLIP's space; any CLIP in transformers' layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor
from tqdm import tqdm
from transformers import AutoConfig, CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTokenizer

from rediffuse.models.loading import check_answer, check_numbers, check_tokenizer, loading, read_network
from rediffuse.pipeline.errors import InputError

Pictures = Tensor | Sequence[Tensor | Image]


@dataclass(frozen=True, eq=False)
class Clip:
    """A dual encoder with what prepares its inputs."""

    model: CLIPModel
    tokenizer: CLIPTokenizer
    image_processor: Any  # CLIPImageProcessor, which takes a sequence of mixed pictures though it does not say so
    batch_size: int = 256  # pictures, or texts, that are embedded at a time

    @property
    def image_size(self) -> int:
        """Side of the pictures that the model reads, pixels."""
        vision: Any = self.model.config.vision_config
        return int(vision.image_size)

    @property
    def max_tokens(self) -> int:
        """Tokens of the longest text that the model takes, the first and the last included."""
        text: Any = self.model.config.text_config
        return int(text.max_position_embeddings)

    @property
    def logit_scale(self) -> float:
        """Inverse temperature of the softmax over cosines."""
        return float(self.model.logit_scale.detach().exp())


def load_clip(
    folder_or_id: str, revision: str | None, device: torch.device | str = "cpu", batch_size: int = 256
) -> Clip:
    """A CLIP out of a folder, or off the hub at a pinned commit; float32, in evaluation mode.

    Weights are safetensors only.

    Args:
        folder_or_id: a folder that ``CLIPModel``, ``CLIPTokenizer`` and ``CLIPImageProcessor`` were saved in, or
            a hub id ``owner/name``.
        revision: None for a folder, a commit for a hub id.

    Raises:
        InputError: no such folder, no network, or no complete CLIP of finite weights there.
    """
    with loading(folder_or_id, revision, "CLIP", "model") as where:
        config = AutoConfig.from_pretrained(folder_or_id, **where)
        if not isinstance(config, CLIPConfig):
            raise InputError(f"found a model of type '{config.model_type}', expected 'clip'")
        model = read_network(CLIPModel, folder_or_id, use_safetensors=True, dtype=torch.float32, **where)
        tokenizer = CLIPTokenizer.from_pretrained(folder_or_id, **where)
        image_processor = CLIPImageProcessor.from_pretrained(folder_or_id, **where)
        clip = Clip(model.to(device), tokenizer, image_processor, batch_size)
        text: Any = config.text_config
        check_tokenizer(tokenizer, int(text.vocab_size))
        _check_embeds(clip)
    return clip


def _check_embeds(clip: Clip) -> None:
    """Embed one picture and one text, so that all parts are known to fit together.

    Raises:
        InputError: an embedding is not finite or not of the width of the other.
        Exception: whatever the library met.
    """
    width = (1, int(clip.model.config.projection_dim or 0))
    inputs = clip.image_processor(
        [torch.zeros(3, clip.image_size, clip.image_size, dtype=torch.uint8)], return_tensors="pt"
    )
    with torch.inference_mode():
        seen = clip.model.get_image_features(pixel_values=inputs["pixel_values"].to(clip.model.device)).pooler_output
        read = clip.model.get_text_features(
            **clip.tokenizer(["a"], return_tensors="pt").to(clip.model.device)
        ).pooler_output
    check_answer(seen, width, "a picture's embedding")
    check_answer(read, width, "a text's embedding")
    check_answer(clip.model.logit_scale.detach().exp(), (), "the exponential of logit_scale")


def model_input(clip: Clip, images: Pictures) -> Tensor:
    """What the model sees of the pictures before they are normalised: uint8 [N, 3, S, S], resized and cropped.

    Args:
        images: uint8 [N, 3, H, W], or a sequence of uint8 [3, H, W] or of Pillow's images, of any sizes.
    """
    parts = [
        clip.image_processor(batch, do_rescale=False, do_normalize=False, return_tensors="pt")["pixel_values"]
        for batch in _batches(images, clip.batch_size)
    ]
    return torch.cat(parts).round().clamp(0, 255).to(torch.uint8)


@torch.inference_mode()
def image_embeds(clip: Clip, images: Pictures, *, label: str = "pictures") -> Tensor:
    """Embeddings of unit length, float32 [N, D] on the CPU.

    Args:
        images: as ``model_input`` takes them.
        label: what the progress bar calls them.
    """
    device = clip.model.device
    parts = []
    batches = _batches(images, clip.batch_size)
    for batch in tqdm(batches, desc=label, unit="batch", disable=None):
        pixels = clip.image_processor(batch, return_tensors="pt")["pixel_values"].to(device)
        features = clip.model.get_image_features(pixel_values=pixels).pooler_output  # [B, D], projected
        check_numbers(features.norm(dim=-1), clip.model)  # of an infinite length, the normalized one is zero
        parts.append(torch.nn.functional.normalize(features, dim=-1).cpu())
    return torch.cat(parts)


@torch.inference_mode()
def text_embeds(clip: Clip, texts: Sequence[str]) -> Tensor:
    """Embeddings of unit length, float32 [N, D] on the CPU.

    Raises:
        InputError: as ``token_ids`` does; no text is ever shortened.
    """
    rows = token_ids(clip, texts)
    parts = []
    for start in range(0, len(rows), clip.batch_size):
        inputs = clip.tokenizer.pad({"input_ids": rows[start : start + clip.batch_size]}, return_tensors="pt")
        features = clip.model.get_text_features(
            input_ids=inputs["input_ids"].to(clip.model.device),
            attention_mask=inputs["attention_mask"].to(clip.model.device),
        ).pooler_output
        check_numbers(features.norm(dim=-1), clip.model)  # of an infinite length, the normalized one is zero
        parts.append(torch.nn.functional.normalize(features, dim=-1).cpu())
    return torch.cat(parts)


def token_ids(clip: Clip, texts: Sequence[str]) -> list[list[int]]:
    """``checked_tokens`` of this CLIP's tokenizer, none longer than its text tower takes."""
    return checked_tokens(clip.tokenizer, texts, clip.max_tokens)


def checked_tokens(tokenizer: CLIPTokenizer, texts: Sequence[str], longest: int) -> list[list[int]]:
    """The tokens of each text, the first and the last included, none cut off.

    Raises:
        InputError: there is no text, a text has more than ``longest`` tokens, or letters that the tokenizer
            does not know. Those become the unknown token, which for CLIP ends the text: the model would read
            nothing behind them.
    """
    if not texts:
        raise InputError("prompts: found none, expected one or more")
    encoded = tokenizer(list(texts), truncation=False, padding=False, verbose=False, return_offsets_mapping=True)
    unknown = {tokenizer.unk_token_id, tokenizer.eos_token_id}
    for text, row, spans in zip(texts, encoded["input_ids"], encoded["offset_mapping"], strict=True):
        if len(row) > longest:
            raise InputError(
                f"prompt '{_shown(text)}': has {len(row)} tokens with the first and the last, "
                f"allowed are at most {longest}; it is not shortened"
            )
        lost = _lost(text, [(token in unknown, span) for token, span in zip(row[1:-1], spans[1:-1], strict=True)])
        if lost:
            raise InputError(
                f"prompt '{_shown(text)}': the tokenizer of this CLIP does not know {lost!r}; write it otherwise"
            )
    return encoded["input_ids"]


def _lost(text: str, tokens: list[tuple[bool, tuple[int, int]]]) -> str:
    """The letters of a text that became the unknown token, or none, each once.

    Args:
        tokens: whether a token is the unknown one, and where it starts and ends in the text. A letter of several
            bytes is lost when one of them is.
    """
    known = {place for unknown, span in tokens if not unknown for place in range(*span)}
    known -= {place for unknown, span in tokens if unknown for place in range(*span)}
    return "".join(dict.fromkeys(c for place, c in enumerate(text) if not c.isspace() and place not in known))


def _shown(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


def _batches(images: Pictures, size: int) -> list[list[Tensor | Image]]:
    if not len(images):
        raise InputError("pictures: found none, expected one or more")
    return [list(images[start : start + size]) for start in range(0, len(images), size)]
