"""One thin script a stage; ``python -m stages.NAME`` runs it from the project's root.

The scripts use the code of the checkout that they lie in, never an installed copy: DVC runs
queued experiments in a copy of the project, and each copy must run its own ``src``.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
