"""Texts that are longer than the model reads, in requests, answers and metrics."""

import pytest
from exposition import samples, total
from problem import problem_of
from promoted import promote, write_constant_model, write_reading_model

from api.application import create
from api.model import tasks
from api.model.bundle import check_bundle
from api.model.engine import load
from api.model.tasks import load_model
from api.settings import Settings
from textlab.bundle_format.signature import classification, of_limited_length

READS = 20  # bytes
STATED = 1500  # characters


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A model of texts of limited length as version 1, and one of any length as version 2."""
    folder = tmp_path_factory.mktemp("models")
    signature = of_limited_length(classification(["text"], 2), STATED)
    promote(write_reading_model(folder / "one", READS), folder / "sentiment" / "1", signature=signature)
    promote(write_constant_model(folder / "two", [0.3, 0.7]), folder / "sentiment" / "2")
    return folder / "sentiment"


@pytest.fixture
def app(models, tmp_path):
    made = create(Settings(model=models, version="1", state=tmp_path, log_level="error", freeze_gc=False), testing=True)
    yield made
    made.extensions["textlab_api"].close()


def predictions(app, *texts):
    return app.test_client().post("/predict", json={"texts": texts}).get_json()["predictions"]


def test_answer_says_which_texts_were_truncated(app):
    told = predictions(app, "short", "x" * (READS + 1), "x" * READS, "a much longer text than it reads")
    assert [each.get("truncated") for each in told] == [None, True, None, True]


def test_slices_of_a_large_request_keep_their_flags(app):
    texts = ["x" * (1 + 7 * number % 40) for number in range(200)]
    told = predictions(app, *texts)
    assert [each.get("truncated", False) for each in told] == [len(text) > READS for text in texts]


def test_truncated_texts_are_counted(app):
    predictions(app, "short", "x" * 30, "x" * 40)
    found = samples(app.extensions["textlab_api"].metrics.exposition().decode())
    assert total(found, "textlab_truncated_texts_total", version="1") == 2


def test_model_decides_how_long_a_text_may_be(app):
    assert predictions(app, "x" * STATED)[0]["truncated"]
    refused = app.test_client().post("/predict", json={"text": "x" * (STATED + 1)})
    assert problem_of(refused, 422)["action"] == f"Send at most {STATED} characters per text."
    schemas = app.test_client().get("/openapi.json").get_json()["components"]["schemas"]
    assert schemas["Question"]["oneOf"][0]["properties"]["text"]["maxLength"] == STATED


def test_limit_follows_a_switch_to_a_model_without_one(app, models):
    service = app.extensions["textlab_api"]
    assert service.limits.max_characters == STATED
    service.current.model = load_model(models / "2")
    assert service.limits.max_characters == 1000


def test_limit_is_no_longer_than_a_request_of_the_default_size(models, monkeypatch):
    monkeypatch.setattr(tasks, "MOST_CHARACTERS", STATED - 1)
    assert load_model(models / "1").max_characters == STATED - 1


def test_setting_outweighs_what_the_model_states(models, tmp_path):
    settings = Settings(model=models, version="1", state=tmp_path, log_level="error", max_characters=50)
    app = create(settings, testing=True)
    assert app.test_client().post("/predict", json={"text": "x" * 51}).status_code == 422
    app.extensions["textlab_api"].close()


@pytest.mark.parametrize("engine", ["session", "saved_model"])
def test_both_engines_tell_what_was_truncated(engine, models):
    texts = [b"short", b"x" * 21, b""]
    for version, expected in (("1", [False, True, False]), ("2", [False] * 3)):
        loaded = load(engine, models / version, check_bundle(models / version).signature, threads=1)
        for count in (3, 1, 0):
            answer, truncated = loaded.predict_and_tell({"text": texts[:count]})
            assert answer.shape == (count, 2)
            assert truncated.tolist() == expected[:count]
