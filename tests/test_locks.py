"""The locks agree with the requirements and with each other; `make lock-check` also queries the package index."""

import re
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
AIRFLOW = ROOT / "deploy" / "airflow" / "requirements.txt"
DVC = ROOT / "deploy" / "dvc" / "requirements.txt"
PARTS = [ROOT / "deploy" / image / "requirements.txt" for image in ("azure", "mlflow")]
TASKS = AIRFLOW.with_name("tasks.txt")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)


def pins(path):
    return {canonicalize_name(name): version for name, version in PIN.findall(path.read_text(encoding="utf-8"))}


def requirements_in(path):
    lines = [line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return [Requirement(line) for line in lines if line]


@pytest.mark.parametrize("lock", [LOCK, ROOT / "requirements-cuda.lock", *PARTS, AIRFLOW, TASKS, DVC], ids=str)
def test_every_line_of_a_lock_has_a_hash(lock):
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text  # no index is named
    requirements = text.replace("\\\n", "").splitlines()
    assert requirements
    assert [line for line in requirements if line.strip() and "--hash=sha256:" not in line] == []


def test_the_lock_satisfies_the_requirements_of_pyproject():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    locked = pins(LOCK)
    for text in [*project["dependencies"], *extras["dev"], *extras["docs"], *extras["cpu"]]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)], prereleases=True), text


@pytest.mark.parametrize("lock", PARTS, ids=lambda path: path.parent.name)
def test_the_lock_of_an_image_satisfies_its_requirements_with_versions_of_the_main_lock(lock):
    own, whole = pins(lock), pins(LOCK)
    for requirement in requirements_in(lock.with_suffix(".in")):
        assert requirement.specifier.contains(own[canonicalize_name(requirement.name)], prereleases=True)
    assert {name: version for name, version in own.items() if name in whole and whole[name] != version} == {}
    assert own.keys() <= whole.keys()


@pytest.mark.parametrize(
    ("lock", "library", "other"), [(AIRFLOW, "apache-airflow", "fastapi"), (DVC, "dvc", "botocore")]
)
def test_a_lock_of_its_own_satisfies_its_requirements_and_has_other_versions(lock, library, other):
    own, whole = pins(lock), pins(LOCK)
    for requirement in requirements_in(lock.with_suffix(".in")):
        assert requirement.specifier.contains(own[canonicalize_name(requirement.name)], prereleases=True)
    assert own[other] != whole.get(other)  # otherwise one environment might do
    assert library not in whole


def test_the_tasks_of_airflow_install_the_main_lock_without_the_libraries_for_development():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    own, whole = (set(PIN.findall(path.read_text(encoding="utf-8"))) for path in (TASKS, LOCK))
    assert own <= whole
    names = {canonicalize_name(name) for name, _ in own}
    assert {canonicalize_name(Requirement(text).name) for text in project["dependencies"]} <= names
    assert {"mypy", "pytest", "ruff", "mkdocs", "pgserver"} & names == set()


def test_make_lock_writes_and_checks_the_lock_of_every_folder():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (images,) = re.findall(r"^IMAGES := (.*)", makefile, re.MULTILINE)
    named = {*(ROOT / image / "requirements.txt" for image in images.split()), AIRFLOW, DVC}
    assert named == set((ROOT / "deploy").glob("*/requirements.txt"))
    for name in ("AIRFLOW", "DVC"):
        assert makefile.count(f"$({name})/requirements.txt") >= 2
        assert re.search(rf"^PIP_LOCKS := .*\$\({name}_LOCK\)", makefile, re.MULTILINE)
    assert re.search(r"^PIP_LOCKS := .* \$\(AIRFLOW\)/tasks\.txt", makefile, re.MULTILINE)


def test_conda_installs_the_versions_of_the_lock(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "conda")
    from locked_versions import LockedVersions

    metadata: dict = {}
    LockedVersions(str(ROOT / "conda"), {}).update(metadata)
    requirements = [Requirement(text) for text in metadata["dependencies"]]
    exact = {canonicalize_name(one.name): str(one.specifier) for one in requirements if not one.url}
    assert exact == {name: f"=={version}" for name, version in pins(LOCK).items()}
    (torch,) = [one for one in requirements if one.url]
    assert torch.url.split("#sha256=")[1] in LOCK.read_text(encoding="utf-8")
    assert f"torch-{pins(LOCK)['torch']}%2Bcpu" in torch.url
    assert torch.marker.evaluate({"sys_platform": "linux"})
    assert not torch.marker.evaluate({"sys_platform": "darwin"})
    here = {one.name for one in requirements if one.marker is None or one.marker.evaluate()}
    assert ("tensorflow-cpu" in here) == (sys.platform == "linux")


def test_the_conda_lock_has_a_python_for_each_platform():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    lock = yaml.safe_load((ROOT / "conda-lock.yml").read_text(encoding="utf-8"))
    assert lock["metadata"]["platforms"] == environment["platforms"]
    for platform in environment["platforms"]:
        packages = {one["name"]: one for one in lock["package"] if one["platform"] == platform}
        assert packages["python"]["version"].startswith("3.11.")
        assert "pip" in packages
    for package in lock["package"]:
        assert package["manager"] == "conda"
        assert package["url"].startswith("https://conda.anaconda.org/conda-forge/")
        assert re.fullmatch("[0-9a-f]{64}", package["hash"]["sha256"])
