"""Wrong parameters end in one line that names the key and says what is allowed; right ones pass."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from rediffuse.errors import InputError
from rediffuse.params.base import read_yaml
from rediffuse.params.check import check, schemas

ROOT = Path(__file__).parents[2]
REAL = read_yaml(ROOT / "params.yaml")
GONE = object()  # instead of a value: the key is taken out
WHOLE = "every key of the section must be there"

# (changes of the real file, the key that the line must name, what it must say)
WRONG: list[tuple[dict[str, Any], str, str]] = [
    # fetch_digits
    ({"fetch_digits.seed": -1}, "fetch_digits.seed", "greater than or equal to 0"),
    ({"fetch_digits.seed": 2**31}, "fetch_digits.seed", "less than 2147483648"),
    ({"fetch_digits.seed": 0.5}, "fetch_digits.seed", "valid integer"),
    ({"fetch_digits.seed": GONE}, "fetch_digits.seed", WHOLE),
    ({"fetch_digits.sead": 3}, "fetch_digits.sead", "unknown key"),
    ({"fetch_digits.source": "internet"}, "fetch_digits.source", "'packages', 'torchvision' or 'folder'"),
    ({"fetch_digits.source": "folder"}, "fetch_digits", "folder must name a folder with source folder"),
    ({"fetch_digits.folder": "mine"}, "fetch_digits", "be null with every other source"),
    ({"fetch_digits.source": "folder", "fetch_digits.folder": ""}, "fetch_digits.folder", "at least 1 character"),
    ({"fetch_digits.mnistm": None}, "fetch_digits.mnistm", "dictionary"),
    ({"fetch_digits.mnistm": [55000, 5000, 10000]}, "fetch_digits.mnistm", "dictionary"),
    ({"fetch_digits.mnistm.train": 99}, "fetch_digits.mnistm.train", "greater than or equal to 100"),
    ({"fetch_digits.mnistm.train": 55001}, "fetch_digits", "mnistm asks for 55001 + 5000 images"),
    ({"fetch_digits.mnistm.test": 10001}, "fetch_digits", "allowed are 60000 together and 10000"),
    ({"fetch_digits.second.val": "many"}, "fetch_digits.second.val", "valid integer"),
    ({"fetch_digits.source": "torchvision", "fetch_digits.second.train": 73257}, "fetch_digits", "are 73257"),
    # fetch_pictures
    ({"fetch_pictures.backgrounds.train": 0}, "fetch_pictures.backgrounds.train", "greater than or equal to 1"),
    ({"fetch_pictures.backgrounds.test": GONE}, "fetch_pictures.backgrounds.test", WHOLE),
    ({"fetch_pictures.labelled.images": 51}, "fetch_pictures.labelled.images", "less than or equal to 50"),
    ({"fetch_pictures.labelled": None}, "fetch_pictures.labelled", "dictionary"),
    (
        {"fetch_pictures.labelled.source": "folder"},
        "fetch_pictures.labelled",
        "folder must be a path with source folder",
    ),
    ({"fetch_pictures.labelled.folder": "mine"}, "fetch_pictures.labelled", "be null with source pictures"),
    ({"fetch_pictures.labelled.classes": ["cat", "dog"]}, "fetch_pictures.labelled", "whose classes are fixed"),
    ({"fetch_pictures.styles": 9}, "fetch_pictures.styles", "unknown key"),
    # train_digit_judge
    ({"train_digit_judge": GONE}, "params.yaml", "section 'train_digit_judge' is missing"),
    ({"train_digit_judge": [1, 2]}, "train_digit_judge", "dictionary"),
    ({"train_digit_judge.device": "gpu"}, "train_digit_judge.device", "'auto', 'cpu' or 'cuda'"),
    ({"train_digit_judge.widths": [16, 64, 128]}, "train_digit_judge.widths", "at least 4 items"),
    ({"train_digit_judge.widths": [4, 64, 128, 256]}, "train_digit_judge.widths.0", "greater than or equal to 8"),
    ({"train_digit_judge.widths": 64}, "train_digit_judge.widths", "valid tuple"),
    ({"train_digit_judge.warmup": 1550}, "train_digit_judge", "must be below steps 1550"),
    ({"train_digit_judge.augmentation.shift": 9}, "train_digit_judge.augmentation.shift", "less than or equal to 8"),
    ({"train_digit_judge.optimizer.learning_rate": "fast"}, "train_digit_judge.optimizer.learning_rate", "number"),
    ({"train_digit_judge.first_set": 1.0}, "train_digit_judge.first_set", "less than 1"),
    # train_digit_selector
    ({"train_digit_selector.steps": 0}, "train_digit_selector.steps", "greater than or equal to 1"),
    ({"train_digit_selector.steps": float("inf")}, "train_digit_selector.steps", "finite number"),
    ({"train_digit_selector.batch_size": 1.5}, "train_digit_selector.batch_size", "valid integer"),
    ({"train_digit_selector.batch_size": None}, "train_digit_selector.batch_size", "valid integer"),
    ({"train_digit_selector.optimizer.betas": [0.9]}, "train_digit_selector.optimizer.betas", "missing"),
    ({"train_digit_selector.optimizer.betas": [0.9, 1.0]}, "train_digit_selector.optimizer.betas.1", "less than 1"),
    ({"train_digit_selector.log_every": 0}, "train_digit_selector.log_every", "greater than or equal to 1"),
    ({"train_digit_selector.steps": True}, "train_digit_selector.steps", "integer"),
    # train_digit_ddpm
    ({"train_digit_ddpm.ema_decay": 1}, "train_digit_ddpm.ema_decay", "less than 1"),
    ({"train_digit_ddpm.ema_decay": float("nan")}, "train_digit_ddpm.ema_decay", "finite number"),
    ({"train_digit_ddpm.drop_condition": -0.1}, "train_digit_ddpm.drop_condition", "greater than or equal to 0"),
    ({"train_digit_ddpm.weighting": "snr"}, "train_digit_ddpm.weighting", "'uniform', 'min_snr' or 'soft_min_snr'"),
    ({"train_digit_ddpm.max_grad_norm": 0}, "train_digit_ddpm.max_grad_norm", "greater than 0"),
    ({"train_digit_ddpm.network.patch_size": 4}, "train_digit_ddpm.network", "allowed: 1, 2, 7"),
    ({"train_digit_ddpm.network.attention_heads": 3}, "train_digit_ddpm.network", "must divide block_out_channels[1]"),
    (
        {"train_digit_ddpm.network.block_out_channels": [60, 128]},
        "train_digit_ddpm.network.block_out_channels.0",
        "multiple of 16",
    ),
    ({"train_digit_ddpm.network.width": 3}, "train_digit_ddpm.network.width", "unknown key"),
    ({"train_digit_ddpm.schedule.beta_end": 1e-4}, "train_digit_ddpm.schedule", "must be below beta_end 0.0001"),
    ({"train_digit_ddpm.schedule.beta_schedule": "cosine"}, "train_digit_ddpm.schedule.beta_schedule", "squaredcos"),
    (
        {
            "train_digit_ddpm.schedule.prediction_type": "epsilon",
            "train_digit_ddpm.schedule.rescale_betas_zero_snr": True,
        },
        "train_digit_ddpm.schedule",
        "needs prediction_type v_prediction or sample",
    ),
    ({"train_digit_ddpm.schedule.num_train_timesteps": 10}, "train_digit_ddpm", "at most num_train_timesteps 10"),
    ({"train_digit_ddpm.selection.first": 0}, "train_digit_ddpm.selection.first", "greater than 0"),
    ({"train_digit_ddpm.selection.sampler": GONE}, "train_digit_ddpm.selection.sampler", WHOLE),
    ({"train_digit_ddpm.optimizer.hidden_layers": "soap"}, "train_digit_ddpm.optimizer.hidden_layers", "'muon' or"),
    # evaluate_digits
    ({"evaluate_digits.guidance_scale": float("inf")}, "evaluate_digits.guidance_scale", "finite number"),
    ({"evaluate_digits.guidance_scale": -1}, "evaluate_digits.guidance_scale", "greater than or equal to 0"),
    ({"evaluate_digits.sampler.name": "dpmpp"}, "evaluate_digits.sampler", "eta and clip_x0 belong to ddim"),
    ({"evaluate_digits.sampler.clip_x0": "perhaps"}, "evaluate_digits.sampler.clip_x0", "valid boolean"),
    ({"evaluate_digits.sampler.guidance_interval": [0.8, 0.2]}, "evaluate_digits.sampler", "must rise within 0 to 1"),
    ({"evaluate_digits.sweep.guidance_scales": [3.0, 1.0]}, "evaluate_digits.sweep", "guidance_scales must rise"),
    ({"evaluate_digits.sweep.guidance_scales": []}, "evaluate_digits.sweep.guidance_scales", "at least 1 item"),
    ({"evaluate_digits.film_timesteps": [1, 500]}, "evaluate_digits", "film_timesteps must fall"),
    ({"evaluate_digits.images_per_digit": 1}, "evaluate_digits.images_per_digit", "greater than or equal to 2"),
    # ddim_grids
    ({"ddim_grids.eta.etas": [0.5, 1.0]}, "ddim_grids.eta", "must rise from 0"),
    ({"ddim_grids.eta.etas": [0.0, 1.5]}, "ddim_grids.eta.etas.1", "less than or equal to 1"),
    ({"ddim_grids.eta.columns": 20, "ddim_grids.eta.noises": 10}, "ddim_grids.eta", "must be at most noises 10"),
    ({"ddim_grids.interpolation.num_alphas": 10}, "ddim_grids.interpolation", "must be odd"),
    ({"ddim_grids.spacing": "even"}, "ddim_grids.spacing", "'leading', 'trailing' or 'linspace'"),
    ({"ddim_grids.guidance_interval": [0.9, 0.1]}, "ddim_grids", "guidance_interval must rise"),
    ({"ddim_grids.faces.revision": "main"}, "ddim_grids.faces.revision", "pattern"),
    (
        {"ddim_grids.faces.revision": "0" * 40, "ddim_grids.faces.model": "./models/face_ddpm"},
        "ddim_grids.faces",
        "hub id owner/name",
    ),
    ({"ddim_grids.faces.grid": "even"}, "ddim_grids.faces.grid", "'course', 'leading', 'trailing' or 'linspace'"),
    ({"ddim_grids.faces.noises": ""}, "ddim_grids.faces.noises", "at least 1 character"),
    ({"ddim_grids.faces.interpolation.num_alphas": 10}, "ddim_grids.faces.interpolation", "must be odd"),
    # fetch_faces
    ({"fetch_faces.source": "internet"}, "fetch_faces.source", "'packages' or 'folder'"),
    ({"fetch_faces.source": "folder"}, "fetch_faces", "folder must name a folder with source folder"),
    ({"fetch_faces.folder": "mine"}, "fetch_faces", "be null with source packages"),
    # train_face_ddpm
    ({"train_face_ddpm.image_size": 26}, "train_face_ddpm", "image_size 26 must be a multiple of 4"),
    ({"train_face_ddpm.network.block_out_channels": [32]}, "train_face_ddpm.network.block_out_channels", "at least 2"),
    ({"train_face_ddpm.network.block_out_channels": [30, 60]}, "train_face_ddpm.network.block_out_channels.0", "16"),
    ({"train_face_ddpm.augmentation.mirror": "perhaps"}, "train_face_ddpm.augmentation.mirror", "bool"),
    ({"train_face_ddpm.augmentation.zoom": -0.1}, "train_face_ddpm.augmentation.zoom", "greater than or equal to 0"),
    ({"train_face_ddpm.warmup": 10_000}, "train_face_ddpm", "warmup 10000 must be below steps"),
    # train_clip
    ({"train_clip.vision.num_attention_heads": 5}, "train_clip.vision", "must divide hidden_size 128"),
    ({"train_clip.vision.patch_size": 7}, "train_clip.vision", "must divide image_size 32"),
    ({"train_clip.text.vocab_size": 514}, "train_clip.text.vocab_size", "greater than or equal to 515"),
    ({"train_clip.text.layers": 2}, "train_clip.text.layers", "unknown key"),
    ({"train_clip.temperature": 0.01}, "train_clip.temperature", "greater than 0.01"),
    ({"train_clip.captions": 300}, "train_clip", "captions must be at most batch_size 192"),
    ({"train_clip.emphasis.animals": 0}, "train_clip.emphasis.animals", "greater than 0"),
    ({"train_clip.naming": -1}, "train_clip.naming", "greater than or equal to 0"),
    ({"train_clip.augmentation.grey": 1.5}, "train_clip.augmentation.grey", "less than or equal to 1"),
    # train_picture_judge, evaluate_picture_judge
    ({"train_picture_judge.image_size": 30}, "train_picture_judge.image_size", "multiple of 8"),
    ({"train_picture_judge.label_smoothing": 1}, "train_picture_judge.label_smoothing", "less than 1"),
    ({"evaluate_picture_judge.pairs": 9}, "evaluate_picture_judge.pairs", "greater than or equal to 10"),
    # the studies of CLIP
    # edit_attribute
    ({"edit_attribute.target_scene": "night"}, "edit_attribute", "target_scene must differ from source_scene"),
    ({"edit_attribute.warmup_steps": 10}, "edit_attribute", "must be below drawing.num_inference_steps 10"),
    ({"edit_attribute.scales": [0.0, 3.0]}, "edit_attribute", "scales must rise and be above 0"),
    ({"edit_attribute.scales": [3.0, 3.0]}, "edit_attribute", "scales must rise and be above 0"),
    ({"edit_attribute.scales": []}, "edit_attribute.scales", "at least 1 item"),
    ({"edit_attribute.things": 1}, "edit_attribute.things", "greater than or equal to 2"),
    ({"edit_attribute.words.template": "{thing}"}, "edit_attribute.words", "template must have {thing} and {scene}"),
    ({"edit_attribute.strip.source": ""}, "edit_attribute.strip.source", "at least 1 character"),
    ({"zeroshot_prompts.template": "a cat"}, "zeroshot_prompts.template", "a template has one {}"),
    ({"zeroshot_prompts.templates": ["{} {}", "{}"]}, "zeroshot_prompts.templates.0", "a template has one {}"),
    ({"zeroshot_prompts.templates": ["{}", "{}"]}, "zeroshot_prompts", "templates must differ from one another"),
    ({"zeroshot_prompts.candidates": ["cat"]}, "zeroshot_prompts.candidates", "at least 2 items"),
    ({"zeroshot_robustness.revision": "main"}, "zeroshot_robustness.revision", "pattern"),
    ({"zeroshot_robustness.revision": 40 * "a", "zeroshot_robustness.model": "/a/b"}, "zeroshot_robustness", "hub id"),
    ({"zeroshot_robustness.per_class": 0}, "zeroshot_robustness.per_class", "greater than or equal to 1"),
    ({"zeroshot_robustness.wording.templates": []}, "zeroshot_robustness.wording.templates", "at least 1 item"),
    ({"zeroshot_accuracy.wording": "best"}, "zeroshot_accuracy", "wording must be one of "),
    ({"zeroshot_accuracy.wordings": {}}, "zeroshot_accuracy.wordings", "at least 1 item"),
    ({"zeroshot_accuracy.scenes.template": "a {thing}"}, "zeroshot_accuracy.scenes", "must hold {thing} and {scene}"),
    ({"zeroshot_accuracy.scenes.phrases.rain": "x"}, "zeroshot_accuracy.scenes.phrases.rain", "unknown key"),
    # train_text2image
    ({"train_text2image.unet.attention_heads": 3}, "train_text2image", "must divide every unet.block_out_channels"),
    ({"train_text2image.unet.block_out_channels": [64, 100]}, "train_text2image.unet.block_out_channels.1", "16"),
    ({"train_text2image.unet.cross_attention": [True]}, "train_text2image", "one entry for each"),
    ({"train_text2image.unet.width": 3}, "train_text2image.unet.width", "unknown key"),
    ({"train_text2image.image_size": 36}, "train_text2image", "image_size 36 must be a multiple of 8"),
    ({"train_text2image.image_size": 128}, "train_text2image.image_size", "less than or equal to 64"),
    ({"train_text2image.warmup": 700, "train_text2image.steps": 700}, "train_text2image", "must be below steps 700"),
    (
        {"train_text2image.autoencoder.warmup": 1000, "train_text2image.autoencoder.steps": 1000},
        "train_text2image",
        "autoencoder.warmup 1000 must be below autoencoder.steps",
    ),
    (
        {"train_text2image.autoencoder.block_out_channels": []},
        "train_text2image.autoencoder.block_out_channels",
        "1 item",
    ),
    ({"train_text2image.autoencoder.kl_weight": -1}, "train_text2image.autoencoder.kl_weight", "greater than or equal"),
    (
        {"train_text2image.autoencoder.latent_channels": 0},
        "train_text2image.autoencoder.latent_channels",
        "or equal to 1",
    ),
    ({"train_text2image.autoencoder.optimizer": GONE}, "train_text2image.autoencoder.optimizer", WHOLE),
    ({"train_text2image.drop_caption": 1}, "train_text2image.drop_caption", "less than 1"),
    ({"train_text2image.things": 0}, "train_text2image.things", "greater than or equal to 1"),
    ({"train_text2image.schedule.prediction_type": "x_0"}, "train_text2image.schedule.prediction_type", "'epsilon'"),
    ({"train_text2image.ema_decay": 1}, "train_text2image.ema_decay", "less than 1"),
    # generate_ranked, sweep_guidance
    ({"generate_ranked.pictures_per_prompt": 12}, "generate_ranked.pictures_per_prompt", "multiple of 8"),
    ({"generate_ranked.clip.revision": "main"}, "generate_ranked.clip.revision", "pattern"),
    ({"sweep_guidance.sweep.guidance_scales": [3.0, 1.0]}, "sweep_guidance.sweep", "guidance_scales must rise"),
    ({"sweep_guidance.sweep.pictures_per_prompt": 1}, "sweep_guidance.sweep.pictures_per_prompt", "equal to 2"),
    ({"sweep_guidance.drawing.guidance_scale": 4.0}, "sweep_guidance", "must be one of sweep.guidance_scales"),
    ({"sweep_guidance.strip_prompts": []}, "sweep_guidance.strip_prompts", "at least 1 item"),
    # noise_schedules
    ({"noise_schedules.film_steps": [4, 2]}, "noise_schedules", "film_steps must rise"),
    ({"noise_schedules.film_steps": [11]}, "noise_schedules", "at most drawing.num_inference_steps 10"),
    ({"noise_schedules.cutoff": 0}, "noise_schedules.cutoff", "greater than 0"),
    ({"noise_schedules.words.phrases.rain": "in the rain"}, "noise_schedules.words", "phrases must be of"),
    # interpolate_prompts
    ({"interpolate_prompts.pairs": []}, "interpolate_prompts.pairs", "at least 2 items"),
    ({"interpolate_prompts.pairs": [{"start": "a cat"}]}, "interpolate_prompts.pairs.0.end", "missing"),
    ({"interpolate_prompts.points": 2}, "interpolate_prompts.points", "greater than or equal to 3"),
    ({"interpolate_prompts.points": 4}, "interpolate_prompts", "points must be odd"),
    (
        {"interpolate_prompts.pairs": 2 * [{"start": "a", "end": "b", "scenes": ["day", "day"], "things": None}]},
        "interpolate_prompts.pairs.0",
        "scenes must differ from one another, or be null",
    ),
    (
        {"interpolate_prompts.pairs": 2 * [{"start": "a", "end": "a", "scenes": None, "things": None}]},
        "interpolate_prompts.pairs.0",
        "end must differ from start",
    ),
    ({"interpolate_prompts.clip.revision": "main"}, "interpolate_prompts.clip.revision", "pattern"),
    # train_controlnet, sketch_to_image
    ({"train_controlnet.conditioning_channels": []}, "train_controlnet.conditioning_channels", "at least 1 item"),
    ({"train_controlnet.thing_alone": 1.5}, "train_controlnet.thing_alone", "less than or equal to 1"),
    ({"sketch_to_image.strengths": [0.25, 0.5, 1.0]}, "sketch_to_image", "strengths must have 0.25, 0.5, 0.75, 1"),
    ({"sketch_to_image.strengths": [1.0, 0.75, 0.5, 0.25]}, "sketch_to_image", "strengths must rise"),
    ({"sketch_to_image.controlnet_revision": "main"}, "sketch_to_image.controlnet_revision", "pattern"),
    # refine_with_clip
    ({"refine_with_clip.ascent.norm": "shrink"}, "refine_with_clip.ascent.norm", "'keep' or 'free'"),
    ({"refine_with_clip.ascent.learning_rates": [0.2, 0.1]}, "refine_with_clip.ascent", "learning_rates must rise"),
    ({"refine_with_clip.ascent.momentum": 1.0}, "refine_with_clip.ascent.momentum", "less than 1"),
    # personalize
    ({"personalize.thing.token": "new1"}, "personalize.thing.token", "pattern"),
    ({"personalize.style.token": "<new1>"}, "personalize", "style.token must differ from thing.token"),
    ({"personalize.inversion.warmup": 300}, "personalize.inversion", "must be below steps 300"),
    ({"personalize.pair.harder": "a picture of a cactus"}, "personalize.pair", "harder must have {thing}"),
    ({"personalize.own.captions": ["a teapot"]}, "personalize.own.captions.0", "must have {word}"),
    (
        {"personalize.own.prompts": ["a {word}"], "personalize.own.pictures": 1},
        "personalize.own",
        "prompts times pictures",
    ),
    ({"personalize.pair.scales": [[8.0, 4.0], [8.0, 4.0]]}, "personalize.pair", "scales must differ"),
    # report, and the whole
    ({"report.title": ""}, "report.title", "at least 1 character"),
    ({"report.title": 3}, "report.title", "valid string"),
    ({"report.note": "x" * 1001}, "report.note", "at most 1000 characters"),
    ({"report": GONE}, "params.yaml", "section 'report' is missing"),
    ({"train_clap": {}}, "params.yaml", "unknown section 'train_clap'; allowed: ddim_grids, "),
]

BROKEN = [
    ("", "expected sections"),
    ("- fetch_digits\n- report\n", "expected sections"),
    ("just words\n", "expected sections"),
    ("fetch_digits: {seed: 0\n", "not readable as YAML"),
    ("fetch_digits:\n\tseed: 0\n", "not readable as YAML"),
    ("report: {title: a}\nreport: {title: b}\n", "not readable as YAML"),
    ("report: !!python/object:os.system {}\n", "not readable as YAML"),
]


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    content = copy.deepcopy(REAL)
    for dotted, value in changes.items():
        *path, last = dotted.split(".")
        place = content
        for part in path:
            place = place[part]
        if value is GONE:
            del place[last]
        else:
            place[last] = value
    return content


def written(content: dict[str, Any], folder: Path) -> Path:
    path = folder / "params.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(content, file)
    return path


def test_the_real_file_is_right() -> None:
    check(REAL, "params.yaml")


def test_every_section_is_in_the_table() -> None:
    assert len(WRONG) + len(BROKEN) >= 50
    assert {key.split(".")[0] for changes, _, _ in WRONG for key in changes} >= set(schemas())


@pytest.mark.parametrize(("changes", "key", "allowed"), WRONG, ids=[" ".join(changes) for changes, _, _ in WRONG])
def test_wrong_value(changes: dict[str, Any], key: str, allowed: str, tmp_path: Path) -> None:
    path = written(changed(changes), tmp_path)
    with pytest.raises(InputError) as caught:
        check(read_yaml(path), "params.yaml")
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith((f"{key}:", f"{key}."))
    assert allowed in line


@pytest.mark.parametrize(("text", "said"), BROKEN)
def test_broken_file(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        check(read_yaml(path), str(path))
    assert str(caught.value).startswith(f"{path}: ") and said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_not_a_file(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.yaml", tmp_path):
        with pytest.raises(InputError, match=str(path)):
            read_yaml(path)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_bytes(b"report: {title: \xff\xfe}\n")
    with pytest.raises(InputError, match=r"params\.yaml: not readable as YAML"):
        read_yaml(tmp_path / "params.yaml")


def test_several_wrong_keys_are_counted() -> None:
    with pytest.raises(InputError, match=r"^report\.\w+: .* \(and 2 more\)$"):
        check(changed({"report.title": "", "report.author": 3, "report.heading": "a"}), "params.yaml")


@pytest.mark.parametrize("text", ["1e-4", "1e-04", "1.0e-4", "1E-4", "0.0001", ".0001"])
def test_numbers_with_an_exponent_are_numbers(text: str, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text((ROOT / "params.yaml").read_text().replace("beta_start: 1.0e-4", f"beta_start: {text}"))
    content = read_yaml(path)
    assert content["train_digit_ddpm"]["schedule"]["beta_start"] == 1e-4
    check(content, "params.yaml")


@settings(deadline=None, max_examples=50)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )
)
def test_any_section_at_all_is_right_or_one_line(section: Any) -> None:
    """Nothing but InputError comes out, whatever stands in the file."""
    for name in schemas():
        with pytest.raises(InputError) as caught:
            check({**REAL, name: section}, "params.yaml")
        assert str(caught.value).startswith(name) and len(str(caught.value).splitlines()) == 1
