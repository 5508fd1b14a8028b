"""Tiny models."""

from tests.support.faces import face_set, small_model
from tests.support.text2image import clip, folders

__all__ = ["clip", "face_set", "folders", "small_model"]
