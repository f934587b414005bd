"""Renaming a damaged file, so that the service can recreate it."""

import logging
import shutil
from pathlib import Path

logger = logging.getLogger("textlab_api")

SUFFIX = ".damaged"


def set_aside(path: Path) -> None:
    """Rename a damaged file or folder to `*.damaged`, replacing an earlier one, and log it.

    Raises:
        OSError: the file cannot be renamed.
    """
    aside = path.with_name(path.name + SUFFIX)
    if aside.is_dir() and not aside.is_symlink():
        shutil.rmtree(aside)
    elif path.is_dir():
        aside.unlink(missing_ok=True)  # a folder does not replace a file
    path.replace(aside)
    logger.warning("a damaged file was renamed and will be recreated", extra={"fields": {"file": path.name}})
