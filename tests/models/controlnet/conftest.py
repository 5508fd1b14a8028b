"""Tiny text-to-image models."""

from tests.support.text2image import folders

__all__ = ["folders"]
