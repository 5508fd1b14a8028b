"""Run a module as a script; where there is a GPU, write the peak of its allocated memory, bytes, into a file.

python -m tests.support.with_peak FILE MODULE
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import torch


def main() -> None:
    """Run the module that the command line names, without arguments."""
    file, module = Path(sys.argv[1]), sys.argv[2]
    del sys.argv[1:]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        if torch.cuda.is_available():
            file.write_text(str(torch.cuda.max_memory_allocated()))


if __name__ == "__main__":
    main()
