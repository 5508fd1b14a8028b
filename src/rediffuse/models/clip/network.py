"""A CLIP of our own in transformers' public layout."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTokenizer

from rediffuse.models.clip.params import Params, TowerSection
from rediffuse.pipeline.errors import InputError

MEAN = STD = 0.5  # pixel values are (x / 255 − MEAN) / STD, in [−1, 1]


def make_clip(params: Params, tokenizer: CLIPTokenizer) -> CLIPModel:
    """An untrained ``CLIPModel``, its weights a pure function of ``params`` and the size of the vocabulary.

    Attention is plain; the training sets what is fast on its device (``set_attention``).
    """
    # 2 would mean "the token of the highest index" to transformers, as for the first published CLIPs.
    assert tokenizer.eos_token_id != 2
    special = {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("bos", "eos", "pad")}
    config = CLIPConfig(
        text_config={
            **_tower(params.text),
            **special,
            "vocab_size": len(tokenizer),
            "max_position_embeddings": params.text.max_position_embeddings,
            "projection_dim": params.projection_dim,
        },
        vision_config={
            **_tower(params.vision),
            "image_size": params.vision.image_size,
            "patch_size": params.vision.patch_size,
            "projection_dim": params.projection_dim,
        },
        projection_dim=params.projection_dim,
        logit_scale_init_value=-math.log(params.temperature),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(params.seed)
        return CLIPModel._from_config(config, attn_implementation="eager")


def _tower(section: TowerSection) -> dict[str, int | str]:
    return {
        "hidden_act": "gelu",  # one kernel; the published quick_gelu is three, and a tenth slower on the CPU
        "hidden_size": section.hidden_size,
        "intermediate_size": section.intermediate_size,
        "num_hidden_layers": section.num_hidden_layers,
        "num_attention_heads": section.num_attention_heads,
    }


def make_image_processor(image_size: int) -> CLIPImageProcessor:
    """What brings any picture to the size and range that the model was trained on."""
    return CLIPImageProcessor(
        size={"shortest_edge": image_size},
        crop_size={"height": image_size, "width": image_size},
        image_mean=[MEAN] * 3,
        image_std=[STD] * 3,
    )


def pixel_values(pictures: Tensor) -> Tensor:
    """What the image processor makes of pictures of the model's own size, float [B, 3, H, W] in [0, 1]."""
    return (pictures - MEAN) / STD


def token_ids(tokenizer: CLIPTokenizer, texts: Sequence[str]) -> Tensor:
    """Token indices, int64 [B, L], padded to the longest text and no further.

    The text tower is causal and reads the first end token, so what follows it changes nothing.

    Raises:
        InputError: a text is longer than the model takes.
    """
    rows = tokenizer(list(texts), padding="longest", return_tensors="pt").input_ids
    if rows.shape[1] > tokenizer.model_max_length:
        lengths = (rows != tokenizer.eos_token_id).sum(1) + 1
        worst = int(lengths.argmax())
        raise InputError(
            f"text.max_position_embeddings: found {tokenizer.model_max_length}, but the text '{texts[worst]}' "
            f"has {int(lengths[worst])} tokens; allowed is that many or more"
        )
    return rows


def save_clip(folder: Path, model: CLIPModel, tokenizer: CLIPTokenizer) -> None:
    """Write model, tokenizer and image processor, each for its ``from_pretrained(folder)``."""
    model.save_pretrained(folder)
    tokenizer.backend_tokenizer.no_padding()  # what it was last called with would be saved as well
    tokenizer.save_pretrained(folder)
    vision: Any = model.config.vision_config
    make_image_processor(vision.image_size).save_pretrained(folder)
