"""Tables with pictures: "file:catalogue.csv?image=picture", from good cells to cells that name something else."""

import csv

import pandas as pd
import pytest
from PIL import Image

from tests.tiny_pictures import COLOURS, picture
from textlab import data
from textlab.data.pictures import checks, column_references, store
from textlab.inputs.references import digest_of, read


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "FOLDER", tmp_path / "store")


@pytest.fixture
def shop(tmp_path):
    """Twelve articles of two classes, each with a title and a picture of its own."""
    folder = tmp_path / "shop"
    (folder / "images").mkdir(parents=True)
    rows = []
    for number in range(12):
        label = ("red", "blue")[number % 2]
        (folder / "images" / f"{number}.png").write_bytes(picture(COLOURS[label], number))
        rows.append({"id": f"A{number}", "title": f"cup {number}", "picture": f"images/{number}.png", "label": label})
    return folder, rows


def write(shop, changes=None, name="catalogue.csv"):
    """Write the table with other cells in some rows, given as {row: {column: cell}}; row 0 is in line 2."""
    folder, rows = shop
    for row, cells in (changes or {}).items():
        rows[row] |= cells
    with (folder / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return folder / name


def load(path, **options):
    return data.load(f"file:{path}", image="picture", **({"text": "title", "test": 0.25, "validation": 0.25} | options))


def kept(dataset):
    return pd.concat([frame for _, frame in dataset.splits()])


def refusal(path, **options):
    with pytest.raises(ValueError, match="cannot be used") as caught:
        load(path, **options)
    return str(caught.value)


def test_table_with_pictures_that_are_not_read_says_how_to_read_them(shop, caplog):
    path = write(shop, {3: {"picture": ""}})
    assert data.load(f"file:{path}", text="title", test=0.25, validation=0.25).inputs == ("text",)
    assert "the pictures of the column 'picture' are not read. To read them: image=picture." in caplog.text
    caplog.clear()
    load(path)
    assert "not read" not in caplog.text


def test_table_of_titles_and_pictures_has_two_inputs(shop):
    dataset = load(write(shop))
    assert dataset.inputs == ("text", "image")
    frame = kept(dataset).set_index("id")
    assert read(frame.loc["A3", "image"]) == picture(COLOURS["blue"], 3)
    assert data.load(dataset.name).digest == dataset.digest


def test_pictures_alone_need_no_text(shop):
    dataset = load(write(shop), text="")
    assert dataset.inputs == ("image",)
    assert len(kept(dataset)) == 12
    assert "text" not in dataset.train


def test_digest_follows_the_content_of_a_picture_not_its_place(shop):
    before = load(write(shop)).digest
    folder = shop[0]
    (folder / "images" / "3.png").rename(folder / "images" / "moved.png")
    path = write(shop, {3: {"picture": "images/moved.png"}})
    assert load(path).digest == before
    (folder / "images" / "moved.png").write_bytes(picture(COLOURS["blue"], 99))
    assert load(path).digest != before


def test_row_with_a_title_or_a_picture_is_kept_and_one_with_neither_dropped(shop):
    changes = {0: {"picture": ""}, 1: {"title": " "}, 2: {"title": "", "picture": " "}}
    dataset = load(write(shop, changes))
    assert set(kept(dataset)["id"]) == {f"A{number}" for number in range(12)} - {"A2"}
    assert dataset.preparation.counts() == {"all inputs are empty": 1}
    assert dataset.preparation.lines(["all inputs are empty"]) == "4"


BAD = {
    "images/none.png": "It is not there.",
    "../outside.png": "It lies outside the folder of the table.",
    "images": "It is no file.",
    "images/0.png;images/1.png": "It names 2 pictures, and an article has one.",
    '["images/0.png", "images/1.png"]': "It names 2 pictures",
    "https://example.org/0.png": "It is an address, and textlab downloads none.",
    "notes.jpg": "It is a text, not a picture.",
    "drawing.svg": "It is an SVG",
    "animated.gif": "It is a GIF",
    "cut.jpg": "It is cut off or damaged.",
}


@pytest.mark.parametrize(("cell", "reason"), BAD.items())
def test_picture_that_cannot_be_used_is_refused_with_row_and_file(shop, cell, reason):
    folder = shop[0]
    (folder.parent / "outside.png").write_bytes(picture())
    (folder / "notes.jpg").write_text("A blue cup")
    (folder / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    frames = [Image.new("P", (9, 9), number) for number in range(2)]
    frames[0].save(folder / "animated.gif", save_all=True, append_images=frames[1:])
    (folder / "cut.jpg").write_bytes(picture(format="JPEG")[:300])
    path = write(shop, {4: {"picture": cell}})
    message = refusal(path)
    assert message.startswith(f"{path}: 1 picture of 12 rows cannot be used. Line 6, {cell}: {reason}")
    assert "pictures=drop" in message


def test_absolute_path_and_link_out_of_the_folder_are_refused(shop):
    folder = shop[0]
    outside = folder.parent / "outside.png"
    outside.write_bytes(picture())
    (folder / "images" / "link.png").symlink_to(outside)
    (folder / "away").symlink_to(folder.parent)
    for cell in (str(outside), "images/link.png", "away/outside.png"):
        assert "It lies outside the folder of the table." in refusal(write(shop, {4: {"picture": cell}}))


def test_link_within_the_folder_is_followed(shop):
    folder = shop[0]
    (folder / "link.png").symlink_to(folder / "images" / "4.png")
    assert len(kept(load(write(shop, {4: {"picture": "link.png"}})))) == 12


def test_unusable_pictures_are_dropped_or_left_blank_on_request(shop):
    path = write(shop, {4: {"picture": "none.png"}, 7: {"picture": "images"}})
    dropped = load(path, pictures="drop")
    assert dropped.preparation.counts() == {"missing or broken file": 2}
    assert dropped.preparation.lines(["missing or broken file"]) == "6, 9"
    blank = load(path, pictures="blank")
    assert (kept(blank).set_index("id").loc[["A4", "A7"], "image"] == "").all()
    for dataset in (dropped, blank):
        (concern,) = [each for each in dataset.preparation.concerns if "none.png" in each.finding]
        assert "Line 6, none.png: It is not there." in concern.finding
        assert concern.is_serious


def test_two_rows_of_one_article_with_two_pictures_are_refused(shop):
    path = write(shop, {5: {"id": "A4"}})
    with pytest.raises(ValueError, match=r"the article 'A4' has two pictures, 'images/4.png' in line 6 and") as caught:
        load(path)
    assert "'images/5.png' in line 7" in str(caught.value)


def test_missing_column_is_named(shop):
    with pytest.raises(ValueError, match=r"has no column 'photo' for image=; it has id, title, picture, label"):
        data.load(f"file:{write(shop)}", text="title", image="photo")
    with pytest.raises(ValueError, match="are both empty"):
        data.load(f"file:{write(shop)}", text="")


def test_turned_picture_is_stored_upright_and_said(shop):
    exif = Image.Exif()
    exif[0x0112] = 6
    (shop[0] / "images" / "3.png").write_bytes(picture(format="JPEG", exif=exif))
    dataset = load(write(shop))
    reference = kept(dataset).set_index("id").loc["A3", "image"]
    digest = digest_of(reference)
    assert (store.FOLDER / digest[:2] / f"{digest}.jpg").read_bytes() == read(reference)
    assert kept(load(write(shop))).set_index("id").loc["A3", "image"] == reference  # now from the checks that are kept
    (concern,) = dataset.preparation.concerns
    assert concern.finding == "1 picture was turned upright by its EXIF orientation. First lines: 5."
    assert not concern.is_serious


def test_checked_picture_is_not_decoded_again(shop, monkeypatch):
    path = write(shop, {4: {"picture": "notes.jpg"}})
    (shop[0] / "notes.jpg").write_text("A blue cup")
    first = load(path, pictures="drop")

    def never(content, limits):
        raise AssertionError

    monkeypatch.setattr(checks, "checked", never)
    assert load(path, pictures="drop").digest == first.digest
    (store.FOLDER / next(store.FOLDER.glob("checks-*.jsonl")).name).write_text("{half a line")
    with pytest.raises(AssertionError):
        load(path)


def test_copies_are_rows_that_are_alike_in_title_and_picture(shop):
    changes = {
        2: {"title": "CUP  0", "picture": "images/0.png"},  # a copy of row 0
        4: {"title": "another", "picture": "images/0.png"},
        6: {"title": "cup 0"},
    }
    dataset = load(write(shop, changes))
    assert dataset.preparation.counts() == {"copy of another row": 1}
    assert len(kept(dataset)) == 11


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("by", [{}, {"group": "shelf"}])
def test_rows_with_one_picture_are_in_one_part(shop, seed, by):
    rows = shop[1]
    for number, row in enumerate(rows):
        row["shelf"] = f"shelf {number}"
    for number in range(4):
        rows.append(rows[number] | {"id": f"B{number}", "title": f"other {number}", "shelf": f"shelf {number + 20}"})
    dataset = load(write(shop), seed=seed, **by)
    parts = pd.concat([frame.assign(split=split) for split, frame in dataset.splits()])
    assert len(parts) == 16
    assert (parts.groupby(parts["image"].map(digest_of))["split"].nunique() == 1).all()


@pytest.mark.parametrize("is_struct", [True, False])
def test_parquet_holds_the_bytes(shop, is_struct):
    folder, rows = shop
    cells = [(folder / row["picture"]).read_bytes() for row in rows]
    held = [{"bytes": cell, "path": row["picture"]} for cell, row in zip(cells, rows, strict=True)]
    table = pd.DataFrame(rows).assign(picture=held if is_struct else cells)
    table.to_parquet(folder / "catalogue.parquet")
    dataset = load(folder / "catalogue.parquet")
    assert dataset.digest != ""
    frame = kept(dataset).set_index("id")
    assert read(frame.loc["A3", "image"]) == picture(COLOURS["blue"], 3)
    assert str(store.FOLDER) in frame.loc["A3", "image"]
    table.at[5, "picture"] = {"bytes": b"text", "path": "5.png"} if is_struct else b"text"
    table.to_parquet(folder / "catalogue.parquet")
    assert "Line 6, " in refusal(folder / "catalogue.parquet")


def test_parquet_holds_paths_beside_missing_bytes(shop):
    folder, rows = shop
    table = pd.DataFrame(rows).assign(picture=[{"bytes": None, "path": row["picture"]} for row in rows])
    table.to_parquet(folder / "catalogue.parquet")
    assert kept(load(folder / "catalogue.parquet"))["image"].str.contains("images/").all()


def test_rows_without_a_label_are_dropped_before_their_pictures_are_read(shop):
    path = write(shop, {4: {"label": "", "picture": "none.png"}})
    dataset = load(path, unlabelled="drop", text="")
    assert dataset.preparation.counts() == {"empty label": 1}


def test_backslashes_are_read_as_slashes(shop):
    assert len(kept(load(write(shop, {4: {"picture": "images\\4.png"}})))) == 12


def test_message_shows_no_name_that_could_write_into_a_terminal_or_fill_it(shop):
    message = refusal(write(shop, {0: {"picture": "\x1b[31m.png"}}))
    assert "Line 2, '\\x1b[31m.png': It is not there." in message
    assert len(refusal(write(shop, {0: {"picture": "a" * 100_000}}))) < 1_000


def test_bytes_of_another_type_are_refused_with_their_row(tmp_path):
    cells = [(7, {"bytes": "iVBOR", "path": "cup.png"})]
    (problem,) = column_references(cells, tmp_path / "shop.parquet", count=1).problems
    assert str(problem) == "Line 7, cup.png: Its bytes are of type str. Write them as binary."
