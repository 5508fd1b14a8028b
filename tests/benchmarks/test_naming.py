"""The blind tests: what the sheets show, and that they do not tell it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from benchmarks.naming.__main__ import main
from benchmarks.naming.drawing import first_prompts, generated, objects_of, reconstructed, write_naming_sheets
from benchmarks.naming.keys import read_key
from benchmarks.naming.word import of_word, read_word
from rediffuse.data.pictures.composing import compose
from rediffuse.data.pictures.dataset import SCENES, PictureSet
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
from tests.support.blind_tests import ROOT, results
from tests.support.small_text2image import load_small, save_small_pipeline


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
