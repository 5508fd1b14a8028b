"""Write blind tests of the generated pictures, and score the answers of readers who have not seen the prompts."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmarks.naming.drawing import fingerprint, generated, objects_of, reconstructed, write_naming_sheets
from benchmarks.naming.matching import controlled_pictures, fingerprint_of, read_controlled, write_matching_sheet
from benchmarks.naming.scoring import score
from benchmarks.naming.word import of_word, read_word
from rediffuse.data.pictures.dataset import load_pictures
from rediffuse.models.controlnet.model import load_controlled
from rediffuse.models.text2image import params as train_text2image
from rediffuse.models.text2image.model import TextToImage, load_text2image
from rediffuse.models.text2image.shared_params import TextToImageSection
from rediffuse.models.text2image.things import known_things
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import prepare
from rediffuse.pipeline.errors import InputError
from rediffuse.studies.a3_generate_ranked import params as generate_ranked
from rediffuse.studies.a8_sketch_to_image import params as sketch_to_image
from rediffuse.studies.b3b_personalization import params as personalize

KEPT = Path("benchmarks/naming")
LEARNED = Path("models/personalized/thing")


def load(section: TextToImageSection, device: Any) -> TextToImage:
    """The model of a section."""
    return load_text2image(section.model, section.revision, device, section.batch_size)


def sheet(args: argparse.Namespace) -> None:
    """Write the naming test."""
    params = stage.read_section("generate_ranked", generate_ranked.Params)
    training = stage.read_section("train_text2image", train_text2image.Params)
    pictures, model = load_pictures(), load(params, prepare(params.device))
    parts = [generated(model, pictures, params, args.pictures, args.seed, "naming")]
    if args.real:
        real = reconstructed(model, pictures, params.words, training, args.real, args.seed, "naming real")
        parts.append(real)
    choices = objects_of(pictures, known_things(pictures, params.model, params.words.things))
    scales = (params.drawing.guidance_scale,)
    write_naming_sheets(args.out, "naming", parts, choices, fingerprint(model), args.seed, scales)
    print(f"{args.out}: {args.pictures} generated and {args.real} real pictures, to be named by a reader")


def matching(args: argparse.Namespace) -> None:
    """Write study A8's matching test."""
    if args.pictures < 1 or args.uncontrolled < 0:
        raise InputError(
            f"pictures: found {args.pictures} and {args.uncontrolled} uncontrolled, expected 1 and 0 or more"
        )
    if args.npz is not None:
        write_matching_sheet(*read_controlled(args.npz), args.seed, args.out)
    else:
        params = stage.read_section("sketch_to_image", sketch_to_image.Params)
        model = load(params, prepare(params.device))
        controlled = load_controlled(params.controlnet, params.controlnet_revision, model)
        counts = args.pictures, args.uncontrolled
        *drawn, texts = controlled_pictures(controlled, load_pictures(), params, *counts, args.seed)
        told = fingerprint_of(controlled), texts, args.uncontrolled, (params.drawing.guidance_scale,)
        write_matching_sheet(*drawn, args.seed, args.out, *told)
    print(f"{args.out}: controlled pictures, to be matched to their sketches by a reader")


def word(args: argparse.Namespace) -> None:
    """Write study B3b's naming test."""
    params = stage.read_section("personalize", personalize.Params)
    ranked = stage.read_section("generate_ranked", generate_ranked.Params)
    pictures, model = load_pictures(), load(params, prepare(params.device))
    embedding = read_word(LEARNED, params.thing.token)
    parts = [
        of_word(model, embedding, params, args.pictures, args.seed),
        generated(model, pictures, ranked, args.others, args.seed, "word others"),
    ]
    known = known_things(pictures, ranked.model, ranked.words.things)
    choices = sorted({*objects_of(pictures, known), params.thing.name})
    scales = params.drawing.guidance_scale, ranked.drawing.guidance_scale
    write_naming_sheets(args.out, "word", parts, choices, fingerprint(model, embedding), args.seed, scales)
    print(f"{args.out}: {args.pictures} pictures of the learned word and {args.others} others, to be named by a reader")


def parser() -> argparse.ArgumentParser:
    """The commands."""
    main_parser = argparse.ArgumentParser(prog="python -m benchmarks.naming", description=__doc__)
    commands = main_parser.add_subparsers(dest="command", required=True)
    command = _test(commands, "sheet", sheet, 100, "generated pictures")
    command.add_argument("--real", type=int, default=25, help="real pictures through the autoencoder, default 25")
    command = _test(commands, "matching", matching, 60, "controlled pictures")
    command.add_argument(
        "--npz", type=Path, help="images, sketches and rivals to take; by default the models draw them"
    )
    command.add_argument("--uncontrolled", type=int, default=20, help="more without control, the baseline, default 20")
    command = _test(commands, "word", word, 50, "pictures of the learned word")
    command.add_argument("--others", type=int, default=50, help="pictures of random prompts, default 50")
    command = commands.add_parser("score", help="score answers, and pool them with those that are kept")
    command.add_argument("folder", type=Path, help="a test that was written")
    command.add_argument("answers", type=Path, nargs="+", help="READER.txt with lines 'number: object[, scene]'")
    command.add_argument("--kept", type=Path, default=KEPT, help=f"where answers are kept, default {KEPT}")
    command.set_defaults(call=lambda args: score(args.folder, args.answers, args.kept))
    return main_parser


def _test(commands: Any, name: str, call: Any, count: int, what: str) -> Any:
    command = commands.add_parser(name, help=call.__doc__)
    command.add_argument("--pictures", type=int, default=count, help=f"{what}, default {count}")
    command.add_argument("--seed", type=int, required=True, help="of prompts, pictures and their order")
    command.add_argument("--out", type=Path, required=True, help="the new folder")
    command.set_defaults(call=call)
    return command


def main(arguments: list[str] | None = None) -> None:
    """Run a command; bad input ends in one line and exit code 2."""
    args = parser().parse_args(arguments)
    try:
        args.call(args)
    except InputError as error:
        stage.fail("naming", str(error))


if __name__ == "__main__":
    main()
