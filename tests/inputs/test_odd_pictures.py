import io

import pytest
from PIL import Image

from textlab.inputs import kind_of
from textlab.inputs.odd_pictures import odd_pictures
from textlab.inputs.pictures import checked
from textlab.inputs.references import read

PICTURES = [read(value) for value in odd_pictures()]


def loaded(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def test_missing_picture_comes_first():
    assert kind_of("image").odd_values() == ("", *odd_pictures())


@pytest.mark.parametrize("content", PICTURES)
def test_odd_picture_passes_the_check_as_it_is(content):
    assert checked(content).content == content


def test_odd_pictures_have_every_plain_mode_of_both_formats():
    modes = {(loaded(content).format, loaded(content).mode) for content in PICTURES}
    assert modes == {("PNG", mode) for mode in ("L", "LA", "RGB", "RGBA", "P")} | {("JPEG", "L"), ("JPEG", "RGB")}


def test_odd_pictures_have_unusual_shapes_and_are_small():
    assert {(1, 1), (2000, 1), (1, 2000)} <= {loaded(content).size for content in PICTURES}
    assert max(map(len, PICTURES)) < 1000
