"""Real faces and a tiny model of them."""

from tests.support.faces import face_set, small_model

__all__ = ["face_set", "small_model"]
