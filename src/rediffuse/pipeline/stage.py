"""What all stage scripts share: their parameters, one process at a time, one-line errors."""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.experiment_copy import check_paths
from rediffuse.pipeline.locks import hold
from rediffuse.pipeline.outs import new_file, new_folder, write_json
from rediffuse.pipeline.params import Section, SectionT, read_yaml, validate
from rediffuse.pipeline.text import as_shown

__all__ = [  # with what ``outs`` has, so that a stage needs this module alone
    "answer_help",
    "described",
    "fail",
    "new_file",
    "new_folder",
    "read_section",
    "run",
    "write_json",
]

TIMINGS = Path(".rediffuse/timings")  # ignored by Git and DVC: a time must never enter an out


def run(name: str, schema: type[SectionT], main: Callable[[SectionT], None]) -> None:
    """Run a stage: read its section of params.yaml, call ``main``, time it.

    Args:
        name: the stage, and so its section in params.yaml.
        schema: the section's schema; nothing outside this section can be read.
        main: does the work; it gets the checked section.

    Exits with code 2 after one line on standard error where the input is bad, a place cannot be written,
    or another process runs the stage in this folder.
    """
    gc.freeze()  # what is imported stays, and need not be looked through again, not even at the end
    gc.enable()
    answer_help(name, schema)
    start = time.perf_counter()
    try:
        _check_processes(schema)
        section = read_section(name, schema)
        with _alone(name):
            main(section)
    except InputError as error:
        fail(name, str(error))
    except PermissionError as error:
        fail(name, f"{error.filename}: cannot be written or read ({error.strerror}); check its owner and mode")
    except OSError as error:
        if error.filename is None and error.errno is None:
            raise
        fail(name, f"{error.filename or 'a file'}: {error.strerror}")
    TIMINGS.mkdir(parents=True, exist_ok=True)
    (TIMINGS / f"{name}.json").write_text(json.dumps({"seconds": round(time.perf_counter() - start, 2)}))


def _check_processes(schema: type[Section]) -> None:
    """Refuse a stage that is no training in several processes, each of which would do the whole work.

    Raises:
        InputError: torchrun, or another launcher, started several.
    """
    count = os.environ.get("WORLD_SIZE", "1")
    if count != "1" and not schema.splits_batches:
        raise InputError(
            f"found {count} processes, allowed 1, since only trainings share a batch; start without torchrun"
        )


@contextlib.contextmanager
def _alone(name: str) -> Iterator[None]:
    """Let no second process run the stage here; the processes that torchrun starts together count as one."""
    if os.environ.get("RANK", "0") != "0":
        yield
        return
    with hold(Path(f".{name}.lock.part"), f"the stage {name} in this folder"):
        yield


def answer_help(name: str, schema: type[Section]) -> None:
    """Print what the stage does and its parameters where --help asks for it; any other argument is an error."""
    parser = argparse.ArgumentParser(
        prog=f"python -m stages.{name}",
        description=sys.modules["__main__"].__doc__,
        epilog="\n".join([f"parameters, in the section {name} of params.yaml:", *described(schema)]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _, unknown = parser.parse_known_args()
    if unknown:
        fail(name, f"found the argument {unknown[0]!r}; a stage takes --help only, its parameters stand in params.yaml")


def described(schema: type[Section], indent: str = "  ") -> Iterator[str]:
    """A line for each key of a section, with those of the sections within it below their own."""
    for key, field in schema.model_fields.items():
        yield f"{indent}{key}" + (f": {field.description}" if field.description else "")
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from described(field.annotation, indent + "  ")


def fail(name: str, line: str) -> None:
    """Print one line for the user and end with exit code 2."""
    print(f"{name}: {as_shown(' '.join(line.split()))}", file=sys.stderr)
    sys.exit(2)


def read_section(name: str, schema: type[SectionT], path: Path = Path("params.yaml")) -> SectionT:
    """The checked section ``name`` of ``path``.

    Raises:
        InputError: the file, the section or a key is missing or wrong.
    """
    sections = read_yaml(path)
    if name not in sections:
        raise InputError(f"{path}: section '{name}' is missing")
    check_paths(sections[name], name, Path.cwd())
    return validate(schema, sections[name], name)
