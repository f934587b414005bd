import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.application import create
from api.settings import Settings, SettingsError, from_environment, variable
from docs.generator.settings import settings_page


def test_variables_become_settings_and_empty_ones_are_ignored():
    read = from_environment({"TEXTLAB_API_PORT": "9000", "TEXTLAB_API_MODEL": "models/x", "TEXTLAB_API_HOST": ""})
    assert (read.port, read.model, read.host) == (9000, Path("models/x"), "127.0.0.1")


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "127.0.0.1:9000"), ("name", "name:9000"), ("::1", "[::1]:9000"), ("[::1]", "[::1]:9000")],
)
def test_gunicorn_can_read_the_address_of_every_host(host, address):
    assert Settings(host=host, port=9000).address == address


def test_misspelt_variable_is_refused_with_the_nearest_name():
    with pytest.raises(SettingsError, match=r"Unknown setting TEXTLAB_API_PROT\. Did you mean TEXTLAB_API_PORT"):
        from_environment({"TEXTLAB_API_PROT": "9000"})


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "many"), ("PORT", "70000"), ("VERSION", "../1"), ("VERSION", "007")]
)
def test_invalid_value_is_refused_and_not_quoted(name, value):
    with pytest.raises(SettingsError, match=f"Invalid value for TEXTLAB_API_{name}") as caught:
        from_environment({f"TEXTLAB_API_{name}": value})
    assert value not in str(caught.value)


def test_certificate_without_its_key_is_refused(tmp_path):
    (tmp_path / "certificate.pem").write_text("x")
    with pytest.raises(SettingsError, match="Only one of TEXTLAB_API_TLS_CERTIFICATE and TEXTLAB_API_TLS_KEY is set"):
        from_environment({"TEXTLAB_API_TLS_CERTIFICATE": str(tmp_path / "certificate.pem")})
    with pytest.raises(SettingsError, match="Invalid value for TEXTLAB_API_TLS_KEY"):
        from_environment({"TEXTLAB_API_TLS_KEY": str(tmp_path / "nowhere.pem")})


def test_one_command_lists_every_setting_with_its_meaning():
    done = subprocess.run([sys.executable, "-m", "api"], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == [variable(name) for name in Settings.model_fields]
    assert all(field.description for field in Settings.model_fields.values())


def test_generated_reference_has_one_row_per_setting():
    rows = re.findall(r"^\| `(TEXTLAB_API_\w+)` \|", settings_page(), re.MULTILINE)
    assert rows == [variable(name) for name in Settings.model_fields]


def test_each_setting_is_described_in_whole_sentences():
    for name, field in Settings.model_fields.items():
        assert re.fullmatch(r"[A-Z].*[.]", field.description), name


def test_debug_mode_is_refused_outside_tests(monkeypatch, settings):
    monkeypatch.setenv("FLASK_DEBUG", "1")
    with pytest.raises(SettingsError, match="Debug mode is on"):
        create(settings)


def test_missing_model_is_refused(tmp_path):
    with pytest.raises(SettingsError, match=r"TEXTLAB_API_MODEL is .*nowhere"):
        create(Settings(model=tmp_path / "nowhere"))
