"""The modules and libraries that code depends on are found from its source."""

import pytest

from textlab.reach import code_digest, imports, nearest_libraries, reach, sources
from textlab.runner.planning.notebook import find_notebook


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A function that writes a module of a temporary package called textlab: `package(name, source)`."""
    folder = tmp_path / "textlab"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.setattr(sources, "PACKAGE", folder)

    def write(name, source):
        path = folder / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)  # a new file has a new time of change
        path.write_text(source)
        return path

    return write


def test_imports_of_imported_modules_and_within_functions_are_followed(package):
    package("far", "x = 1")
    package("near", "def later():\n    from textlab.far import x\n    return x")
    package("aside", "y = 2")
    assert set(reach("from textlab import near").modules) == {"textlab", "textlab.near", "textlab.far"}


def test_module_named_in_a_string_is_reached(package):
    package("graph", "x = 1")
    package("model", "command = ['python', '-m', 'textlab.graph']")
    assert "textlab.graph" in reach("import textlab.model").modules


def test_class_in_a_module_is_not_taken_for_a_module(package):
    package("near", "class Thing: ...")
    assert set(reach("from textlab.near import Thing").modules) == {"textlab", "textlab.near"}


def test_circular_imports_are_followed_once(package):
    package("one", "import textlab.two")
    package("two", "import textlab.one")
    assert {"textlab.one", "textlab.two"} <= set(reach("import textlab.one").modules)


@pytest.mark.parametrize(
    ("after", "same"),
    [
        ('def f(x):\n    """Another docstring."""\n    # why\n    return (x + 1)\n', True),
        ("def f(x):\n    return x + 2\n", False),
    ],
)
def test_digest_covers_code_but_not_comments(package, after, same):
    package("near", 'def f(x):\n    """A docstring."""\n    return x + 1\n')
    before = reach("import textlab.near").modules["textlab.near"]
    package("near", after)
    assert (reach("import textlab.near").modules["textlab.near"] == before) is same


def test_libraries_are_recorded_with_the_version_of_their_distribution(package):
    import sklearn

    package("near", "def f():\n    import sklearn.svm\n    import json\n    import no_such_library")
    libraries = reach("import textlab.near").libraries
    assert libraries["scikit-learn"] == sklearn.__version__
    assert set(libraries) == {"scikit-learn", "python"}


def test_code_may_contain_magics_of_ipython(package):
    package("near", "x = 1")
    assert "textlab.near" in reach("%matplotlib inline\nimport textlab.near\n!ls").modules


def test_relative_imports_are_followed(package):
    package("models.lstm", "from . import contract\nfrom .network import build\nfrom ..paths import ROOT")
    for name in ("models.__init__", "models.contract", "models.network", "paths"):
        package(name, "x = 1")
    modules = reach("import textlab.models.lstm").modules
    assert {"textlab.models.contract", "textlab.models.network", "textlab.paths"} <= set(modules)


def test_one_family_does_not_reach_another():
    modules = reach("from textlab.models.logistic_regression import LogisticRegression").modules
    assert "textlab.models.contract" in modules
    assert not [name for name in modules if "lstm" in name or "bert" in name]
    assert "textlab.models.bert.graph" in reach("from textlab.models.bert import BERT").modules


def test_code_digest_changes_with_the_code_of_the_module_and_of_those_that_it_imports(package):
    package("aside", "z = 1")
    package("far", "x = 1")
    package("near", "from textlab.far import x")
    before = code_digest("textlab.near")
    package("aside", "z = 2")
    package("far", "x = 1  # unchanged")
    assert code_digest("textlab.near") == before
    package("far", "x = 2")
    assert code_digest("textlab.near") != before


def test_code_digest_leaves_out_enclosing_packages_and_excluded_modules(package):
    package("models.__init__", "x = 1")
    package("models.saving", "from textlab.paths import ROOT")
    package("paths", "ROOT = 1")
    package("models.training", "import textlab.models.saving")
    before = code_digest("textlab.models.training", without=["textlab.models.saving"])
    package("models.__init__", "x = 2")
    package("models.saving", "from textlab.paths import ROOT as root")
    package("paths", "ROOT = 2")
    assert code_digest("textlab.models.training", without=["textlab.models.saving"]) == before
    assert code_digest("textlab.models.training") != before


@pytest.mark.parametrize("libraries", [None, ["numpy"]])
def test_code_digest_changes_with_the_version_of_a_library(package, monkeypatch, libraries):
    package("near", "import numpy")
    before = code_digest("textlab.near", libraries=libraries)
    monkeypatch.setattr("textlab.reach.code.metadata.version", lambda name: "next")
    monkeypatch.setattr("textlab.reach.code._distributions", lambda name: ((name, "next"),))
    assert code_digest("textlab.near", libraries=libraries) != before


def test_code_digest_names_a_module_that_does_not_exist(package):
    package("near", "x = 1")
    with pytest.raises(ValueError, match=r"textlab has no module textlab\.neer\. Name modules in full"):
        code_digest("textlab.near", "textlab.neer")


def test_imports_are_full_names_in_order_without_the_standard_library():
    code = "%time\nimport json\nimport numpy as np\nfrom sklearn.svm import SVC"
    assert imports(code) == ("numpy", "sklearn.svm.SVC")


def test_nearest_libraries_are_those_of_the_notebook_then_of_its_modules_and_no_further(package):
    package("lstm.__init__", "from textlab.lstm.model import LSTM")
    package("lstm.model", "import keras\nfrom textlab.export import write")
    package("export", "import tensorflow")
    code = "import pandas as pd\nfrom textlab.lstm import LSTM"
    assert nearest_libraries(code) == ("pandas", "keras")


def test_key_of_the_lstm_depends_on_no_other_familys_features():
    modules = set(find_notebook("20_lstm").reach.modules)
    assert "textlab.models.lstm.export" in modules
    assert not {name for name in modules if "tfidf" in name or "logistic_regression" in name}
