"""CLIP's tokenizer, its merges learned from our own captions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tokenizers import pre_tokenizers, trainers
from transformers import CLIPTokenizer

END_OF_WORD = "</w>"
BOS, EOS = "<|startoftext|>", "<|endoftext|>"


def train_tokenizer(texts: Iterable[str], vocab_size: int, max_length: int) -> CLIPTokenizer:
    """A byte-level tokenizer (Sennrich et al. 2016, arXiv 1508.07909) that can encode every text.

    The vocabulary is ordered as the published one: the 256 bytes, the 256 bytes that end a word,
    the merges, the first and the last token. Training alone would keep only those bytes that
    the captions hold. A byte that is missing is encoded as the unknown token, which for CLIP is the
    last one, and the text tower ignores all that stands behind that.

    Args:
        texts: what merges are learned from; their order does not matter.
        vocab_size: tokens at most. A small corpus gives fewer.
        max_length: tokens of the longest text that the model will take.
    """
    backend = CLIPTokenizer().backend_tokenizer  # normalises and splits as the published one
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    letters = [*alphabet, *(letter + END_OF_WORD for letter in alphabet)]
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size - 2,
        min_frequency=1,  # a word that one caption holds is still a word
        show_progress=False,
        # Letters would be numbered as a hash table gives them, differently in each run, and of pairs
        # that are equally frequent the one of the lower numbers is merged first.
        special_tokens=letters,
        end_of_word_suffix=END_OF_WORD,
    )
    backend.train_from_iterator(sorted(texts), trainer)
    # Pairs, since a token may hold a space; the library takes them, though its type does not say so.
    merges: Any = [tuple(pair) for pair in json.loads(backend.to_str())["model"]["merges"]]
    merges = merges[: vocab_size - len(letters) - 2]
    tokens = list(dict.fromkeys([*letters, *("".join(pair) for pair in merges), BOS, EOS]))
    vocab = {token: index for index, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=max_length)
