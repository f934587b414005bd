"""Models that read pictures are promoted, rolled back and registered like models of texts."""

import base64
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from tiny_picture_model import ColoursAlone, WordsAndColours, write_picture_bundle
from tiny_pictures import COLOURS, picture, picture_dataset

from textlab import record
from textlab.evaluation.classification.predictions import predict_splits
from textlab.export.bundle import Bundle
from textlab.inputs.references import file_reference
from textlab.promotion.catalog import read_catalog
from textlab.promotion.champion import promote, roll_back
from textlab.promotion.service import swapped

RED, BLUE = picture(COLOURS["red"]), picture(COLOURS["blue"], format="JPEG")


def exported(family, folder):
    model = write_picture_bundle(folder, family)
    return folder, predict_splits(model, picture_dataset(model.inputs))


@pytest.fixture(scope="module")
def words_and_colours(tmp_path_factory):
    return exported(WordsAndColours, tmp_path_factory.mktemp("both") / "bundle")


@pytest.fixture(scope="module")
def colours(tmp_path_factory):
    return exported(ColoursAlone, tmp_path_factory.mktemp("colours") / "bundle")


@pytest.fixture
def registered(new_run, tmp_path):
    """`registered(exported, name)` promotes a model and loads it from MLflow's registry."""

    def make(exported, name):
        folder, predictions = exported
        promote(new_run(frames=predictions, folder=folder), name, tmp_path / "models")
        mlflow.set_tracking_uri(record.tracking_uri())
        return mlflow.pyfunc.load_model(f"models:/{name}@champion")

    return make


def test_model_of_texts_and_pictures_is_promoted_and_rolled_back(words_and_colours, new_run, tmp_path):
    folder, predictions = words_and_colours
    models, run = tmp_path / "models", new_run(frames=predictions, folder=folder)
    promoted = [promote(run, "twice", models).folder for _ in range(2)]
    assert Bundle(promoted[1]).signature.input_names == ("text", "image")
    assert "A running service keeps its version." in swapped(None, promoted[1])
    assert roll_back("twice", models).folder == promoted[0]
    assert read_catalog(models)["twice"].champion == 1


def test_registered_model_takes_pictures_as_bytes_and_in_base64(words_and_colours, registered):
    model = registered(words_and_colours, "both")
    assert [(each.name, each.type.name) for each in model.metadata.signature.inputs] == [
        ("text", "string"),
        ("image", "binary"),
    ]
    texts = ["a cup", "a hat", "a hat"]
    examples = pd.DataFrame({"text": texts, "image": [RED, BLUE, b""]})
    table = model.predict(examples)
    assert table["predicted"].tolist()[:2] == ["red cup", "blue hat"]
    encoded = examples.assign(image=[base64.b64encode(each).decode() for each in examples["image"]])
    pd.testing.assert_frame_equal(model.predict(encoded), table)
    lacking = pd.DataFrame({"text": texts, "image": [RED, None, float("nan")]})
    assert model.predict(lacking)["predicted"].tolist()[0] == "red cup"
    with pytest.raises(ValueError, match=r"It is a GIF, and only PNG and JPEG can be read\."):
        model.predict(examples.assign(image=[picture(format="GIF"), RED, RED]))
    with pytest.raises(ValueError, match=r"A picture came as str that is not base64\. Send its bytes, or base64\."):
        model.predict(examples.assign(image=["cup.png", "", ""]))
    with pytest.raises(mlflow.MlflowException, match="missing inputs"):
        model.predict(examples[["text"]])


@pytest.mark.parametrize("given", [[RED, BLUE], pd.DataFrame({"picture": [RED, BLUE]})])
def test_registered_model_of_pictures_alone_takes_a_list_or_any_single_column(colours, registered, given):
    answered = registered(colours, f"alone-{type(given).__name__}").predict(given)
    assert answered[["p_red cup", "p_blue cup"]].to_numpy().argmax(axis=1).tolist() == [0, 1]


def test_run_whose_pictures_are_gone_is_not_promoted(colours, new_run, tmp_path):
    folder, predictions = colours
    path = tmp_path / "gone.png"
    reference = file_reference(str(path), RED)
    frames = {split: frame.assign(image=reference) for split, frame in predictions.items()}
    with pytest.raises(ValueError, match=r"The picture .*gone\.png is not there any more\. Put it back"):
        promote(new_run(frames=frames, folder=folder), "gone", tmp_path / "models")
    path.write_bytes(BLUE)
    with pytest.raises(ValueError, match=r"The picture .*gone\.png has changed since the dataset was loaded\."):
        promote(new_run(frames=frames, folder=folder), "gone", tmp_path / "models")
    assert not Path(tmp_path / "models" / "gone").exists()


def test_run_whose_pictures_are_others_is_not_promoted(colours, new_run, tmp_path):
    folder, predictions = colours
    swapped_pictures = {
        split: frame.assign(image=np.roll(frame["image"].to_numpy(), 1)) for split, frame in predictions.items()
    }
    with pytest.raises(ValueError, match="differs from the run's predictions"):
        promote(new_run(frames=swapped_pictures, folder=folder), "others", tmp_path / "models")
