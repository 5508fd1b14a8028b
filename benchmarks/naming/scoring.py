"""The scores of blind tests: read answers, keep them beside their key, and count all that are kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.naming.keys import Item, Key, Test, key_text, read_key
from rediffuse.evaluation import intervals
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.stage import new_file, write_json

_LINE = re.compile(r"(\d+)\s*:\s*([^,]+?)\s*(?:,\s*(.+?)\s*)?")
_READER = re.compile(r"[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*")


@dataclass(frozen=True)
class Answer:
    """What a reader said of a picture.

    Attributes:
        seed, number: the picture.
        item: what it shows.
        named: the reader's answer.
        scene: the reader's scene, None where none was given.
    """

    reader: str
    seed: int
    number: int
    item: Item
    named: str
    scene: str | None

    @property
    def sitting(self) -> tuple[int, str]:
        """Seed and reader."""
        return self.seed, self.reader

    @property
    def right(self) -> bool:
        """Whether the picture is named right."""
        return self.named == self.item.right


def read_answers(path: Path, key: Key, reader: str) -> list[Answer]:
    """Read lines ``number: object`` or ``number: object, scene``; empty lines and those after # are skipped.

    Raises:
        InputError: a line is of another form, an object, scene or number is unknown, or a number is there twice or
            not at all.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from None
    found: dict[int, Answer] = {}
    for place, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        answer = _answer(" ".join(line.split()), f"{path}:{place}", key, reader)
        if answer.number in found:
            raise InputError(f"{path}:{place}: found picture {answer.number} a second time; expected each once")
        found[answer.number] = answer
    missing = sorted(set(key.pictures) - set(found))
    if missing:
        raise InputError(f"{path}: picture {missing[0]} has no answer ({len(missing)} in all); expected one for each")
    return [found[number] for number in sorted(found)]


def _answer(line: str, where: str, key: Key, reader: str) -> Answer:
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise InputError(f"{where}: found {line[:60]!r}, expected 'number: object' or 'number: object, scene'")
    number, named, scene = int(parts[1]), parts[2].lower(), parts[3].lower() if parts[3] else None
    if number not in key.pictures:
        raise InputError(f"{where}: found picture {number}, allowed are 1 to {len(key.pictures)}")
    if named not in key.choices:
        raise InputError(f"{where}: found {named!r}, which is none of the {len(key.choices)} choices of objects.txt")
    if scene is not None and scene not in key.scenes:
        allowed = ", ".join(key.scenes) if key.scenes else "no scene"
        raise InputError(f"{where}: found the scene {scene!r}, allowed: {allowed}")
    return Answer(reader, key.seed, number, key.pictures[number], named, scene)


def keep_answers(folder: Path, files: Sequence[Path], kept: Path) -> tuple[Key, list[list[Answer]]]:
    """Check answers to the test in ``folder``, then copy them and its key to ``kept``, in the place of older ones.

    A file of answers is named after its reader.

    Raises:
        InputError: answers are wrong, or those kept are of other pictures; nothing is copied then.
    """
    key = read_key(folder / "key.json")
    _check_key(key, kept)
    readers = [path.stem.removeprefix(f"{key.prefix}-") for path in files]
    for reader, path in zip(readers, files, strict=True):
        if not _READER.fullmatch(reader):
            raise InputError(f"{path}: expected a file named after its reader, of letters, digits, - and _")
        if readers.count(reader) > 1:
            raise InputError(f"{path}: found reader {reader} a second time; expected a file of each reader")
    answers = [read_answers(path, key, reader) for path, reader in zip(files, readers, strict=True)]
    texts = [path.read_text(encoding="utf-8") for path in files]
    _write(kept / f"{key.prefix}-key.json", key_text(key))
    for reader, text in zip(readers, texts, strict=True):
        _write(kept / f"{key.prefix}-{reader}.txt", text)
    return key, answers


def _check_key(key: Key, kept: Path) -> None:
    for path in sorted(kept.glob("*-key.json")):
        other = read_key(path)
        if other.test != key.test:
            continue
        if other.source != key.source:
            raise InputError(
                f"{path}: those answers are of another model or guidance scale; delete its files before you score this"
            )
        if other.seed == key.seed and other != key:
            raise InputError(f"{path}: those answers are of other pictures; delete its files before you score these")


def _write(path: Path, text: str) -> None:
    with new_file(path) as part:
        part.write_text(text, encoding="utf-8")


