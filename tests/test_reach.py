"""What a notebook reaches is read from the sources."""

import pytest

from textlab import reach as reach_module
from textlab.reach import reach


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package called textlab of which `package(name, source)` writes a module."""
    folder = tmp_path / "textlab"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.setattr(reach_module, "PACKAGE", folder)

    def write(name, source):
        path = folder / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(source)
        return path

    return write


def test_modules_are_reached_through_others_and_from_within_functions(package):
    package("far", "x = 1")
    package("near", "def later():\n    from textlab.far import x\n    return x")
    package("aside", "y = 2")
    assert set(reach("from textlab import near").modules) == {"textlab", "textlab.near", "textlab.far"}


def test_module_that_is_run_by_its_name_is_reached(package):
    package("graph", "x = 1")
    package("model", "command = ['python', '-m', 'textlab.graph']")
    assert "textlab.graph" in reach("import textlab.model").modules


def test_name_within_a_module_is_none_itself(package):
    package("near", "class Thing: ...")
    assert set(reach("from textlab.near import Thing").modules) == {"textlab", "textlab.near"}


def test_circle_of_modules_ends(package):
    package("one", "import textlab.two")
    package("two", "import textlab.one")
    assert {"textlab.one", "textlab.two"} <= set(reach("import textlab.one").modules)


@pytest.mark.parametrize(
    ("after", "same"),
    [
        ('def f(x):\n    """Other words."""\n    # why\n    return (x + 1)\n', True),
        ("def f(x):\n    return x + 2\n", False),
    ],
)
def test_digest_is_of_the_code_and_not_of_its_comments(package, after, same):
    path = package("near", 'def f(x):\n    """Words."""\n    return x + 1\n')
    before = reach("import textlab.near").modules["textlab.near"]
    path.unlink()
    package("near", after)
    assert (reach("import textlab.near").modules["textlab.near"] == before) is same


def test_libraries_have_the_version_of_their_distribution(package):
    import sklearn

    package("near", "def f():\n    import sklearn.svm\n    import json\n    import no_such_library")
    libraries = reach("import textlab.near").libraries
    assert libraries["scikit-learn"] == sklearn.__version__
    assert set(libraries) == {"scikit-learn", "python"}


def test_code_that_only_ipython_understands_is_read_too(package):
    package("near", "x = 1")
    assert "textlab.near" in reach("%matplotlib inline\nimport textlab.near\n!ls").modules


def test_real_notebook_of_one_family_does_not_reach_another():
    """From the real package: what trains the LSTM is no business of logistic regression."""
    modules = reach("from textlab.models.logistic_regression import LogisticRegression").modules
    assert "textlab.models.contract" in modules
    assert not [name for name in modules if "lstm" in name or "bert" in name]
    assert "textlab.models.bert.graph" in reach("from textlab.models.bert import BERT").modules
