"""One process at a time: a lock that ends with the process, however that ends."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from rediffuse.pipeline.errors import InputError


@contextlib.contextmanager
def hold(path: Path, what: str) -> Iterator[None]:
    """Hold the lock file ``path`` while the block runs; then remove it.

    The lock is a POSIX record lock: it belongs to this process, not to the workers that it forks, and a killed process
    leaves none behind. Where the disk has no locks, or another user's file is in the way, the block runs without one.

    Args:
        path: a file that nothing else uses; its folder exists.
        what: what the lock protects, for the message.

    Raises:
        InputError: another process holds the lock.
    """
    file = _locked(path, what)
    try:
        yield
    finally:
        if file is not None:
            path.unlink(missing_ok=True)
            file.close()


def _locked(path: Path, what: str) -> TextIO | None:
    while True:
        try:
            file = path.open("a+", encoding="ascii", errors="replace")
        except OSError:
            return None
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read(20).strip()
            file.close()
            if error.errno in (errno.EACCES, errno.EAGAIN):
                raise InputError(f"{what}: process {holder or '?'} is at work on it; wait for its end") from None
            return None
        if _is_open_file(path, file):
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            return file
        file.close()  # the process that held it has removed it since it was opened


def _is_open_file(path: Path, file: TextIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
