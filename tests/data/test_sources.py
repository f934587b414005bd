"""The contract of dataset modules, tested on every module found in `sources/`, and the errors for incomplete ones."""

import importlib
import inspect
import sys
import typing
from pathlib import Path

import pytest

import textlab.data
import textlab.data.sources
from textlab.data import discovery
from textlab.data.discovery import available_sources, find_source

MODULES = sorted(path.stem for path in Path(textlab.data.sources.__file__).parent.iterdir() if path.stem[0] != "_")
OFFLINE = [name for name, source in available_sources().items() if not hasattr(source.module, "fetch")]
QUERY_TYPES = {bool, int, float, str}


@pytest.fixture
def add_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A function that adds a module to the folder of datasets: `add_source(name, code)`."""
    monkeypatch.setattr(textlab.data.sources, "__path__", [*textlab.data.sources.__path__, str(tmp_path)])
    added = []

    def add(name: str, code: str) -> None:
        (tmp_path / f"{name}.py").write_text(code)
        importlib.invalidate_caches()
        added.append(f"{discovery.PACKAGE}.{name}")

    yield add
    for name in added:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("name", MODULES)
def test_every_module_in_the_folder_is_a_dataset_with_a_description_and_typed_options(name: str) -> None:
    source = find_source(name)
    assert source.description.endswith(".")
    assert "\n" not in source.description
    assert set(source.names) <= set(textlab.data.names())
    assert len(set(source.variants)) == len(source.variants)
    assert inspect.signature(source.module.load, eval_str=True).return_annotation is textlab.data.Dataset
    for option, parameter in source.options.items():
        choices = typing.get_args(parameter.annotation)
        kinds = {type(value) for value in choices} if choices else {parameter.annotation}
        assert kinds <= QUERY_TYPES, option
        assert type(parameter.default) in kinds, option


@pytest.mark.parametrize("name", OFFLINE)
def test_dataset_without_a_download_loads_under_each_of_its_names(name: str) -> None:
    for full_name in find_source(name).names:
        dataset = textlab.data.load(full_name)
        assert dataset.name == full_name
        assert textlab.data.fetch(full_name) == []


def test_some_dataset_needs_no_download() -> None:
    assert "air_paradis" in OFFLINE


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "def load(): ...",
            r"sources.half has no DESCRIPTION\. Add what is missing, or rename the module to _half if it is not",
        ),
        ("DESCRIPTION = 'Half.'", r"sources.half has no load\."),
        ("", r"sources.half has no DESCRIPTION and no load\."),
        ("DESCRIPTION = 'Half.'\nVARIANTS = 'small'\ndef load(variant): ...", r"VARIANTS of .*half is not a tuple\."),
        ("DESCRIPTION = 'Half.'\nVARIANTS = ('a',)\ndef load(*, seed: int = 1): ...", r"half.load takes no variant\."),
        (
            "DESCRIPTION = 'Half.'\ndef load(*, seed=1): ...",
            r"Option 'seed' of .*half.load lacks a type or a default\.",
        ),
        ("DESCRIPTION = 'Half.'\ndef load(*, seed: int): ...", r"Write both, such as seed: int = 1\."),
        ("DESCRIPTION = 'Half.'\ndef load(): return 1", r"half.load returned an object of type int\. It must return a"),
    ],
)
def test_error_for_an_incomplete_module_says_what_to_add(add_source, code: str, message: str) -> None:
    add_source("half", code)
    with pytest.raises(ValueError, match=message):
        textlab.data.load("half")


def test_list_of_datasets_warns_about_an_incomplete_module_and_shows_the_others(add_source, caplog) -> None:
    add_source("half", "def load(): ...")
    assert "airline" in available_sources()
    assert "textlab.data.sources.half is left out: textlab.data.sources.half has no DESCRIPTION." in caplog.text


def test_module_with_a_leading_underscore_is_skipped(add_source, caplog) -> None:
    add_source("_reading", "raise RuntimeError")
    assert "_reading" not in available_sources()
    assert caplog.messages == []


def test_dataset_without_variants_needs_no_variant_in_its_functions(add_source) -> None:
    add_source(
        "plain",
        "from pathlib import Path\n"
        "from textlab.data.sources import air_paradis\n"
        "DESCRIPTION = 'Plain.'\n"
        "def load(*, seed: int = 13): return air_paradis.load(seed=seed)\n"
        "def fetch(): return [Path('plain.csv')]\n",
    )
    assert textlab.data.load("plain?seed=13").name == "plain?seed=13"
    assert textlab.data.fetch("plain") == [Path("plain.csv")]