def pooled(kept: Path) -> dict[str, Any]:
    """Scores of all answers that are kept, test by test."""
    found: dict[Test, list[Answer]] = {}
    sources: dict[Test, tuple[str, tuple[float, ...]]] = {}
    for path in sorted(kept.glob("*-key.json")):
        key = read_key(path)
        if sources.setdefault(key.test, key.source) != key.source:
            raise InputError(
                f"{path}: the answers kept in {kept} are of several models or guidance scales; delete those of one"
            )
        for file in sorted(kept.glob(f"{key.prefix}-*.txt")):
            reader = file.stem.removeprefix(f"{key.prefix}-")
            found.setdefault(key.test, []).extend(read_answers(file, key, reader))
    scores: dict[str, Any] = {}
    if "naming" in found:
        scores |= {**naming_scores(found["naming"]), **_about(found["naming"], sources["naming"], naming_scores)}
    if "matching" in found:
        given = found["matching"]
        scores["matching"] = {**matching_scores(given), **_about(given, sources["matching"], matching_scores)}
    if "word" in found:
        given = found["word"]
        scores["learned_word"] = {**word_scores(given), **_about(given, sources["word"], word_scores)}
    return scores


def share(answers: Sequence[Answer]) -> dict[str, float]:
    """Share named right, with Wilson's interval; pictures that several readers named are counted as clusters."""
    return _share([answer.right for answer in answers], answers)


def _share(right: list[bool], answers: Sequence[Answer]) -> dict[str, float]:
    cluster = [f"{answer.seed}/{answer.number}" for answer in answers]
    once = len(set(cluster)) == len(cluster)
    found = intervals.proportion(right) if once else intervals.clustered_proportion(right, cluster)
    return {"share": found.pop("mean"), **found}


def naming_scores(answers: Sequence[Answer]) -> dict[str, Any]:
    """Shares of generated pictures and of real ones through the autoencoder, and of scenes where they were named."""
    found: dict[str, Any] = {}
    for name, kind in (("default", "generated"), ("through_autoencoder", "through_autoencoder")):
        of_kind = [answer for answer in answers if answer.item.kind == kind]
        given = [answer for answer in of_kind if answer.scene is not None]
        if of_kind:
            found[name] = share(of_kind)
        if given:
            found[f"{name}_scene"] = _share([answer.scene == answer.item.scene for answer in given], given)
    return found


def matching_scores(answers: Sequence[Answer]) -> dict[str, Any]:
    """Share of controlled pictures matched to their sketches, and of uncontrolled ones where there are any."""
    parts = {kind: [a for a in answers if a.item.kind == kind] for kind in ("controlled", "uncontrolled")}
    baseline = {"uncontrolled": share(parts["uncontrolled"])} if parts["uncontrolled"] else {}
    return {**share(parts["controlled"]), **baseline}


def word_scores(answers: Sequence[Answer]) -> dict[str, Any]:
    """Share of the learned word's pictures, and of the others that they were mixed among."""
    parts = {kind: [a for a in answers if a.item.kind == kind] for kind in ("learned_word", "generated")}
    return {**share(parts["learned_word"]), "others": share(parts["generated"])}


def _about(answers: Sequence[Answer], source: tuple[str, tuple[float, ...]], score: Any) -> dict[str, Any]:
    model, guidance_scales = source
    sittings = sorted({answer.sitting for answer in answers})
    return {
        "readers": [
            {
                "reader": reader,
                "seed": seed,
                **intervals.rounded(score([a for a in answers if a.sitting == (seed, reader)])),
            }
            for seed, reader in sittings
        ],
        "seeds": sorted({answer.seed for answer in answers}),
        "model": model,
        **({"guidance_scales": list(guidance_scales)} if guidance_scales else {}),
        "confusions": confusions(answers) if answers[0].item.thing is not None else [],
    }


def confusions(answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """What was named as something else, the most frequent first."""
    counts = Counter((a.item.kind, a.item.right, a.named) for a in answers if not a.right)
    return [
        {"shown": shown, "named": named, "kind": kind, "count": count}
        for (kind, shown, named), count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    ]


def score(folder: Path, files: Sequence[Path], kept: Path) -> dict[str, Any]:
    """Score answers to the test in ``folder``, keep them, and write the scores of all kept ones to ``kept``.json.

    Scoring the same seed and reader again replaces the older answers.
    """
    key, answers = keep_answers(folder, files, kept)
    for given in answers:
        print(f"{given[0].reader}, seed {key.seed}, {key.test}: {sum(a.right for a in given)} of {len(given)} right")
        for line in confusions(given) if key.test != "matching" else []:
            print(f"    {line['shown']} -> {line['named']} ({line['kind']}, {line['count']})")
    scores = pooled(kept)
    write_json(kept.with_name(f"{kept.name}.json"), intervals.rounded(scores))
    for name in ("default", "through_autoencoder", "default_scene", "through_autoencoder_scene", "matching"):
        if name in scores:
            print(_line(name, scores[name]))
    if "learned_word" in scores:
        print(_line("learned_word", scores["learned_word"]))
    return scores


def _line(name: str, found: dict[str, Any]) -> str:
    return f"{name}: {found['share']:.1%} ({found['low']:.1%} to {found['high']:.1%}) of {found['n']}"
