"""What a denoiser is told of texts: the states of the text encoder, padded to the longest text that it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor
from tqdm import tqdm
from transformers import CLIPTextModel, CLIPTokenizer

TextStateProvider = Callable[[Sequence[str]], Tensor]  # texts -> what the denoiser is told of each, float [B, L, D]

LocatedT = TypeVar("LocatedT", bound=Any)  # a named tuple with a field ``texts``

PART = 256  # texts encoded at once


class TextStates:
    """What the text encoder says of captions, as the pipeline asks for it: padded to the longest allowed."""

    def __init__(self, tokenizer: CLIPTokenizer, encoder: CLIPTextModel) -> None:
        self.tokenizer, self.encoder = tokenizer, encoder.eval()

    @torch.no_grad()
    def __call__(self, texts: Sequence[str]) -> Tensor:
        """States float [B, L, D]; equal texts are encoded once."""
        distinct = list(dict.fromkeys(texts))
        tokens = self.tokenizer(distinct, padding="max_length", return_tensors="pt").input_ids
        states = self.encoder(input_ids=tokens.to(self.encoder.device)).last_hidden_state
        place = {text: index for index, text in enumerate(distinct)}
        return states[[place[text] for text in texts]]


class KnownStates:
    """What the text encoder says of texts that are asked for again and again: each is encoded once, and so is "".

    Beside a small denoiser the encoder would take a tenth of every step.
    """

    def __init__(self, tell: TextStateProvider, texts: Sequence[str]) -> None:
        distinct = list(dict.fromkeys(["", *texts]))
        parts = [distinct[start : start + PART] for start in range(0, len(distinct), PART)]
        self.states = torch.cat([tell(part) for part in tqdm(parts, desc="captions", unit="part", disable=None)])
        self.place = {text: index for index, text in enumerate(distinct)}

    def rows(self, texts: Sequence[str]) -> Tensor:
        """The places of texts, int64 [B], which stand for them in a batch that goes to the device.

        Raises:
            KeyError: a text is not among those known.
        """
        return torch.tensor([self.place[text] for text in texts])

    def located(self, batch: LocatedT) -> LocatedT:
        """The batch with the rows of its texts in place of the texts, so that a device can look the states up."""
        return batch._replace(texts=self.rows(batch.texts))

    def at(self, rows: Tensor) -> Tensor:
        """States float [B, L, D] of the texts at ``rows``, which lie on the states' device or on the CPU."""
        return self.states[rows]
