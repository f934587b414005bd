"""How families are found in the folder of models, and what is wrong with a module that defines none properly."""

import subprocess
import sys
import textwrap

import pytest

from textlab import models
from textlab.models import families, family
from textlab.models.discovery import notebook_family

FAMILY = """
from textlab.models import Classifier

class Guess(Classifier):
    def _fit(self, train, validation, seed): ...
    def _predict_proba(self, examples): ...
    def _save(self, folder): ...
    def _load(self, folder): ...
    def _export(self, folder): ...
    @classmethod
    def tiny(cls): return cls()
"""


@pytest.fixture
def folder_of_families(tmp_path, monkeypatch):
    """A folder in which further families can be written; their modules are forgotten after the test."""
    monkeypatch.setattr(models, "__path__", [*models.__path__, str(tmp_path)])
    yield tmp_path
    for path in tmp_path.iterdir():
        for name in [name for name in sys.modules if f"{name}.".startswith(f"textlab.models.{path.stem}.")]:
            del sys.modules[name]


def test_families_of_textlab_are_found():
    assert {"bert", "logistic_regression", "lstm"} <= families().keys()


def test_unknown_family_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"Unknown model family 'lstn'.*logistic_regression"):
        family("lstn")


def test_module_with_a_family_is_found(folder_of_families):
    (folder_of_families / "guess.py").write_text(FAMILY)
    assert families()["guess"].family == "guess"


def test_family_in_a_folder_is_discovered_like_one_in_a_module(folder_of_families):
    folder = folder_of_families / "guess"
    folder.mkdir()
    (folder / "model.py").write_text(FAMILY)
    (folder / "__init__.py").write_text("from textlab.models.guess.model import Guess")
    assert family("guess").family == "guess"
    assert families()["guess"] is family("guess")


def test_notebook_names_its_family_in_its_metadata_or_in_its_file_name():
    assert notebook_family("50_students", "lstm") is family("lstm")
    assert notebook_family("20_lstm", None) is family("lstm")
    assert notebook_family("00_explore", None) is None
    assert notebook_family("70_validation", None) is None
    with pytest.raises(ValueError, match="Unknown model family 'lstn'"):
        notebook_family("20_lstm", "lstn")


def test_finding_families_imports_no_heavy_library():
    code = "import sys; from textlab.models import families; families(); print(*{n.split('.')[0] for n in sys.modules})"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "textlab" in found.stdout
    assert not {"gensim", "keras", "mlflow", "sklearn", "tensorflow", "torch", "transformers"} & {*found.stdout.split()}


def test_broken_module_hurts_only_its_own_family(folder_of_families):
    (folder_of_families / "broken.py").write_text("import no_such_library")
    assert family("logistic_regression").__name__ == "LogisticRegression"
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        family("broken")


def test_family_that_lacks_methods_is_an_error_that_names_them(folder_of_families):
    (folder_of_families / "guess.py").write_text(FAMILY.partition("    def _load")[0])
    message = r"family Guess in textlab\.models\.guess lacks the methods _export, _load, tiny\. Implement _export and"
    with pytest.raises(ValueError, match=message):
        family("guess")
    with pytest.raises(ValueError, match=message):
        families()


def test_method_under_the_public_name_is_an_error_that_says_so(folder_of_families):
    (folder_of_families / "guess.py").write_text(FAMILY.replace("_export", "export"))
    with pytest.raises(ValueError, match=r"Guess in .* lacks the method _export\. Rename export to _export, or begin"):
        family("guess")


def test_base_class_with_a_private_name_is_no_family(folder_of_families):
    base = "from textlab.models import Classifier\n\nclass _Boosted(Classifier):\n    pass\n"
    (folder_of_families / "boosted.py").write_text(base)
    assert "boosted" not in families()
    with pytest.raises(ValueError, match="Unknown model family 'boosted'"):
        family("boosted")


def test_module_with_a_private_name_is_not_read(folder_of_families):
    (folder_of_families / "_draft.py").write_text("import no_such_library")
    assert "_draft" not in families()


def test_two_families_in_a_module_are_refused(folder_of_families):
    twins = textwrap.dedent("""
        from textlab.models.logistic_regression import LogisticRegression
        class One(LogisticRegression): ...
        class Two(LogisticRegression): ...
    """)
    (folder_of_families / "twins.py").write_text(twins)
    with pytest.raises(ValueError, match=r"textlab\.models\.twins defines One and Two\. Put each family into a module"):
        family("twins")
