"""Models that read pictures are promoted, rolled back and registered like models of texts."""

import pytest
from tiny_picture_model import ColoursAlone, WordsAndColours, write_picture_bundle
from tiny_pictures import picture_dataset

from textlab.evaluation.classification.predictions import predict_splits
from textlab.export.bundle import Bundle
from textlab.promotion.catalog import read_catalog
from textlab.promotion.champion import promote, roll_back


@pytest.fixture(scope="module", params=[WordsAndColours, ColoursAlone])
def colours(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("colours") / "bundle"
    model = write_picture_bundle(folder, request.param)
    return folder, predict_splits(model, picture_dataset(model.inputs))


def test_model_is_promoted_and_rolled_back(colours, new_run, tmp_path):
    folder, predictions = colours
    models, run = tmp_path / "models", new_run(frames=predictions, folder=folder)
    name = f"colours-{tmp_path.name[-1]}"
    promoted = [promote(run, name, models).folder for _ in range(2)]
    assert Bundle(promoted[1]).signature.input_names[-1] == "image"
    assert roll_back(name, models).folder == promoted[0]
    assert read_catalog(models)[name].champion == 1
