"""The judge of faces, the nearest training face, and what the study writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from rediffuse.data.faces.dataset import FaceSet
from rediffuse.data.faces.mirror import mirror_sum, mirrored
from rediffuse.models.face_ddpm.model import load_face_model
from rediffuse.studies.b2_ddim.face_judge import FaceJudge, gaussian_faces, small_grey
from rediffuse.studies.b2_ddim.face_sampling import FaceDdim
from rediffuse.studies.b2_ddim.faces import study_faces
from rediffuse.studies.b2_ddim.nearest_faces import copy_limit, nearest, nearest_metrics, shown_faces
from tests.support.faces import SECTIONS, faces_section


@pytest.fixture(scope="module")
def judge(face_set: FaceSet) -> FaceJudge:
    return FaceJudge(face_set, seed=0)


def read(judge: FaceJudge, face_set: FaceSet, images: np.ndarray | torch.Tensor) -> np.ndarray:
    """Confidence out of fold in images uint8 [N, H, W] or [N, C, H, W]."""
    images = images if isinstance(images, torch.Tensor) else torch.from_numpy(np.ascontiguousarray(images))[:, None]
    return judge.confidence(images, nearest(images, face_set.faces).rows)


def test_it_tells_faces_it_has_not_seen(face_set: FaceSet, judge: FaceJudge) -> None:
    assert len(judge.right) == 200 and judge.right.mean() > 0.9
    assert judge.right[:100].mean() > 0.85 and judge.right[100:].mean() > 0.85
    half = FaceSet(face_set.faces[:60], face_set.others[:60])
    judge = FaceJudge(half, seed=0)
    assert (read(judge, half, face_set.faces[60:]) > 0.5).mean() > 0.85
    assert (read(judge, half, face_set.others[60:]) < 0.5).mean() > 0.85


def test_a_copy_of_a_training_face_is_read_by_a_judge_that_has_not_seen_it(face_set: FaceSet, judge: FaceJudge) -> None:
    found = read(judge, face_set, face_set.faces) > 0.5
    np.testing.assert_array_equal(found, judge.right[: judge.faces])
    assert sorted(set(judge.fold.tolist())) == list(range(len(judge.readers)))


def test_gaussian_faces_have_the_mean_and_covariance_of_the_faces(face_set: FaceSet) -> None:
    faces = face_set.faces.astype(float).reshape(100, -1)
    made = gaussian_faces(face_set.faces, 4000, seed=3)
    assert made.shape == (4000, 1, 25, 25) and made.dtype == torch.uint8
    flat = made.numpy().reshape(4000, -1).astype(float)
    assert np.abs(flat.mean(0) - faces.mean(0)).max() < 6
    axes = np.linalg.svd(faces - faces.mean(0), full_matrices=False)[2][:5]
    spread = [((rows - rows.mean(0)) @ axes.T).std(0) for rows in (flat, faces)]
    np.testing.assert_allclose(spread[0], spread[1], rtol=0.1)
    assert torch.equal(made[:7], gaussian_faces(face_set.faces, 7, seed=3))


def test_labels_at_random_are_not_learned(face_set: FaceSet) -> None:
    mixed = np.random.default_rng(0).permutation(np.concatenate([face_set.faces, face_set.others]))
    assert FaceJudge(FaceSet(mixed[:100], mixed[100:]), seed=0).right.mean() < 0.65


def test_other_sizes_and_colours(face_set: FaceSet, judge: FaceJudge) -> None:
    grey = torch.from_numpy(face_set.faces[:20, None])
    large = torch.stack(
        [torch.from_numpy(np.array(Image.fromarray(face).resize((100, 100)))) for face in face_set.faces[:20]]
    )
    colour = large[:, None].expand(-1, 3, -1, -1)
    assert (read(judge, face_set, colour) > 0.5).mean() > 0.85
    grey_read, colour_read = read(judge, face_set, grey), read(judge, face_set, grey.expand(-1, 3, -1, -1))
    np.testing.assert_allclose(colour_read, grey_read, atol=1e-6)
    assert small_grey(colour).shape == (20, 1, 25, 25)


def test_noise_is_no_face(face_set: FaceSet, judge: FaceJudge) -> None:
    noise = torch.randint(0, 256, (20, 1, 24, 24), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    assert (read(judge, face_set, noise) > 0.5).mean() < 0.1


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
    assert nearest_metrics({"eta_0": found}, found)["generated"]["mean"] == 0


def test_the_share_of_near_copies(face_set: FaceSet) -> None:
    faces, noise = face_set.faces, np.random.default_rng(0)
    spoiled = faces[:6] + noise.normal(0, 60, (6, 25, 25))
    images = np.concatenate([faces[:3], mirrored(faces[3:4], mirror_sum(faces)), spoiled.clip(0, 255)])
    found = nearest(torch.from_numpy(images.astype(np.uint8))[:, None], faces)
    control = nearest(torch.from_numpy(images[[0, 1, 5, 6]].astype(np.uint8))[:, None], faces)
    metrics = nearest_metrics({"eta_0": found, "eta_1": nearest(torch.from_numpy(faces[:10, None]), faces)}, control)
    assert metrics["copies_gaussian"]["mean"] == 0.5 and metrics["copies_gaussian"]["n"] == 4
    assert [metrics["copies"][eta][key] for eta in ("eta_0", "eta_1") for key in ("mean", "n")] == [0.4, 10, 1.0, 10]
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
    assert (read(judge, face_set, turned) > 0.5).mean() > 0.85
    about_middle = faces[..., ::-1].copy()
    assert (read(judge, face_set, about_middle) > 0.5).mean() < 0.85


def test_what_the_study_writes(face_set: FaceSet, small_model: Path, tmp_path: Path) -> None:
    torch.use_deterministic_algorithms(True)
    model = load_face_model(str(small_model), None, torch.device("cpu"))
    ddim = FaceDdim(model, faces_section(), seed=5)
    (tmp_path / "plots").mkdir()
    found = study_faces(ddim, face_set, tmp_path / "plots")
    assert found["repeat"] == 0 and found["distance"]["eta_0"]["mean"] == 0 and found["distance"]["eta_1"]["mean"] > 0
    assert set(found["judge_confidence"]) == {"slerp", "lerp", "corrected_lerp"}
    assert found["norm"]["lerp"] < 0.85 < found["norm"]["slerp"]
    assert set(found["judge"]["read_as_face"]) == set(found["nearest"]["copies"]) == {"eta_0", "eta_1"}
    assert found["judge"]["real_as_face"]["mean"] > 0.85 and found["judge"]["others_as_face"]["mean"] < 0.15
    assert 0 <= found["judge"]["gaussian_as_face"]["mean"] <= 1 and found["nearest"]["copies_real"]["mean"] <= 0.01
    read_as_face = {key: share["mean"] for key, share in found["judge"]["read_as_face"].items()}
    assert found["judge"]["read_as_face_change"]["mean"] == pytest.approx(read_as_face["eta_1"] - read_as_face["eta_0"])
    assert found["distance_step"]["eta_1"]["mean"] == pytest.approx(found["distance"]["eta_1"]["mean"])
    confidence = {mode: share["mean"] for mode, share in found["judge_confidence"].items()}
    for name, change in found["change"].items():
        after, before = name.rsplit("_", 1)
        assert change["confidence"]["mean"] == pytest.approx(confidence[after] - confidence[before])
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
