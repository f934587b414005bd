"""Open the notebooks in JupyterLab."""

import os
import sys

from textlab.log import in_working_folder
from textlab.paths import NOTEBOOKS


@in_working_folder
def lab() -> None:
    """Open the notebooks in JupyterLab. Ctrl-C stops it."""
    command = ["-m", "jupyterlab", "--notebook-dir", str(NOTEBOOKS)]
    os.execv(sys.executable, [sys.executable, *command])
