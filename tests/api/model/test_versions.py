import json

import pytest

from api.model.versions import VersionError, numbers, resolve


def test_aliases_come_from_the_catalog_or_are_the_highest_numbers(tmp_path):
    folder = tmp_path / "sentiment"
    for name in ("1", "2", "10", "03", "4.partial", ".5"):
        (folder / name).mkdir(parents=True)
    assert numbers(folder) == [1, 2, 10]
    assert (resolve(folder, "champion"), resolve(folder, "previous")) == (10, 2)
    (tmp_path / "catalog.json").write_text(json.dumps({"sentiment": {"champion": 2, "previous": 9}}))
    assert resolve(folder, "champion") == 2
    with pytest.raises(VersionError, match="one of: 1, 2, 10"):
        resolve(folder, "previous")


def test_catalog_entry_of_a_model_takes_precedence(tmp_path):
    folder = tmp_path / "sentiment"
    for name in ("1", "2"):
        (folder / name).mkdir(parents=True)
    (tmp_path / "catalog.json").write_text(json.dumps({"sentiment": {"champion": 1}, "irony": {"champion": 7}}))
    assert resolve(folder, "champion") == 1
    with pytest.raises(VersionError):
        resolve(folder, "previous")
