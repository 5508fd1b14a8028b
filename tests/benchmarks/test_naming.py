"""The blind tests: sheets do not tell what they show, and answers are scored and pooled as they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from benchmarks.naming.__main__ import main
from benchmarks.naming.drawing import first_prompts, generated, objects_of, reconstructed, write_naming_sheets
from benchmarks.naming.keys import Item, Key, read_key
from benchmarks.naming.scoring import pooled
from benchmarks.naming.word import of_word, read_word
from rediffuse.data.pictures.composing import compose
from rediffuse.data.pictures.dataset import SCENES, PictureSet
from rediffuse.evaluation import intervals
from rediffuse.evaluation.prompts import ANY_STYLE
from rediffuse.evaluation.real_pictures import matching_rows, redrawn, sharp_recipe
from rediffuse.models.text2image import params as train_text2image
from rediffuse.models.text2image.autoencoder import encode
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.things import learned_things
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml
from rediffuse.studies.a3_generate_ranked import params as generate_ranked
from rediffuse.studies.b3b_personalization import params as personalize
from rediffuse.studies.b3b_personalization.inversion import save_word
from tests.support.blind_tests import ROOT, a_test, results
from tests.support.small_text2image import load_small, save_small_pipeline

THINGS = ("apple", "bear", "cat", "dog")


@pytest.fixture(scope="module")
def model(pictures: PictureSet, tmp_path_factory: pytest.TempPathFactory) -> TextToImage:
    folder = tmp_path_factory.mktemp("pipeline")
    save_small_pipeline(folder, pictures)
    return load_small(folder)


@pytest.fixture(scope="module")
def ranked() -> generate_ranked.Params:
    section = read_yaml(ROOT / "params.yaml")["generate_ranked"]
    section["words"]["things"] = 8
    section["drawing"]["num_inference_steps"] = 2
    return generate_ranked.Params.model_validate(section)


@pytest.fixture(scope="module")
def training() -> train_text2image.Params:
    section = read_yaml(ROOT / "params.yaml")["train_text2image"]
    return train_text2image.Params.model_validate({**section, "things": 8, "pictures": 400, "image_size": 32})


def a_key(test: str = "naming", seed: int = 1, **changes: object) -> Key:
    kinds = ["generated", "generated", "generated", "through_autoencoder"]
    items = {n: Item(kind=k, thing=t, scene="day") for n, (k, t) in enumerate(zip(kinds, THINGS, strict=True), 1)}
    told = {"test": test, "seed": seed, "model": "m", "digest": "d", "choices": THINGS, "scenes": SCENES}
    return Key.model_validate({**told, "pictures": items, **changes})


def test_sheets_hold_every_picture_and_no_caption(
    model: TextToImage,
    pictures: PictureSet,
    ranked: generate_ranked.Params,
    training: train_text2image.Params,
    tmp_path: Path,
) -> None:
    parts = [
        generated(model, pictures, ranked, 20, 3, "naming"),
        reconstructed(model, pictures, ranked.words, training, 7, 3, "naming real"),
    ]
    choices = objects_of(pictures, learned_things(pictures, 8))
    written = write_naming_sheets(tmp_path / "out", "naming", parts, choices, "m", 3, (2.0,))
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"sheet-1.png", "sheet-2.png", "objects.txt", "instructions.txt", "key.json"}
    key = read_key(tmp_path / "out" / "key.json")
    assert key == written and list(key.pictures) == list(range(1, 28))
    assert key.guidance_scales == (2.0,)
    kinds = [item.kind for item in key.pictures.values()]
    assert kinds.count("generated") == 20 and kinds.count("through_autoencoder") == 7
    assert kinds[:20] != ["generated"] * 20, "real pictures stand behind all others"
    assert (tmp_path / "out" / "objects.txt").read_text().split("\n") == [*choices, ""]
    assert choices == sorted(choices) and {item.thing for item in key.pictures.values()} <= set(choices)
    sizes = [Image.open(tmp_path / "out" / f"sheet-{n}.png").size for n in (1, 2)]
    assert sizes[0][0] == sizes[1][0] and sizes[0][1] > sizes[1][1] > 160
    told = (tmp_path / "out" / "instructions.txt").read_text()
    assert all(scene in told for scene in SCENES)


def test_a_picture_depends_on_its_seed_and_number_alone(
    model: TextToImage, pictures: PictureSet, ranked: generate_ranked.Params, training: train_text2image.Params
) -> None:
    few, many = (generated(model, pictures, ranked, count, 3, "naming") for count in (3, 6))
    assert torch.equal(few.images, many.images[:3]) and few.items == many.items[:3]
    assert not torch.equal(few.images, generated(model, pictures, ranked, 3, 4, "naming").images)
    few, many = (reconstructed(model, pictures, ranked.words, training, n, 3, "real") for n in (3, 6))
    assert torch.equal(few.images, many.images[:3]) and few.items == many.items[:3]


def test_real_pictures_are_training_compositions_of_what_is_asked(
    pictures: PictureSet, ranked: generate_ranked.Params, training: train_text2image.Params
) -> None:
    recipe = sharp_recipe(pictures, training)
    assert 0 < len(recipe) < training.pictures and not recipe.defect.any()
    prompts = first_prompts(pictures, ranked.words, learned_things(pictures, 8), 40, 5, "real")
    chosen = recipe[matching_rows(pictures, recipe, prompts, 5, "real")]
    assert torch.equal(pictures.thing[chosen.drawing], prompts.thing)
    assert torch.equal(chosen.scene, prompts.scene)
    asked = prompts.style != ANY_STYLE
    assert asked.any() and torch.equal(pictures.style[chosen.drawing][asked], prompts.style[asked])


def test_what_no_composition_shows_is_replaced_by_the_nearest(
    pictures: PictureSet, ranked: generate_ranked.Params, training: train_text2image.Params
) -> None:
    recipe = sharp_recipe(pictures, training)
    prompts = first_prompts(pictures, ranked.words, learned_things(pictures, 8), 1, 5, "real")
    thing, scene, style = int(prompts.thing[0]), int(prompts.scene[0]), int(pictures.style[recipe.drawing][0])
    prompts.style[0] = style
    of_thing = pictures.thing[recipe.drawing] == thing
    without = recipe[~(of_thing & (recipe.scene == scene) & (pictures.style[recipe.drawing] == style))]
    row = without[matching_rows(pictures, without, prompts, 5, "real")]
    assert int(pictures.thing[row.drawing]) == thing and int(row.scene) == scene
    without = recipe[~(of_thing & (recipe.scene == scene))]
    row = without[matching_rows(pictures, without, prompts, 5, "real")]
    assert int(pictures.thing[row.drawing]) == thing and int(pictures.style[row.drawing]) == style


def test_redrawn_compositions_change_the_drawing_alone(pictures: PictureSet, training: train_text2image.Params) -> None:
    recipe = sharp_recipe(pictures, training)
    rows = pictures.rows("clip", "test")
    found = redrawn(pictures, recipe, rows, torch.Generator().manual_seed(0))
    assert torch.equal(pictures.thing[found.drawing], pictures.thing[recipe.drawing])
    assert set(found.drawing.tolist()) <= set(rows.tolist())
    assert set(pictures.style[found.drawing].tolist()) == set(pictures.style[rows].tolist())
    assert torch.equal(found.x, recipe.x) and torch.equal(found.background, recipe.background)
    lacking = rows[pictures.thing[rows] != pictures.thing[recipe.drawing[0]]]
    fewer = redrawn(pictures, recipe, lacking, torch.Generator().manual_seed(0))
    assert len(fewer) == int((pictures.thing[recipe.drawing] != pictures.thing[recipe.drawing[0]]).sum())
    assert set(fewer.drawing.tolist()) <= set(lacking.tolist())


def test_real_pictures_went_through_the_autoencoder(
    model: TextToImage, pictures: PictureSet, ranked: generate_ranked.Params, training: train_text2image.Params
) -> None:
    shown = reconstructed(model, pictures, ranked.words, training, 4, 3, "real")
    recipe = sharp_recipe(pictures, training)
    prompts = first_prompts(pictures, ranked.words, learned_things(pictures, 8), 4, 3, "real")
    chosen = recipe[matching_rows(pictures, recipe, prompts, 3, "real")]
    images = compose(pictures, chosen, model.picture_size, "train")
    vae = model.pipeline.vae
    assert torch.equal(shown.images, model.decode(encode(vae, images) * vae.config.scaling_factor))
    assert not torch.equal(shown.images, images)


def test_a_folder_with_content_is_not_overwritten(
    model: TextToImage, pictures: PictureSet, ranked: generate_ranked.Params, tmp_path: Path
) -> None:
    (tmp_path / "answers.txt").write_text("1: apple\n")
    parts = [generated(model, pictures, ranked, 2, 3, "naming")]
    with pytest.raises(InputError, match="not empty"):
        write_naming_sheets(tmp_path, "naming", parts, objects_of(pictures, learned_things(pictures, 8)), "m", 3)
    assert [path.name for path in tmp_path.iterdir()] == ["answers.txt"]


def test_scores_of_a_reader(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "# a comment;1: Apple, day;;2: bear, night;  4 :dog;3: dog"
    main(a_test(tmp_path / "a", a_key(), anna=text))
    found = results(tmp_path)
    wilson = intervals.proportion([True, True, False])
    assert found["default"]["share"] == pytest.approx(2 / 3, abs=1e-4) and found["default"]["n"] == 3
    assert found["default"]["low"] == pytest.approx(wilson["low"], abs=1e-4)
    assert found["default"]["high"] == pytest.approx(wilson["high"], abs=1e-4)
    assert found["through_autoencoder"]["share"] == 1 and found["through_autoencoder"]["n"] == 1
    assert found["default_scene"]["share"] == 0.5 and found["default_scene"]["n"] == 2
    assert "through_autoencoder_scene" not in found
    assert found["confusions"] == [{"shown": "cat", "named": "dog", "kind": "generated", "count": 1}]
    assert found["seeds"] == [1] and [row["reader"] for row in found["readers"]] == ["anna"]
    assert (tmp_path / "kept" / "1-anna.txt").read_text() == text.replace(";", "\n")
    assert read_key(tmp_path / "kept" / "1-key.json") == a_key()
    assert "3 of 4 right" in capsys.readouterr().out


def test_readers_and_seeds_are_pooled_and_replaced(tmp_path: Path) -> None:
    right, wrong = "1: apple;2: bear;3: cat;4: dog", "1: dog;2: dog;3: dog;4: cat"
    main(a_test(tmp_path / "a", a_key(), anna=right, ben=right))
    found = results(tmp_path)
    assert found["default"]["n"] == 6
    one = intervals.clustered_proportion([True] * 6, [1, 2, 3, 1, 2, 3])
    assert found["default"]["low"] == pytest.approx(one["low"], abs=1e-4), (
        "two answers to a picture are not independent"
    )
    main(a_test(tmp_path / "b", a_key(seed=12, digest="e"), anna=wrong))
    found = results(tmp_path)
    assert found["default"]["n"] == 9 and found["default"]["share"] == pytest.approx(6 / 9, abs=1e-4)
    assert found["seeds"] == [1, 12]
    assert [(row["seed"], row["reader"], row["default"]["share"]) for row in found["readers"]] == [
        (1, "anna", 1),
        (1, "ben", 1),
        (12, "anna", 0),
    ]
    main(a_test(tmp_path / "b", a_key(seed=12, digest="e"), anna=right))
    found = results(tmp_path)
    assert found["default"]["n"] == 9 and found["default"]["share"] == 1 and not found["confusions"]
    kept = tmp_path / "kept" / "12-anna.txt"
    main(["score", str(tmp_path / "b"), str(kept), "--kept", str(tmp_path / "kept")])
    assert results(tmp_path) == found, "scoring the kept file again changes nothing"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1: apple;2: bear;3: cat", "picture 4 has no answer"),
        ("1: apple;2: bear;3: cat;4: dog;2: bear", "a second time"),
        ("1: apple;2: bear;3: cat;5: dog", "allowed are 1 to 4"),
        ("1: apple;2: bear;3: lion;4: dog", "'lion'"),
        ("1: apple;2: bear;3: cat, noon;4: dog", "'noon'"),
        ("1: apple;2 bear;3: cat;4: dog", "expected 'number: object'"),
    ],
)
def test_bad_answers_end_in_one_line(text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(a_test(tmp_path / "a", a_key(), anna=text))
    assert end.value.code == 2
    line = capsys.readouterr().err
    assert told in line and line.count("\n") == 1
    assert not (tmp_path / "kept").exists() and not (tmp_path / "kept.json").exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"digest": "other"}, "other pictures"),
        ({"model": "other", "seed": 2}, "another model"),
        ({"guidance_scales": (2.0,), "seed": 2}, "or guidance scale"),
    ],
)
def test_answers_to_other_pictures_are_not_mixed(
    changes: dict, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = "1: apple;2: bear;3: cat;4: dog"
    main(a_test(tmp_path / "a", a_key(), anna=right))
    before = results(tmp_path)
    with pytest.raises(SystemExit) as end:
        main(a_test(tmp_path / "b", a_key(**changes), ben=right))
    assert end.value.code == 2 and told in capsys.readouterr().err
    assert results(tmp_path) == before and len(list((tmp_path / "kept").iterdir())) == 2


@pytest.mark.parametrize("content", [None, "{}", "no JSON"])
def test_a_folder_without_a_key_ends_in_one_line(
    content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "key.json").write_text(content)
    (tmp_path / "anna.txt").write_text("1: apple\n")
    with pytest.raises(SystemExit) as end:
        main(["score", str(tmp_path), str(tmp_path / "anna.txt"), "--kept", str(tmp_path / "kept")])
    line = capsys.readouterr().err
    assert end.value.code == 2 and "key.json" in line and line.count("\n") == 1


def test_the_learned_word_is_named_among_others(
    model: TextToImage, pictures: PictureSet, ranked: generate_ranked.Params, tmp_path: Path
) -> None:
    section = read_yaml(ROOT / "params.yaml")["personalize"]
    section["thing"]["name"], section["drawing"]["num_inference_steps"] = "owl", 2
    params = personalize.Params.model_validate(section)
    save_word(tmp_path / "thing", "<new1>", torch.full((32,), 0.5))
    with pytest.raises(InputError, match="expected <new7>"):
        read_word(tmp_path / "thing", "<new7>")
    with pytest.raises(InputError, match="run the stage personalize"):
        read_word(tmp_path / "nothing", "<new1>")
    shown = of_word(model, read_word(tmp_path / "thing", "<new1>"), params, 6, 3)
    assert all("<new1>" in (item.prompt or "") and item.thing == "owl" for item in shown.items)
    assert {item.scene for item in shown.items} == set(SCENES)
    other = of_word(model, torch.full((32,), -0.5), params, 6, 3)
    assert not torch.equal(shown.images, other.images), "the embedding does not matter"
    assert "<new1>" not in model.pipeline.tokenizer.get_vocab()
    parts = [shown, generated(model, pictures, ranked, 4, 3, "word others")]
    key = write_naming_sheets(
        tmp_path / "out", "word", parts, [*objects_of(pictures, learned_things(pictures, 8)), "owl"], "m", 3
    )
    lines = [f"{n}: {'owl' if n % 2 else item.thing}" for n, item in key.pictures.items()]
    (tmp_path / "anna.txt").write_text("\n".join(lines))
    main(["score", str(tmp_path / "out"), str(tmp_path / "anna.txt"), "--kept", str(tmp_path / "kept")])
    found = results(tmp_path)["learned_word"]
    wrong = sum(item.thing != "owl" for n, item in key.pictures.items() if n % 2)
    assert (found["share"], found["n"]) == (1, 6)
    assert found["others"]["n"] == 4 and found["others"]["share"] == pytest.approx(1 - wrong / 4)
    assert sum(row["count"] for row in found["confusions"]) == wrong


@pytest.mark.parametrize("name", ["naming", "naming_long"])
def test_committed_scores_are_those_of_the_committed_answers(name: str) -> None:
    kept = ROOT / "benchmarks" / name
    file = kept.with_name(f"{name}.json")
    found = intervals.rounded(pooled(kept))
    assert (json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}) == json.loads(json.dumps(found))


def test_scores_name_the_guidance_scale(tmp_path: Path) -> None:
    main(a_test(tmp_path / "a", a_key(guidance_scales=(2.0,)), anna="1: apple;2: bear;3: cat;4: dog"))
    assert results(tmp_path)["guidance_scales"] == [2.0]
