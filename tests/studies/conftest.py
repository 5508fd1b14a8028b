"""Tiny models, and a synthetic run of all studies."""

from tests.support.faces import face_set, small_model
from tests.support.runs.whole import ddim, digits, drawn, rewrite, run_folder
from tests.support.text2image import clip, folders

__all__ = ["clip", "ddim", "digits", "drawn", "face_set", "folders", "rewrite", "run_folder", "small_model"]
