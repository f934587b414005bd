"""The build hook of textlab-locked: its dependencies are the lines of requirements.lock, without their hashes."""

import re
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface

LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
# The package index's wheel would bring gigabytes of CUDA libraries. The lock lists the hash of this wheel first.
TORCH = "torch @ https://download.pytorch.org/whl/cpu/torch-{version}%2Bcpu-cp311-cp311-manylinux_2_28_x86_64.whl"
LINUX = "sys_platform == 'linux'"
PIN = re.compile(r"^(?P<pin>[A-Za-z0-9._-]+==[^\s;]+)(?P<marker> ; [^\\]*)?", re.MULTILINE)


class LockedVersions(MetadataHookInterface):
    """Reads the lock each time the package is built."""

    def update(self, metadata: dict) -> None:
        """Set the dependencies of the package."""
        text = LOCK.read_text(encoding="utf-8")
        torch = re.search(r"^torch==(?P<version>\S+) .*\n +--hash=sha256:(?P<hash>[0-9a-f]+)", text, re.MULTILINE)
        assert torch, f"{LOCK} holds no torch with a hash. Run `make lock` to write it again."
        wheel = f"{TORCH.format(version=torch['version'])}#sha256={torch['hash']} ; {LINUX}"
        pins = ["".join(part or "" for part in pin.groups()).strip() for pin in PIN.finditer(text)]
        others = [pin for pin in pins if not pin.startswith("torch==")]
        metadata["dependencies"] = [*others, wheel, f"torch=={torch['version']} ; sys_platform != 'linux'"]
