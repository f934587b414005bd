"""The contract of dataset modules, tested on every module found in `sources/`, and the errors for incomplete ones."""

import importlib
import json
import sys
import typing
from pathlib import Path

import pandas as pd
import pytest

import textlab.data
import textlab.data.sources
from textlab.data import Dataset, LabelledDataset, TaskDataset, discovery
from textlab.data.discovery import available_sources, find_source
from textlab.data.preparation import DROPPED_COLUMNS, Reason
from textlab.data.snapshots import write_snapshot

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
    assert {source.task_of(variant) for variant in source.variants or ("",)} <= {
        "classification",
        "multilabel",
        "retrieval",
    }
    for option, parameter in source.options.items():
        choices = typing.get_args(parameter.annotation)
        kinds = {type(value) for value in choices} if choices else {parameter.annotation}
        assert kinds <= QUERY_TYPES, option
        assert type(parameter.default) in kinds, option


@pytest.fixture(scope="module", params=MODULES)
def loaded(request, real_data_or_none: Path | None, tmp_path_factory) -> TaskDataset:
    """A dataset of each module: its first one, or a small file or folder for a module that reads any path."""
    source = find_source(request.param)
    name = "tweet_eval/emotion" if source.name == "tweet_eval" else source.names[0]  # others must be downloaded
    if source.name == "retrieval":
        name = f"retrieval:{write_folder(tmp_path_factory.mktemp('own'))}"
    elif source.argument:
        path = tmp_path_factory.mktemp("own") / "own.csv"
        path.write_text("text,label,author\n" + "".join(f"tweet {n % 60},{n % 2},a{n % 9}\n" for n in range(64)))
        name = f"file:{path}"
        if source.name == "snapshot":
            made = textlab.data.load(name)
            name = write_snapshot(path.with_name("made"), made, made.test.head(0), [], {}).dataset
    elif hasattr(source.module, "fetch") and (
        real_data_or_none is None or not (real_data_or_none / source.name).is_dir()
    ):
        pytest.skip("needs the real datasets")
    elif source.name == "catalogue":
        name = "catalogue?rows=240"  # all of it takes seconds
    with pytest.MonkeyPatch.context() as patch:
        if real_data_or_none is not None:
            patch.setenv("TEXTLAB_MIRROR", str(real_data_or_none))
        return textlab.data.load_any(name)


def write_folder(folder: Path) -> Path:
    """Write documents, queries and judgements, of which some are dropped, and return the folder."""
    (folder / "qrels").mkdir()
    documents = [{"_id": f"d{n}", "text": f"document {n}" if n else ""} for n in range(20)]
    queries = [{"_id": f"q{n}", "text": f"query {n % 18}"} for n in range(20)]
    for name, rows in (("corpus", documents), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    judgements = [f"q{n}\td{n}\t{n % 3}\n" for n in range(20)]
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(judgements))
    return folder


@pytest.fixture(scope="module")
def real_data_or_none(request) -> Path | None:
    try:
        return request.getfixturevalue("real_data")
    except pytest.skip.Exception:
        return None


def test_ids_are_unique_and_every_frame_has_the_columns_of_a_dataset(loaded: TaskDataset) -> None:
    known = (
        {loaded.target, "group", "time", *loaded.inputs}
        if isinstance(loaded, LabelledDataset)
        else {"text", "conditions"}
    )
    ids = pd.concat([frame["id"] for _, frame in loaded.splits()])
    assert ids.is_unique
    for _, frame in loaded.splits():
        assert frame.index.tolist() == list(range(len(frame)))
        assert set(frame) <= {"id", "tags", *known}
        assert all(isinstance(id_, str) for id_ in frame["id"].head())


def test_rows_kept_and_dropped_add_up_to_the_rows_read(loaded: TaskDataset) -> None:
    done = loaded.preparation
    if done is None:
        pytest.skip("the module does not say what it did to its rows")
    if isinstance(loaded, Dataset):
        assert done.rows_read == sum(len(frame) for _, frame in loaded.splits()) + len(done.dropped)
        assert set(done.dropped["label"]) <= {*loaded.label_names, ""}
    assert done.rows_read >= len(done.dropped)
    assert list(done.dropped) == list(DROPPED_COLUMNS)
    assert not done.dropped["line"].duplicated().any()
    assert set(done.dropped["reason"]) <= {str(reason) for reason in Reason}


def test_columns_of_groups_and_times_are_named_where_frames_have_them(loaded: TaskDataset) -> None:
    done = loaded.preparation
    for column, name in (("group", "group_column"), ("time", "time_column")):
        for _, frame in loaded.splits():
            assert (column in frame) == bool(done and getattr(done, name))
    if "time" in loaded.train:
        assert str(loaded.train["time"].dtype).startswith("datetime64[")


def test_name_loads_the_same_dataset_again(
    loaded: TaskDataset, real_data_or_none: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sum(len(frame) for _, frame in loaded.splits()) > 13_000:
        pytest.skip("would take seconds")
    if real_data_or_none is not None:
        monkeypatch.setenv("TEXTLAB_MIRROR", str(real_data_or_none))
    again = textlab.data.load_any(loaded.name)
    assert (again.digest, again.name) == (loaded.digest, loaded.name)


@pytest.mark.parametrize("name", OFFLINE)
def test_dataset_without_a_download_has_nothing_to_fetch(name: str) -> None:
    for full_name in find_source(name).names:
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
