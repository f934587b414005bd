"""The contract that every model family keeps, whatever its task, tested on each one that is found."""

import pytest

from textlab.models import families, family


@pytest.fixture(scope="module", params=sorted(families()))
def model_class(request):
    return families()[request.param]


def test_family_is_called_as_its_module(model_class):
    assert family(model_class.family) is model_class
    assert model_class.tiny().family == model_class.family


def test_every_default_lies_within_its_bounds(model_class):
    for hyperparameter in model_class.hyperparameters().values():
        hyperparameter.check(hyperparameter.default)


def test_meaning_is_a_phrase_that_fits_into_a_line_of_a_notebook(model_class):
    for name, hyperparameter in model_class.hyperparameters().items():
        meaning = hyperparameter.meaning
        assert meaning, name
        assert not meaning.endswith("."), name
        assert len(meaning) <= 100, name


def test_docstring_lists_every_hyperparameter(model_class):
    for name, hyperparameter in model_class.hyperparameters().items():
        assert f"    {name}: {hyperparameter.meaning} ({hyperparameter.type.__name__}" in model_class.__doc__


def test_unknown_hyperparameter_is_refused_with_those_there_are(model_class):
    with pytest.raises(ValueError, match=rf"{model_class.__name__} has no hyperparameter 'epocs'\..* Available: "):
        model_class(epocs=3)


def test_half_saved_model_is_not_loaded(model_class, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"model\.json is missing"):
        model_class.load(tmp_path)
