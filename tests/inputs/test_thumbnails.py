"""A value is shown by its kind: a text as it is, a picture as a thumbnail or as a sentence that says why not."""

import base64
import io

import pytest
from PIL import Image
from tiny_pictures import picture

from textlab.inputs import kind_of, noun_of, plural_of
from textlab.inputs.references import file_reference, inline_reference

IMAGE = kind_of("image")


def drawn(source: str) -> Image.Image:
    assert source.startswith("data:image/jpeg;base64,")
    return Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))


def encoded(mode: str, size: tuple[int, int], colour: object, **options: object) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, colour).save(written, **({"format": "PNG"} | options))
    return written.getvalue()


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGB"), ("PNG", "LA"), ("PNG", "P"), ("PNG", "1"), ("JPEG", "L")])
def test_thumbnail_is_small_whatever_the_mode(kind: str, mode: str) -> None:
    colour = (255, 128) if mode == "LA" else 1
    content = encoded(mode, (800, 200), colour, format=kind)
    thumbnail = drawn(IMAGE.shown(inline_reference(content)).source)
    assert (thumbnail.size, thumbnail.mode) == ((96, 24), "RGB")


def test_noisy_picture_takes_a_few_kilobytes() -> None:
    assert len(IMAGE.shown(inline_reference(picture(size=300))).source) < 10_000


def test_transparent_parts_are_white() -> None:
    shown = IMAGE.shown(inline_reference(encoded("RGBA", (50, 50), (0, 0, 0, 0))))
    assert min(drawn(shown.source).getpixel((20, 20))) > 250


def test_very_long_picture_keeps_a_pixel() -> None:
    assert drawn(IMAGE.shown(inline_reference(encoded("L", (2000, 1), 9))).source).size == (96, 1)


def test_picture_that_is_gone_is_a_sentence(tmp_path) -> None:
    shown = IMAGE.shown(file_reference(str(tmp_path / "cup.png"), b"gone"))
    assert (shown.source, "cup.png is not there any more. Put it back" in shown.text) == ("", True)


def test_picture_that_cannot_be_decoded_is_a_sentence() -> None:
    for content in (b"\x89PNG but no picture", picture()[:200], encoded("L", (2, 2), 0, format="GIF")):
        shown = IMAGE.shown(inline_reference(content))
        assert shown.source == ""
        assert shown.text.startswith("A picture cannot be shown: ")


def test_huge_picture_is_not_decoded() -> None:
    shown = IMAGE.shown(inline_reference(encoded("1", (8_000, 6_000), 0)))
    assert "it has 8,000 x 6,000 pixels" in shown.text


def test_missing_values_have_words() -> None:
    assert (IMAGE.shown("").text, kind_of("text").shown("").text) == ("no picture", "no text")


def test_text_is_shown_as_it_is() -> None:
    shown = kind_of("text").shown("<b>cup</b>")
    assert (shown.text, shown.source) == ("<b>cup</b>", "")


def test_table_of_words_names_the_file_or_the_content_of_a_picture(tmp_path) -> None:
    assert IMAGE.in_words(file_reference("data/cup.png", b"x")) == "data/cup.png"
    assert IMAGE.in_words(inline_reference(picture())).startswith("picture ")
    assert len(IMAGE.in_words(inline_reference(picture()))) == 20
    assert IMAGE.in_words("") == ""


def test_inputs_have_words_for_one_value_and_for_several() -> None:
    assert [noun_of(name) for name in ("text", "image", "brand")] == ["text", "picture", "brand"]
    assert [plural_of(name) for name in ("text", "image", "brand")] == ["texts", "pictures", "values of brand"]
