"""Files whose cells name pictures are scored. What cannot be read is named, and no row is lost."""

import csv

import pytest
from tiny_picture_model import ColoursAlone, write_picture_bundle
from tiny_pictures import COLOURS, picture

from textlab.export.bundle import Bundle
from textlab.promotion import rows_read, scoring
from textlab.promotion.growing_file import KeepError
from textlab.promotion.scoring import Layout, score_file


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("colours") / "bundle"
    write_picture_bundle(folder)
    return Bundle(folder)


@pytest.fixture(scope="module")
def colours(tmp_path_factory):
    folder = tmp_path_factory.mktemp("colours") / "bundle"
    write_picture_bundle(folder, ColoursAlone)
    return Bundle(folder)


@pytest.fixture
def shop(tmp_path):
    """A table of six articles: two with good pictures, one each without, missing, broken, outside."""
    (tmp_path / "shop" / "pictures").mkdir(parents=True)
    (tmp_path / "outside.png").write_bytes(picture())
    (tmp_path / "shop" / "pictures" / "red.png").write_bytes(picture(COLOURS["red"]))
    (tmp_path / "shop" / "pictures" / "blue.jpg").write_bytes(picture(COLOURS["blue"], format="JPEG"))
    (tmp_path / "shop" / "pictures" / "text.jpg").write_text("no picture")
    rows = [
        ("a cup", "pictures/red.png"),
        ("a hat", "pictures/blue.jpg"),
        ("a hat", ""),
        ("a hat", "pictures/gone.png"),
        ("", "pictures/text.jpg"),
        ("a cup", "../outside.png"),
        ("", "pictures/red.png"),
        ("", " "),
    ]
    path = tmp_path / "shop" / "articles.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("text", "image"), *rows])
    return path


def predicted(path):
    with path.open(newline="") as file:
        return [row["predicted"] for row in csv.DictReader(file)]


def test_rows_with_unreadable_pictures_keep_their_cells_and_get_no_prediction(loaded, shop):
    output = shop.with_name("scored.csv")
    scored = score_file(loaded, shop, output, show_progress=True)
    assert (scored.rows, scored.blank, scored.unreadable, scored.continued) == (8, 1, 3, 0)
    assert predicted(output)[:2] == ["red cup", "blue hat"]
    assert [bool(label) for label in predicted(output)] == [True, True, True, False, False, False, True, False]
    assert [line.rsplit(",", 5)[0] for line in output.read_text().splitlines()] == shop.read_text().splitlines()
    assert scored.problems == (
        "line 5: the picture 'pictures/gone.png' cannot be read. It is not there. Correct the path: it starts at the "
        "folder of the table.",
        "line 6: the picture 'pictures/text.jpg' cannot be read. It is a text, not a picture. Put a PNG or JPEG in its "
        "place.",
        "line 7: the picture '../outside.png' cannot be read. It lies outside the folder of the table. Put the "
        "pictures beside the table or below it.",
    )


def test_long_cell_does_not_fill_the_terminal(loaded, shop):
    shop.write_text(shop.read_text().replace("pictures/gone.png", "x" * 50_000))
    scored = score_file(loaded, shop, shop.with_name("scored.csv"))
    assert max(map(len, scored.problems)) < 300


def test_unreadable_pictures_count_as_missing_if_that_is_asked(loaded, shop):
    output = shop.with_name("scored.csv")
    scored = score_file(loaded, shop, output, Layout(unreadable="blank"))
    assert (scored.rows, scored.unreadable) == (8, 3)
    labels = predicted(output)
    assert labels[3] == labels[2]
    assert labels[4] == ""  # no text either


def test_refused_picture_keeps_the_rows_before_it(loaded, shop, monkeypatch):
    monkeypatch.setattr(scoring, "ROWS_AT_ONCE", 1)
    output, layout = shop.with_name("scored.csv"), Layout(unreadable="refuse")
    with pytest.raises(
        KeepError, match=r"articles\.csv, line 5: the picture 'pictures/gone\.png' cannot be read\. It is"
    ):
        score_file(loaded, shop, output, layout)
    assert not output.exists()
    for name in ("gone.png", "text.jpg"):
        (shop.parent / "pictures" / name).write_bytes(picture())
    (shop.parent.parent / "outside.png").rename(shop.parent / "outside.png")
    with pytest.raises(KeepError, match=r"line 7: the picture '\.\./outside\.png' cannot"):
        score_file(loaded, shop, output, layout)
    shop.write_text(shop.read_text().replace("../outside", "outside"))
    scored = score_file(loaded, shop, output, layout)
    assert (scored.rows, scored.continued) == (8, 0)  # the table has changed
    assert all(predicted(output)[:7])


def test_refusal_is_continued_once_the_picture_is_there(loaded, shop, monkeypatch):
    monkeypatch.setattr(scoring, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(rows_read, "ROWS_READ_AT_ONCE", 2)
    shop.write_text("\n".join(shop.read_text().splitlines()[:5]))
    output, layout = shop.with_name("scored.csv"), Layout(unreadable="refuse")
    with pytest.raises(KeepError, match="If the table stays as it is, the next call continues there"):
        score_file(loaded, shop, output, layout)
    (shop.parent / "pictures" / "gone.png").write_bytes(picture())
    scored = score_file(loaded, shop, output, layout)
    assert (scored.rows, scored.continued, scored.unreadable) == (4, 2, 0)
    assert sorted(path.name for path in shop.parent.iterdir()) == ["articles.csv", "pictures", "scored.csv"]


def test_another_column_may_hold_the_pictures_and_large_ones_make_small_pieces(colours, shop, monkeypatch):
    monkeypatch.setattr(rows_read, "CHARACTERS_AT_ONCE", 1)
    path, output = shop.with_name("photos.csv"), shop.with_name("scored.csv")
    path.write_text("photo\npictures/red.png\npictures/blue.jpg\n")
    assert score_file(colours, path, output, Layout({"image": "photo"})).rows == 2
    assert [label.split()[0] for label in predicted(output)] == ["red", "blue"]


def test_picture_turned_by_its_orientation_is_scored_upright(colours, shop):
    from PIL import Image

    sides = Image.new("RGB", (24, 24), COLOURS["red"])
    exif = Image.Exif()
    exif[0x0112] = 6
    sides.save(shop.parent / "turned.jpg", exif=exif)
    path, output = shop.with_name("photos.csv"), shop.with_name("scored.csv")
    path.write_text("image\nturned.jpg\n")
    assert score_file(colours, path, output).unreadable == 0
    assert predicted(output)[0].startswith("red")
