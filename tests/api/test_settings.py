import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from api.application import create
from api.settings import Settings, SettingsError, from_environment, variable


def test_variables_become_settings_and_empty_ones_do_not_count():
    read = from_environment({"TEXTLAB_API_PORT": "9000", "TEXTLAB_API_MODEL": "models/x", "TEXTLAB_API_HOST": ""})
    assert (read.port, read.model, read.host) == (9000, Path("models/x"), "127.0.0.1")


def test_misspelt_variable_is_refused_with_the_nearest_name():
    with pytest.raises(SettingsError, match=r"Unknown setting TEXTLAB_API_PROT\. Did you mean TEXTLAB_API_PORT"):
        from_environment({"TEXTLAB_API_PROT": "9000"})


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "many"), ("PORT", "70000"), ("VERSION", "../1"), ("VERSION", "007")]
)
def test_value_that_cannot_be_is_refused_by_its_name_and_not_repeated(name, value):
    with pytest.raises(SettingsError, match=f"TEXTLAB_API_{name} cannot be used") as caught:
        from_environment({f"TEXTLAB_API_{name}": value})
    assert value not in str(caught.value)


def test_certificate_without_its_key_is_refused(tmp_path):
    (tmp_path / "certificate.pem").write_text("x")
    with pytest.raises(SettingsError, match="one is set alone"):
        from_environment({"TEXTLAB_API_TLS_CERTIFICATE": str(tmp_path / "certificate.pem")})
    with pytest.raises(SettingsError, match="TEXTLAB_API_TLS_KEY cannot be used"):
        from_environment({"TEXTLAB_API_TLS_KEY": str(tmp_path / "nowhere.pem")})


def test_one_command_lists_every_setting_with_its_meaning():
    done = subprocess.run([sys.executable, "-m", "api"], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == [variable(name) for name in Settings.model_fields]
    assert all(field.description for field in Settings.model_fields.values())


def test_readme_names_every_setting():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    listed = readme.split("each with the prefix `TEXTLAB_API_`:")[1].split("Feedback becomes")[0].split()
    assert {name.upper() for name in Settings.model_fields} <= set(listed)


def test_debug_is_refused_outside_tests(monkeypatch, settings):
    monkeypatch.setenv("FLASK_DEBUG", "1")
    with pytest.raises(SettingsError, match="Debug is on"):
        create(settings)


def test_model_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SettingsError, match=r"TEXTLAB_API_MODEL is .*nowhere"):
        create(Settings(model=tmp_path / "nowhere"))


def test_service_imports_nothing_of_textlab_and_importing_it_loads_no_tensorflow():
    files = [path for path in Path("api").rglob("*.py") if path.stem not in ("__init__", "__main__", "streamlit_app")]
    modules = [".".join(path.with_suffix("").parts) for path in files]
    assert "api.endpoints.predict" in modules
    code = "import sys, importlib\n" + "\n".join(f"importlib.import_module({name!r})" for name in modules)
    code += "\nprint([m for m in sys.modules if m.split('.')[0] in ('textlab', 'tensorflow', 'streamlit')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def normal(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()


def pinned(path: Path) -> dict[str, str]:
    """Package and version in a lock file."""
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_deployment_installs_what_the_service_imports_and_no_other_version_than_the_lock():
    root = Path(__file__).parents[2]
    imported = set()
    for path in set((root / "api").rglob("*.py")) - {root / "api" / "streamlit_app.py"}:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    installed = pinned(root / "deploy/azure/requirements.txt")
    for module, names in packages_distributions().items():
        assert module not in imported or any(normal(name) in installed for name in names), module
    assert installed.items() <= pinned(root / "requirements.lock").items()
