"""What DDIM's η does, and what lies between two noises (study B2), on the digits and on faces."""

from __future__ import annotations

from rediffuse.data.digits.dataset import load_sets
from rediffuse.data.faces.dataset import load_faces
from rediffuse.evaluation.intervals import rounded
from rediffuse.evaluation.metrics import write_metrics
from rediffuse.models.digit_classifier.model import JudgeNet, load_reader
from rediffuse.models.digit_ddpm.model import DigitModel
from rediffuse.models.face_ddpm.model import load_face_model
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import prepare
from rediffuse.studies.b2_ddim.digits import DigitDdim, study_digits
from rediffuse.studies.b2_ddim.face_sampling import FaceDdim
from rediffuse.studies.b2_ddim.faces import study_faces
from rediffuse.studies.b2_ddim.metrics import Metrics
from rediffuse.studies.b2_ddim.params import Params

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
        write_metrics(Metrics, rounded(found))


if __name__ == "__main__":
    stage.run(NAME, Params, main)
