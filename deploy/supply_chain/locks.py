"""The libraries that the lock files name, as far as a supported machine installs them."""

import re
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
# What each lock is for, as the list of licences shows it.
LOCKS = {
    "laboratory": "requirements.lock",
    "CUDA": "requirements-cuda.lock",
    "service": "deploy/azure/requirements.txt",
    "MLflow": "deploy/mlflow/requirements.txt",
    "Airflow": "deploy/airflow/requirements.txt",
    "DVC": "deploy/dvc/requirements.txt",
}
LINE = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\\n]+))?", re.MULTILINE)
MACHINES = [
    {"sys_platform": system, "platform_machine": machine, "platform_system": name, "os_name": "posix"}
    | {"python_version": "3.11", "python_full_version": version}
    for system, machine, name in (("linux", "x86_64", "Linux"), ("darwin", "arm64", "Darwin"))
    for version in ("3.11.0", "3.11.15")
]


def locked(lock: str) -> set[tuple[str, str]]:
    """Name and version of each library that a lock installs on Linux or macOS with Python 3.11."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {
        (canonicalize_name(line["name"]), line["version"])
        for line in LINE.finditer(text)
        if line["marker"] is None or any(Marker(line["marker"].strip()).evaluate(machine) for machine in MACHINES)
    }
