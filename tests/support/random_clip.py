"""CLIPs with random weights in transformers' layout, small or of ViT-B/32's full size.

``python -m tests.support.random_clip FOLDER`` writes the full size, with a tokenizer that has learned the words of
data/pictures: of bytes alone, most prompts would be too long.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from tokenizers import pre_tokenizers
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTokenizer

from rediffuse.data.pictures.captions import tokenizer_texts
from rediffuse.data.pictures.dataset import load_pictures
from rediffuse.models.clip.tokenizer import train_tokenizer

BOS, EOS = "<|startoftext|>", "<|endoftext|>"
FULL_VOCABULARY, FULL_LENGTH, FULL_SIZE = 49408, 77, 224


def byte_tokenizer(size: int, max_length: int, without: str = "") -> CLIPTokenizer:
    """Every byte is a token, with and without the end of a word; the rest of the vocabulary is never used.

    Args:
        size: tokens, 514 or more.
        without: letters that are left out of the vocabulary.
    """
    letters = [letter for letter in sorted(pre_tokenizers.ByteLevel.alphabet()) if letter not in without]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters)]
    tokens += [f"<unused{index}>" for index in range(size - len(tokens) - 2)]
    vocab = {token: index for index, token in enumerate([*tokens, BOS, EOS])}
    return CLIPTokenizer(vocab=vocab, merges=[], model_max_length=max_length)


def write_clip(folder: Path, config: CLIPConfig, tokenizer: CLIPTokenizer, seed: int = 0) -> Path:
    """Save a CLIP of this shape with random weights, its projections spread so that classes differ."""
    special = {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("bos", "eos", "pad")}
    for key, value in special.items():
        setattr(config.text_config, key, value)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = CLIPModel(config)
    size = config.vision_config.image_size
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    CLIPImageProcessor(size={"shortest_edge": size}, crop_size={"height": size, "width": size}).save_pretrained(folder)
    return folder


def write_tiny_clip(
    folder: Path, *, without: str = "", max_length: int = 64, seed: int = 0, image_size: int = 32
) -> Path:
    """Two layers of 32 features on pictures of 32 pixels."""
    tokenizer = byte_tokenizer(600, max_length, without)
    tower = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = CLIPConfig(
        text_config={**tower, "vocab_size": 600, "max_position_embeddings": max_length, "projection_dim": 24},
        vision_config={**tower, "image_size": image_size, "patch_size": 8, "projection_dim": 24},
        projection_dim=24,
    )
    return write_clip(folder, config, tokenizer, seed)


def write_full_clip(folder: Path, tokenizer: CLIPTokenizer | None = None) -> Path:
    """ViT-B/32 as published: 151 million weights, 224 pixels, 49,408 tokens, texts of 77."""
    return write_clip(folder, CLIPConfig(), tokenizer or byte_tokenizer(FULL_VOCABULARY, FULL_LENGTH))


if __name__ == "__main__":
    words = train_tokenizer(tokenizer_texts(load_pictures()), FULL_VOCABULARY, FULL_LENGTH)
    print(write_full_clip(Path(sys.argv[1]), words))
