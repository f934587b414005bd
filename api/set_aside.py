"""Setting a damaged file aside, so that the service can make a new one."""

import logging
import shutil
from pathlib import Path

logger = logging.getLogger("textlab_api")

SUFFIX = ".damaged"


def set_aside(path: Path) -> None:
    """Rename a damaged file or folder, in place of the one that was set aside before, and log it once.

    Raises:
        OSError: it cannot be renamed.
    """
    aside = path.with_name(path.name + SUFFIX)
    if aside.is_dir() and not aside.is_symlink():
        shutil.rmtree(aside)
    elif path.is_dir():
        aside.unlink(missing_ok=True)  # a folder does not replace a file
    path.replace(aside)
    logger.warning("a damaged file is set aside and made anew", extra={"fields": {"file": path.name}})
