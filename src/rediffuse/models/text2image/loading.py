"""Reading a Stable Diffusion in diffusers' layout: whole, in silence, or not at all."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from diffusers.utils import logging as diffusers_logging
from huggingface_hub.utils import logging as hub_logging
from transformers import CLIPTextModel
from transformers.utils import logging as transformers_logging

from rediffuse.pipeline.errors import InputError

KINDS: tuple[tuple[str, Any, str], ...] = (  # part, class, what its library calls the type of its weights
    ("unet", UNet2DConditionModel, "torch_dtype"),
    ("vae", AutoencoderKL, "torch_dtype"),
    ("text_encoder", CLIPTextModel, "dtype"),
)


@contextmanager
def silent() -> Iterator[None]:
    """What the libraries would print while they load is told in one line, or is no concern of the user."""
    transformers_logging.disable_progress_bar()  # these come whether there is a terminal or not
    diffusers_logging.disable_progress_bar()
    hub_logging.set_verbosity_error()  # its retries without a network are many lines
    libraries = (transformers_logging, diffusers_logging)
    verbosities = [library.get_verbosity() for library in libraries]
    for library in libraries:
        library.set_verbosity_error()
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        for library, verbosity in zip(libraries, verbosities, strict=True):
            library.set_verbosity(verbosity)


@silent()
def read_pipeline(folder_or_id: str, dtype: torch.dtype, where: dict[str, Any]) -> StableDiffusionPipeline:
    """A pipeline without a safety checker, its weights of ``dtype`` and out of training.

    The networks are read one by one, for only so the libraries say which weights they had to make up.

    Args:
        where: the libraries' own options, ``revision`` or ``local_files_only``.

    Raises:
        InputError: weights are missing, or the tokenizer is not that of the text encoder.
        Exception: whatever the libraries, or their network, met.
    """
    networks = {}
    for part, kind, key in KINDS:
        networks[part], found = kind.from_pretrained(
            folder_or_id, subfolder=part, use_safetensors=True, output_loading_info=True, **{key: dtype}, **where
        )
        if found["missing_keys"]:
            missing = sorted(found["missing_keys"])
            raise InputError(f"weights of {part} are missing, {missing[0]} and {len(missing) - 1} more")
        networks[part].requires_grad_(False)
    pipeline = StableDiffusionPipeline.from_pretrained(
        folder_or_id,
        **networks,
        use_safetensors=True,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
        **where,
    )
    words, known = len(pipeline.tokenizer), pipeline.text_encoder.config.vocab_size
    if not 2 < words <= known:  # without its files it comes with two words, the first and the last
        raise InputError(f"tokenizer has {words} words, expected 3 to {known}, those of its text_encoder")
    return pipeline
