"""Tiny text-to-image models."""

from tests.support.text2image import changed, clip, exact, folders, words

__all__ = ["changed", "clip", "exact", "folders", "words"]
