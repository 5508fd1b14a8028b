"""One thin script a stage; ``python -m stages.NAME`` runs it from the project's root.

The scripts use the code of the checkout that they lie in, never an installed copy: DVC runs
queued experiments in a copy of the project, and each copy must run its own ``src``.
"""

import gc
import sys
from pathlib import Path

# While the libraries are imported nothing becomes garbage, yet Python would look for it, through ever more objects:
# that costs two of a stage's seven seconds of start and end. ``stage.run`` switches the search on again.
if sys.argv[0] == "-m":  # what Python puts there while it looks up the module that it is to run
    gc.disable()

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
