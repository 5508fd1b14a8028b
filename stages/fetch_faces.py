"""Bring the faces in: the faces, pieces of photographs without a face, a contact sheet."""

from __future__ import annotations

import numpy as np

from rediffuse.data.faces.dataset import FaceSet, packaged_faces, read_faces, save_faces
from rediffuse.data.sources.faces.params import Params
from rediffuse.pipeline import stage
from rediffuse.pipeline.params import user_path
from rediffuse.plotting.figures import grid

NAME = "fetch_faces"
COLUMNS, ROWS = 20, 5  # of the contact sheet


def main(params: Params) -> None:
    """Write both kinds together; what is no face comes out of the package, whoever's the faces are."""
    faces = packaged_faces()
    if params.folder is not None:
        faces = FaceSet(read_faces(user_path(params.folder, f"{NAME}.folder")), faces.others)
    with stage.new_folder("data/faces") as data, stage.new_folder(f"plots/{NAME}") as plots:
        save_faces(data, faces)
        for name, pictures in (("faces", faces.faces), ("others", faces.others)):
            shown = pictures[: COLUMNS * ROWS]
            grid(plots / f"{name}.png", np.array_split(shown, range(COLUMNS, len(shown), COLUMNS)), scale=2)


if __name__ == "__main__":
    stage.run(NAME, Params, main)
