"""A synthetic run of all studies."""

from tests.support.runs.whole import ddim, digits, drawn, rewrite, run_folder

__all__ = ["ddim", "digits", "drawn", "rewrite", "run_folder"]
