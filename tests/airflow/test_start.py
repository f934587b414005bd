"""`make airflow` makes secrets at the first start, which only their owner can read."""

import importlib.util
import json
import stat
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[2] / "deploy" / "airflow" / "start.py"
SECRETS = ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API__SECRET_KEY", "AIRFLOW__CORE__FERNET_KEY")


@pytest.fixture(scope="module")
def start():
    spec = importlib.util.spec_from_file_location("start", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_secrets_are_made_once_and_only_their_owner_can_read_them(start, tmp_path):
    first, again = (start.settings(tmp_path / "home", "127.0.0.1", 8080) for _ in range(2))
    other = start.settings(tmp_path / "other", "127.0.0.1", 8080)
    for name in SECRETS:
        assert first[name] == again[name] != other[name]
        assert len(first[name]) >= 43
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    for name in ("secrets.json", "passwords.json"):
        assert stat.S_IMODE((tmp_path / "home" / name).stat().st_mode) == 0o600
    assert len(json.loads((tmp_path / "home" / "passwords.json").read_text())["admin"]) >= 24
    assert not [
        path for path in (tmp_path / "home").iterdir() if path.name not in ("secrets.json", "passwords.json", "logs")
    ]


def test_a_variable_that_is_set_has_precedence(start, tmp_path, monkeypatch):
    assert start.settings(tmp_path, "127.0.0.1", 8080)["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].startswith("sqlite:///")
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "postgresql+psycopg2://somewhere")
    settings = start.settings(tmp_path, "127.0.0.1", 8080)
    assert settings["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == "postgresql+psycopg2://somewhere"
    assert settings["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
