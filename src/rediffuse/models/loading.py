"""Loading any model, out of a folder or off the hub: whole, finite and in silence, or refused in one line."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers.utils import logging as diffusers_logging
from huggingface_hub.utils import logging as hub_logging
from torch import Tensor, nn
from transformers.utils import logging as transformers_logging

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import check_regular, read_json

# The most of what a configuration may ask for. Beyond it, a library would build modules for minutes before it fails.
MOST_MODULES, MOST_PIXELS, MOST = 1_000, 1_024, 500_000
PICTURES = ("sample_size", "image_size", "crop_size", ".size.")  # parts of the keys of the side of a picture
MODULES = ("layers", "blocks")  # parts of the keys that say how many modules are built
SIZES = ("channels", "size", "heads", "dim", "groups", "widths", "timesteps", "position")  # and how large they are


@contextmanager
def silent() -> Iterator[None]:
    """Silence the libraries: errors are told in one line, and the rest is no concern of the user."""
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


@contextmanager
def loading(
    folder_or_id: str | Path, revision: str | None, what: str, key: str | None = None
) -> Iterator[dict[str, Any]]:
    """Give the options of ``from_pretrained``; whatever is raised in the block ends in one line that names the model.

    Args:
        folder_or_id: a folder, or a hub id ``owner/name``.
        revision: None for a folder, a commit for a hub id.
        what: what is loaded, as in "no CLIP could be loaded".
        key: the parameter that names the model; None for the folder of a stage.

    Raises:
        InputError: no such folder, no network, or no such model there.
    """
    if revision is None:
        _check_folder(Path(folder_or_id), what, key)
    name = str(folder_or_id) if revision is None else f"{folder_or_id} at {revision}"
    options: dict[str, Any] = {"local_files_only": True} if revision is None else {"revision": revision}
    try:
        with silent():
            yield options
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    except Exception as error:  # the libraries raise whatever their readers, or their network, met
        hint = "" if revision is None else f"; needs the internet, or a folder as {key} and revision null"
        told = " ".join(str(error).split()).partition(". ")[0][:200].removesuffix(".") or type(error).__name__
        raise InputError(f"{name}: no {what} could be loaded: {told}{hint}") from None


def read_network(kind: Any, folder_or_id: str | Path, **options: Any) -> Any:
    """Read one network with ``kind.from_pretrained``, in evaluation mode.

    Raises:
        InputError: weights are missing, which the library would make up, or are NaN or infinite.
        Exception: whatever the library met.
    """
    network, found = kind.from_pretrained(str(folder_or_id), output_loading_info=True, **options)
    where = f"{options['subfolder']}: " if options.get("subfolder") else ""
    missing = sorted(found["missing_keys"])
    if missing:
        raise InputError(f"{where}weights are missing, {missing[0]} and {len(missing) - 1} more")
    check_weights(network, where)
    return network.eval()


def check_weights(network: nn.Module, where: str = "") -> None:
    """Check that every weight and every buffer of a network is there and finite.

    Raises:
        InputError: one is not; the message names it, after ``where``.
    """
    for name, values in network.state_dict().items():
        if values.is_meta:  # what diffusers leaves where the file has no such weight
            raise InputError(f"{where}weights are missing, {name} among them")
        if values.is_floating_point() and not bool(values.isfinite().all()):
            count = int((~values.isfinite()).sum())
            raise InputError(f"{where}{name}: found {count} weights that are NaN or infinite, allowed are finite ones")


def check_answer(answer: Tensor, shape: tuple[int, ...], what: str) -> None:
    """Check what a network answers to a first input.

    Args:
        answer: the output.
        shape: what it should be of.
        what: the output's name, for the message.

    Raises:
        InputError: it has another shape, or a number that is not finite.
    """
    if tuple(answer.shape) != shape:
        raise InputError(f"{what} has the shape {list(answer.shape)}, expected {list(shape)}")
    if not bool(torch.isfinite(answer).all()):
        raise InputError(f"{what} is NaN or infinite, though the weights are finite; they are too large")


def first_input(*shape: int) -> Tensor:
    """An input for ``check_answer``: numbers from −1 to 1, float32, since zeros would hide large weights."""
    return torch.linspace(-1, 1, math.prod(shape)).view(shape)


def check_numbers(values: Tensor, network: nn.Module) -> None:
    """Check what a network computed before it becomes a metric, a picture or a choice.

    Raises:
        InputError: a number is NaN or infinite; the message names the folder of the network.
    """
    if not bool(torch.isfinite(values).all()):
        kind, config = type(network).__name__, getattr(network, "config", None)
        name = getattr(config, "_name_or_path", "") or "a model"
        raise InputError(f"{name}: what its {kind} computed is NaN or infinite; its weights are damaged or too large")


def check_tokenizer(tokenizer: Any, vocab_size: int, longest: int | None = None) -> None:
    """Check that a tokenizer is that of its text encoder.

    Args:
        tokenizer: of transformers.
        vocab_size: rows of the encoder's embedding.
        longest: positions of the encoder; None where texts are not padded to the tokenizer's length.

    Raises:
        InputError: it has too few or too many words, no token to begin, end or pad with, or texts that are too long.
    """
    words = len(tokenizer)
    if not 2 < words <= vocab_size:  # without its files it comes with two words, the first and the last
        raise InputError(f"tokenizer has {words} words, expected 3 to {vocab_size}, those of its text_encoder")
    ids = tokenizer.get_vocab().values()
    if min(ids) < 0 or max(ids) >= vocab_size:
        raise InputError(f"tokenizer has the tokens {min(ids)} to {max(ids)}, allowed are 0 to {vocab_size - 1}")
    for name in ("bos_token", "eos_token", "pad_token"):
        if getattr(tokenizer, f"{name}_id") is None:
            raise InputError(f"tokenizer has no {name}")
    length = tokenizer.model_max_length
    if longest is not None and not (isinstance(length, int) and 2 < length <= longest):
        raise InputError(f"tokenizer: model_max_length: found {str(length)[:40]}, expected 3 to {longest}")


def _check_folder(folder: Path, what: str, key: str | None) -> None:
    """Check what the libraries would wait for, or stumble over: pipes, damaged JSON, absurd sizes."""
    if not folder.is_dir():
        if key is None:
            raise InputError(f"{folder}: no {what} could be loaded: no such folder")
        raise InputError(f"{key}: found {str(folder)!r}, no such folder; a hub id needs its commit as revision")
    told = f"no {what} could be loaded: it takes"
    for path in sorted((*folder.glob("*"), *folder.glob("*/*"))):
        if path.is_dir():
            continue
        check_regular(path, f"{told} files")
        if path.suffix == ".json" and "config" in path.stem:
            config = read_json(path, f"{told} a JSON object")
            if not isinstance(config, dict) or not config:
                raise InputError(f"{path}: found no JSON object, or an empty one; {told} one")
            if path.stem in ("config", "scheduler_config", "preprocessor_config"):
                _check_sizes(path, config)


def _check_sizes(path: Path, config: dict[str, Any], above: str = "") -> None:
    for key, value in config.items():
        where = f"{above}{key}"
        if isinstance(value, dict):
            _check_sizes(path, value, f"{where}.")
        limits = ((MODULES, MOST_MODULES), (PICTURES, MOST_PIXELS), (SIZES, MOST))
        most = next((most for parts, most in limits if any(part in f".{where}." for part in parts)), None)
        if most is None:
            continue
        for number in value if isinstance(value, list) else [value]:
            if isinstance(number, int | float) and not 0 <= number <= most:
                raise InputError(f"{path}: {where}: found {number}, allowed are 0 to {most:,}")
