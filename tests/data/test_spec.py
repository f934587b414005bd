"""Datasets are found by name, and wrong names, variants and options are errors that help."""

import importlib
import sys
from pathlib import Path

import pytest

import textlab.data
import textlab.data.sources
from textlab.data import spec

NEW_SOURCE = """
from textlab.data.dataset import Dataset
import pandas as pd

DESCRIPTION = "Two classes."
VARIANTS = ("small", "large")

def load(variant: str, *, rows: int = 6, share: float | None = None, loud: bool = False) -> Dataset:
    def part(name):
        ids = [f"{name}-{n}" for n in range(rows)]
        return pd.DataFrame({"id": ids, "text": ids, "label": [n % 2 for n in range(rows)]})
    version = f"{variant} {rows!r} {share!r} {loud!r}"
    return Dataset(f"new_source/{variant}", version, ("no", "yes"), part("a"), part("b"), part("c"))
"""


@pytest.fixture
def new_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dataset module that is put into the folder and registered nowhere."""
    (tmp_path / "new_source.py").write_text(NEW_SOURCE)
    monkeypatch.setattr(textlab.data.sources, "__path__", [*textlab.data.sources.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    yield
    sys.modules.pop("textlab.data.sources.new_source", None)


@pytest.mark.usefixtures("new_source")
def test_module_in_the_folder_is_a_dataset_without_registration() -> None:
    assert {"new_source/small", "new_source/large", "airline", "file:PATH"} <= set(textlab.data.names())
    assert textlab.data.load("new_source/large").version == "large 6 None False"
    assert textlab.data.fetch("new_source") == []


@pytest.mark.usefixtures("new_source")
def test_broken_module_does_not_affect_other_datasets(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "broken_source.py").write_text("DESCRIPTION = ")
    importlib.invalidate_caches()
    assert textlab.data.load("new_source/small").version == "small 6 None False"
    with pytest.raises(SyntaxError):
        textlab.data.load("broken_source")
    with pytest.raises(ValueError, match=r"Unknown dataset 'airlin'\. Did you mean 'airline'\? Available: abo"):
        textlab.data.load("airlin")
    assert caplog.messages[0].startswith("textlab.data.sources.broken_source is left out: SyntaxError: invalid syntax")


@pytest.mark.usefixtures("new_source")
def test_options_in_the_query_are_converted_to_their_types() -> None:
    dataset = textlab.data.load("new_source/small?rows=4&share=0.5&loud=true")
    assert dataset.version == "small 4 0.5 True"
    assert dataset.name == "new_source/small?loud=True&rows=4&share=0.5"
    assert textlab.data.load(dataset.name).digest == dataset.digest


@pytest.mark.usefixtures("new_source")
def test_keyword_options_become_part_of_the_name() -> None:
    assert textlab.data.load("new_source/small", rows=8).name == "new_source/small?rows=8"
    assert textlab.data.load("new_source/small").name == "new_source/small"


def test_unknown_dataset_is_an_error_that_suggests_the_nearest_name() -> None:
    with pytest.raises(ValueError, match="Unknown dataset") as error:
        textlab.data.load("airlin")
    message = str(error.value)
    assert message.startswith("Unknown dataset 'airlin'. Did you mean 'airline'? Available: abo, air_paradis,")
    assert message.endswith("Add one as src/textlab/data/sources/<name>.py.")


def test_path_without_file_is_an_error_that_shows_the_right_name() -> None:
    with pytest.raises(ValueError, match=r"Unknown dataset 'raw/t\.csv'\. Write 'file:raw/t\.csv' to read a file\."):
        textlab.data.load("raw/t.csv")


@pytest.mark.parametrize("name", ["", "dataset", "split", "spec", "grammar"])
def test_other_modules_are_not_datasets(name: str) -> None:
    with pytest.raises(ValueError, match=f"Unknown dataset '{name}'"):
        textlab.data.load(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "tweet_eval/iron",
            r"Unknown variant 'iron' of dataset 'tweet_eval'\. Did you mean 'irony'\? Available: tweet",
        ),
        ("tweet_eval", r"Dataset 'tweet_eval' needs a variant\. Available: tweet_eval/emoji, "),
        ("tweet_eval/", r"Dataset 'tweet_eval' needs a variant\."),
        ("airline/united", r"Dataset 'airline' has no variant 'united'\. Load it as 'airline'\."),
        (
            "airline?sed=1",
            r"Unknown option 'sed' of dataset 'airline'\. Did you mean 'seed'\? Available: seed, corrections",
        ),
        ("airline?seed=one", r"Option 'seed' of dataset 'airline' is 'one'\. It must be of type int\."),
        ("airline?seed=1&seed=2", r"Option 'seed' of dataset 'airline' is given twice\."),
        ("airline?seed", r"'\?seed' is not a query\. Write options as 'airline\?option=value&other=value'\."),
        (
            "tweet_eval/irony?seed=1",
            r"Unknown option 'seed' of dataset 'tweet_eval'\. Available: corrections, training_share, share_seed\.",
        ),
        ("file:", r"Dataset 'file' needs a path"),
        ("file/t.csv", r"Dataset 'file' needs a path"),
    ],
)
def test_wrong_variant_or_option_is_an_error_that_lists_the_right_ones(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        textlab.data.load(name)


def test_option_given_both_in_the_query_and_as_a_keyword_is_an_error() -> None:
    with pytest.raises(ValueError, match="is given twice"):
        textlab.data.load("airline?seed=1", seed=2)


def test_name_without_variant_means_all_variants_only_on_request() -> None:
    assert spec.resolve("tweet_eval", {}, all_variants=True).variant == ""
    with pytest.raises(ValueError, match="Unknown variant 'x'"):
        spec.resolve("tweet_eval/x", {}, all_variants=True)
