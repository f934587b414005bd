"""Environments of their own for other software, whose libraries would not go together with ours."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

ENVIRONMENTS = Path(__file__).resolve().parents[2] / ".venv-benchmarks"
TENSORFLOW = "tensorflow-cpu" if sys.platform == "linux" else "tensorflow"


def environment(name: str, packages: list[str]) -> Path:
    """Return the Python of an environment with these packages.

    It is made by uv when it is first needed, and kept in `.venv-benchmarks/`.

    Args:
        name: of its folder.
        packages: with their versions.
    """
    folder = ENVIRONMENTS / name
    python, ready = folder / "bin" / "python", folder / "packages.txt"
    if not ready.exists() or ready.read_text(encoding="utf-8").split() != packages:
        uv = [sys.executable, "-m", "uv", "--quiet"]
        subprocess.run([*uv, "venv", "--clear", "--python", sys.executable, str(folder)], check=True)
        subprocess.run([*uv, "pip", "install", "--no-config", "--python", str(python), *packages], check=True)
        ready.write_text("\n".join(packages), encoding="utf-8")
    return python


def our_tensorflow() -> str:
    """Return the requirement of the TensorFlow that this environment has."""
    return f"{TENSORFLOW}=={version(TENSORFLOW)}"
