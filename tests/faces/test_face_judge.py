"""The judge of faces, the nearest training face, and what the study writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from rediffuse.data.faces import FaceSet
from rediffuse.faces.ddim import FaceDdim
from rediffuse.faces.judge import FaceJudge, small_grey
from rediffuse.faces.mirror import mirror_sum, mirrored
from rediffuse.faces.model import load_face_model
from rediffuse.faces.nearest import copy_limit, nearest, nearest_metrics, shown_faces
from rediffuse.faces.study import study_faces
from tests.faces.conftest import SECTIONS, faces_section


@pytest.fixture(scope="module")
def judge(face_set: FaceSet) -> FaceJudge:
    return FaceJudge(face_set, seed=0)


def test_it_tells_faces_it_has_not_seen(face_set: FaceSet, judge: FaceJudge) -> None:
    assert len(judge.right) == 200 and judge.right.mean() > 0.9
    assert judge.right[:100].mean() > 0.85 and judge.right[100:].mean() > 0.85
    half = FaceJudge(FaceSet(face_set.faces[:60], face_set.others[:60]), seed=0)
    assert (half.confidence(torch.from_numpy(face_set.faces[60:, None])) > 0.5).mean() > 0.85
    assert (half.confidence(torch.from_numpy(face_set.others[60:, None])) < 0.5).mean() > 0.85


def test_labels_at_random_are_not_learned(face_set: FaceSet) -> None:
    mixed = np.random.default_rng(0).permutation(np.concatenate([face_set.faces, face_set.others]))
    assert FaceJudge(FaceSet(mixed[:100], mixed[100:]), seed=0).right.mean() < 0.65


def test_other_sizes_and_colours(face_set: FaceSet, judge: FaceJudge) -> None:
    grey = torch.from_numpy(face_set.faces[:20, None])
    large = torch.stack(
        [torch.from_numpy(np.array(Image.fromarray(face).resize((100, 100)))) for face in face_set.faces[:20]]
    )
    colour = large[:, None].expand(-1, 3, -1, -1)
    assert (judge.confidence(colour) > 0.5).all()
    np.testing.assert_allclose(judge.confidence(grey.expand(-1, 3, -1, -1)), judge.confidence(grey), atol=1e-6)
    assert small_grey(colour).shape == (20, 1, 25, 25)


def test_noise_is_no_face(judge: FaceJudge) -> None:
    noise = torch.randint(0, 256, (20, 1, 24, 24), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    assert (judge.confidence(noise) > 0.5).mean() < 0.1


def test_the_nearest_face(face_set: FaceSet) -> None:
    faces = face_set.faces
    turned = mirrored(faces[3], mirror_sum(faces))
    images = np.stack([faces[7], turned, np.clip(faces[20].astype(int) + 3, 0, 255)]).astype(np.uint8)
    found = nearest(torch.from_numpy(images)[:, None], faces)
    assert found.rows.tolist() == [7, 3, 20] and found.mirrored.tolist() == [False, True, False]
    assert found.distance[:2].tolist() == [0, 0] and 2.5 < found.distance[2] <= 3
    np.testing.assert_array_equal(shown_faces(found, faces)[:2], images[:2])


def test_the_scale_leaves_a_face_itself_out(face_set: FaceSet) -> None:
    faces = face_set.faces[:30]
    found = nearest(torch.from_numpy(faces)[:, None], faces)
    for row in range(30):
        others = [face for index, face in enumerate(faces) if index != row]
        both = np.stack(others + [mirrored(face, mirror_sum(faces)) for face in others]).astype(np.float64)
        expected = np.sqrt(np.square(both - faces[row]).mean((1, 2))).min()
        assert found.scale[row] == pytest.approx(expected)
    assert nearest_metrics({"eta_0": found})["generated"] == 0


def test_the_share_of_near_copies(face_set: FaceSet) -> None:
    faces, noise = face_set.faces, np.random.default_rng(0)
    spoiled = faces[:6] + noise.normal(0, 60, (6, 25, 25))
    images = np.concatenate([faces[:3], mirrored(faces[3:4], mirror_sum(faces)), spoiled.clip(0, 255)])
    found = nearest(torch.from_numpy(images.astype(np.uint8))[:, None], faces)
    metrics = nearest_metrics({"eta_0": found, "eta_1": nearest(torch.from_numpy(faces[:10, None]), faces)})
    assert metrics["copies"] == {"eta_0": 0.4, "eta_1": 1.0} and metrics["copies_n"] == 10
    assert metrics["limit"] == copy_limit(found.scale)
    assert (found.scale < metrics["limit"]).mean() <= 0.01 <= (found.scale <= metrics["limit"]).mean()


def test_the_axis_of_the_faces(face_set: FaceSet, judge: FaceJudge) -> None:
    """Mirrored about it, real faces stay faces; about the middle of the image, many do not."""
    faces = face_set.faces
    assert mirror_sum(faces) == 21 and mirror_sum(faces[..., ::-1]) == 48 - 21
    moved = np.pad(faces, ((0, 0), (0, 0), (2, 0)), mode="symmetric")[..., :25]
    assert mirror_sum(moved) == 25
    np.testing.assert_array_equal(mirrored(faces, 24), faces[..., ::-1])
    turned = mirrored(faces, 21)
    np.testing.assert_array_equal(turned[..., :22], faces[..., 21::-1])
    np.testing.assert_array_equal(turned[..., 22:], faces[..., :3])
    assert (judge.confidence(torch.from_numpy(turned[:, None])) > 0.5).mean() > 0.9
    about_middle = torch.from_numpy(faces[:, None, :, ::-1].copy())
    assert (judge.confidence(about_middle) > 0.5).mean() < 0.85


def test_what_the_study_writes(face_set: FaceSet, small_model: Path, tmp_path: Path) -> None:
    torch.use_deterministic_algorithms(True)
    model = load_face_model(str(small_model), None, torch.device("cpu"))
    ddim = FaceDdim(model, faces_section(), seed=5)
    (tmp_path / "plots").mkdir()
    found = study_faces(ddim, face_set, tmp_path / "plots")
    assert found["repeat"] == 0 and found["distance"]["eta_0"] == 0 and found["distance"]["eta_1"] > 0
    assert set(found["judge_confidence"]) == {"slerp", "lerp", "corrected_lerp"}
    assert found["norm"]["lerp"] < 0.85 < found["norm"]["slerp"]
    assert set(found["judge"]["read_as_face"]) == set(found["nearest"]["copies"]) == {"eta_0", "eta_1"}
    assert found["judge"]["real_as_face"] > 0.85 and found["judge"]["others_as_face"] < 0.15
    assert found["beta_schedule"] == SECTIONS["train_face_ddpm"]["schedule"]["beta_schedule"]
    assert {path.name for path in (tmp_path / "plots").iterdir()} == {
        "faces_eta.png",
        "faces_eta_distance.png",
        "faces_eta_distance.csv",
        "faces_interpolation.png",
        "faces_interpolation_curves.png",
        "faces_interpolation.csv",
        "faces_nearest.png",
        "noises",
        "summary.png",
    }
    own = FaceDdim(model, faces_section(noises=str(tmp_path / "plots" / "noises")), seed=77)
    assert torch.equal(own.noise("eta", 4)[0], ddim.noise("eta", 4)[0])
