import json
import os

import pytest

from api.model.versions import VersionError, numbers, resolve


def test_aliases_come_from_the_catalog_or_are_the_highest_numbers_of_real_folders(tmp_path):
    folder = tmp_path / "sentiment"
    for name in ("1", "2", "10", "03", "4.partial", ".5"):
        (folder / name).mkdir(parents=True)
    (folder / "11").symlink_to(folder / "1")
    (folder / "12").write_text("")
    assert numbers(folder) == [1, 2, 10]
    assert (resolve(folder, "champion"), resolve(folder, "previous-champion")) == (10, 2)
    (tmp_path / "catalog.json").write_text(json.dumps({"sentiment": {"champion": 2, "previous": 9}}))
    assert resolve(folder, "champion") == 2
    with pytest.raises(VersionError, match="one of: 1, 2, 10"):
        resolve(folder, "previous-champion")
    with pytest.raises(VersionError, match="no such version"):
        resolve(folder, "11")


def test_catalog_entry_of_a_model_takes_precedence(tmp_path):
    folder = tmp_path / "sentiment"
    for name in ("1", "2"):
        (folder / name).mkdir(parents=True)
    (tmp_path / "catalog.json").write_text(json.dumps({"sentiment": {"champion": 1}, "irony": {"champion": 7}}))
    assert resolve(folder, "champion") == 1
    with pytest.raises(VersionError):
        resolve(folder, "previous-champion")


def test_previous_is_still_the_name_of_the_previous_champion(tmp_path):
    for name in ("1", "2", "3"):
        (tmp_path / "sentiment" / name).mkdir(parents=True)
    assert resolve(tmp_path / "sentiment", "previous") == resolve(tmp_path / "sentiment", "previous-champion") == 2
    (tmp_path / "catalog.json").write_text(json.dumps({"sentiment": {"champion": 3, "previous": 1}}))
    assert resolve(tmp_path / "sentiment", "previous") == resolve(tmp_path / "sentiment", "previous-champion") == 1


def test_catalog_that_is_no_file_is_not_waited_for(tmp_path):
    (tmp_path / "sentiment" / "1").mkdir(parents=True)
    os.mkfifo(tmp_path / "catalog.json")
    with pytest.raises(VersionError, match="not a readable JSON object"):
        resolve(tmp_path / "sentiment", "champion")
