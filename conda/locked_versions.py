"""The dependencies of textlab-locked: every line of requirements.lock, without its hashes."""

import re
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface

LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
PIN = re.compile(r"^(?P<pin>[A-Za-z0-9._-]+==[^\s;]+)(?P<marker> ; [^\\]*)?", re.MULTILINE)


class LockedVersions(MetadataHookInterface):
    """Reads the lock whenever the package is built."""

    def update(self, metadata: dict) -> None:
        """Set the dependencies."""
        text = LOCK.read_text(encoding="utf-8")
        metadata["dependencies"] = ["".join(part or "" for part in pin.groups()).strip() for pin in PIN.finditer(text)]
