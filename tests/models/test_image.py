"""Pictures alone."""

import numpy as np
import pandas as pd
import pytest
from tiny_pictures import COLOURS, dataset_of, picture, picture_dataset

from textlab.inputs.references import inline_reference
from textlab.models.image import ImageClassifier


def test_missing_picture_gets_the_shares_of_the_classes():
    dataset = dataset_of(("image",))
    train = pd.concat([dataset.train, dataset.train[dataset.train["label"] == 0]])
    model = ImageClassifier.tiny()
    model.fit(train, dataset.validation)
    np.testing.assert_allclose(model.predict_proba(pd.DataFrame({"image": [""]})), [[2 / 3, 1 / 3]], atol=1e-6)


def test_examples_without_pictures_teach_nothing():
    dataset = picture_dataset(("text", "image"))
    blank = dataset.train.assign(image="", label=0)
    first, second = ImageClassifier.tiny(), ImageClassifier.tiny()
    first.fit(dataset.train, dataset.validation)
    second.fit(pd.concat([dataset.train, blank], ignore_index=True), dataset.validation)
    np.testing.assert_array_equal(second.predict_proba(dataset.test), first.predict_proba(dataset.test))


def test_jpeg_and_png_of_the_same_picture_get_about_the_same_answer():
    dataset = dataset_of(("image",))
    model = ImageClassifier.tiny()
    model.fit(dataset.train, dataset.validation)
    encoded = [inline_reference(picture(COLOURS["red"], 7, format=name)) for name in ("PNG", "JPEG")]
    png, jpeg = model.predict_proba(pd.DataFrame({"image": encoded}))
    assert png.argmax() == jpeg.argmax() == 0


def test_fine_tuned_network_is_saved_and_read_back(tmp_path):
    dataset = dataset_of(("image",))
    model = ImageClassifier(network="tiny", fine_tune=True, C=100.0)
    model.fit(dataset.train, dataset.validation, seed=1)
    assert len(model.step_history) >= 1
    expected = model.predict_proba(dataset.test)
    model.save(tmp_path)
    np.testing.assert_array_equal(ImageClassifier.load(tmp_path).predict_proba(dataset.test), expected)


def test_fine_tuning_without_a_validation_picture_is_refused():
    dataset = picture_dataset(("text", "image"))
    model = ImageClassifier(network="tiny", fine_tune=True)
    with pytest.raises(ValueError, match=r"No validation example has a picture, .* Train without fine-tuning"):
        model.fit(dataset.train, dataset.validation.assign(image=""))


def test_unknown_network_is_refused():
    with pytest.raises(ValueError, match=r"Unknown network 'resnet'\. Available: efficientnet_lite0, tiny"):
        ImageClassifier(network="resnet")
