"""What DDIM's η does, and what lies between two noises (study B2), on the digits and on faces."""

from __future__ import annotations

from rediffuse import stage
from rediffuse.compute import prepare
from rediffuse.data.digits import load_sets
from rediffuse.data.faces import load_faces
from rediffuse.digits.classifier import JudgeNet, load_reader
from rediffuse.digits.ddim import DigitDdim, study_digits
from rediffuse.digits.generate import DigitModel
from rediffuse.faces.ddim import FaceDdim
from rediffuse.faces.model import load_face_model
from rediffuse.faces.study import study_faces
from rediffuse.intervals import rounded
from rediffuse.params.ddim_grids import Params

NAME = "ddim_grids"


def main(params: Params) -> None:
    device = prepare(params.device)
    faces = load_faces("data/faces")
    face_model = load_face_model(params.faces.model, params.faces.revision, device)
    face_ddim = FaceDdim(face_model, params.faces, params.seed)
    judge = load_reader(JudgeNet, "models/digit_judge", device)
    model = DigitModel.from_pretrained("models/digit_ddpm", device)
    digits = DigitDdim(model, load_sets("data/digits")["names"], params)
    with stage.new_folder(f"plots/{NAME}") as folder:
        found: dict[str, object] = {
            "digits": study_digits(digits, judge, folder),
            "faces": study_faces(face_ddim, faces, folder),
        }
    stage.write_json(f"metrics/{NAME}.json", rounded(found))


if __name__ == "__main__":
    stage.run(NAME, Params, main)
