"""Files and folders are written completely or not at all."""

import pytest

from textlab.paths import remove_partial, replacing, replacing_folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_file_is_replaced_only_when_it_is_complete(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with replacing(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert names(tmp_path) == ["table.csv"]


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError), replacing(path) as partial:
        partial.write_text("new \ud83d", encoding="utf-8")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["table.csv"]


def test_two_writers_of_one_file_do_not_disturb_each_other(tmp_path):
    path = tmp_path / "table.csv"
    with replacing(path) as first, replacing(path) as second:
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"  # the outer context ends last
    assert names(tmp_path) == ["table.csv"]


def test_folder_is_replaced_with_all_its_files(tmp_path):
    path = tmp_path / "bundle"
    path.mkdir()
    (path / "old.txt").touch()
    with replacing_folder(path) as partial:
        (partial / "new.txt").touch()
        assert names(path) == ["old.txt"]
    assert names(path) == ["new.txt"]
    assert names(tmp_path) == ["bundle"]


def test_failure_leaves_the_old_folder_and_nothing_else(tmp_path):
    path = tmp_path / "bundle"
    path.mkdir()
    (path / "old.txt").touch()
    with pytest.raises(UnicodeEncodeError), replacing_folder(path) as partial:
        (partial / "new.txt").write_text("new \ud83d", encoding="utf-8")
    assert names(path) == ["old.txt"]
    assert names(tmp_path) == ["bundle"]


def test_leftovers_of_killed_processes_are_removed_for_one_path_only(tmp_path):
    (tmp_path / ".bundle.1.partial").mkdir()
    (tmp_path / ".bundle.2.partial").touch()
    (tmp_path / ".other.1.partial").touch()
    remove_partial(tmp_path / "bundle")
    assert names(tmp_path) == [".other.1.partial"]
