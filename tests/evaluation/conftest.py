"""The words of prompts."""

from tests.support.text2image import words

__all__ = ["words"]
