"""Which parts of an example a model looks at, tested on models that look at one known part."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from tiny_pictures import picture

from textlab.evaluation.figures import examples_figure, occlusion_figure
from textlab.evaluation.occlusion import PATCHES, occlusions
from textlab.inputs import kind_of
from textlab.inputs.references import inline_reference


def corner_picture():
    """White, with a black square that fills the upper left patch."""
    pixels = np.full((64, 64, 3), 255, np.uint8)
    pixels[: 64 // PATCHES, : 64 // PATCHES] = 0
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    return inline_reference(written.getvalue())


def black_and_cheap(examples):
    """The probability of the second class grows with a black corner and with the word cheap."""
    answers = []
    for text, image in zip(examples["text"], examples["image"], strict=True):
        (content,) = kind_of("image").encode([image])
        is_black = bool(content) and np.asarray(Image.open(io.BytesIO(content)).convert("L"))[0, 0] < 100
        second = 0.5 + 0.3 * is_black + 0.15 * ("cheap" in text.split())
        answers.append([1 - second, second])
    return np.array(answers)


EXAMPLE = pd.DataFrame({"text": ["a cheap hat"], "image": [corner_picture()]})


def test_patch_and_word_that_decide_are_found():
    (found,) = occlusions(black_and_cheap, EXAMPLE, text="text", picture="image")
    assert (found.predicted, found.probability) == (1, pytest.approx(0.95))
    assert found.patches[0, 0] == pytest.approx(0.3)
    assert np.abs(found.patches.ravel()[1:]).max() == 0
    assert found.words["word"].tolist() == ["a", "cheap", "hat"]
    assert found.words["attribution"].tolist() == pytest.approx([0, 0.15, 0])
    assert found.without == {"text": pytest.approx(0.8), "image": pytest.approx(0.65)}


def test_example_without_picture_has_no_patches():
    (found,) = occlusions(black_and_cheap, EXAMPLE.assign(image=""), text="text", picture="image")
    assert found.patches.shape == (0, PATCHES)
    assert found.words["attribution"].tolist() == pytest.approx([0, 0.15, 0])


def test_large_transparent_picture_is_reduced_and_put_on_white():
    large = inline_reference(picture((0, 0, 0), size=300))
    (found,) = occlusions(black_and_cheap, EXAMPLE.assign(image=large), picture="image")
    assert found.picture.shape == (256, 256, 3)
    assert found.words.empty


def test_figure_says_how_far_one_part_moves_the_prediction():
    found = occlusions(black_and_cheap, pd.concat([EXAMPLE, EXAMPLE.assign(image="")]), text="text", picture="image")
    figure = occlusion_figure(found, ["a hat", "the same without a picture"])
    title = " ".join(figure.get_suptitle().split())
    assert "covering one patch moves it by up to 30 points" in title
    assert "leaving out one word moves it by up to 15 points" in title
    assert len(figure.axes) == 6


def test_figures_of_nothing_are_refused():
    with pytest.raises(ValueError, match=r"There is no example to draw\. Pass at least one\."):
        occlusion_figure([], [])
    with pytest.raises(ValueError, match=r"There is no example to draw\. Pass at least one\."):
        examples_figure(EXAMPLE.head(0), [], "nothing")


def test_examples_are_drawn_with_their_pictures_and_texts():
    figure = examples_figure(pd.concat([EXAMPLE, EXAMPLE.assign(image="")]), ["hat", "other"], "Examples")
    assert [len(axes.images) for axes in figure.axes] == [1, 0, 0]
    assert figure.axes[0].get_title() == "hat\na cheap hat"
