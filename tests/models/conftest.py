"""Tiny text-to-image models and an untrained CLIP."""

from tests.support.text2image import clip, folders

__all__ = ["clip", "folders"]
