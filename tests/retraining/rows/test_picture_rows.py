"""New rows with pictures: reading, checking, and the snapshot that holds them."""

import base64
import io
import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from tiny_pictures import COLOURS, LABEL_NAMES, picture, picture_dataset

from textlab.data.preparation import Reason
from textlab.data.snapshots import CONTENT, ROWS, read_snapshot, snapshot_dataset
from textlab.evaluation.leaks import fingerprints
from textlab.inputs import kind_of
from textlab.inputs.references import inline_reference, read
from textlab.retraining.held_out import without
from textlab.retraining.rows import Rules, build_snapshot, examine, known_values, read_feedback, read_labelled
from textlab.sealing import Keys

BASE = picture_dataset()
SECRET = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def own_fingerprints(tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprints, "FOLDER", tmp_path / "fingerprints")


class Champion:
    """Answers with the same probabilities, and insists on every input."""

    def __init__(self):
        self.label_names = list(LABEL_NAMES)

    def predict_proba(self, examples):
        assert list(examples.columns) == list(BASE.inputs)
        return np.full((len(examples), 4), 0.25, dtype=np.float32)


def feedback(folder, *lines):
    common = {"label": "red cup", "predicted": "red hat", "model": "shop", "time": 1_764_525_600.0, "caller": "c"}
    path = folder / "feedback.jsonl"
    path.write_text("\n".join(json.dumps(common | line) for line in lines) + "\n")
    return read_feedback(path, "shop", inputs=BASE.inputs, known=known_values(BASE))


def new_picture(seed=900):
    return base64.b64encode(picture(COLOURS["red"], seed)).decode()


def labelled(folder, count=3):
    rows = []
    for row in range(count):
        (folder / f"{row}.png").write_bytes(picture(COLOURS["red"], 700 + row))
        rows.append({"text": f"some cup like {row}", "image": f"{row}.png", "label": "red cup"})
    pd.DataFrame(rows).to_csv(folder / "new.csv", index=False)
    return read_labelled(folder / "new.csv", BASE.inputs)


def reasons(verdicts):
    return verdicts.frame.set_index("text")["reason"].to_dict()


def test_test_picture_that_was_scaled_and_encoded_again_stays_out_of_training(tmp_path):
    tested = BASE.test.iloc[0]
    with Image.open(io.BytesIO(read(tested["image"]))) as opened:
        scaled = opened.convert("RGB").resize((48, 48), Image.Resampling.BICUBIC)
    written = io.BytesIO()
    scaled.save(written, "JPEG", quality=90)
    again = base64.b64encode(written.getvalue()).decode()
    new = feedback(tmp_path, {"text": tested["text"], "image": again}, {"text": "a new mug", "image": again})
    found = reasons(examine(BASE, [new], Champion(), Rules()))
    assert found == {tested["text"]: Reason.IN_TEST, "a new mug": ""}


def test_feedback_with_a_picture_becomes_a_row(tmp_path):
    found = feedback(tmp_path, {"text": "a mug", "image": new_picture()}).frame.iloc[0]
    assert read(found["image"]) == picture(COLOURS["red"], 900)
    assert found["reason"] == ""


def test_hash_of_a_known_picture_is_matched_and_of_an_unknown_one_gets_a_reason(tmp_path):
    value = BASE.train["image"][0]
    known = {"text": "known", "image_sha256": kind_of("image").identity(value)}
    found = feedback(
        tmp_path, known, {"text": "unknown", "image_sha256": "0" * 64}, {"text": "none", "image": ""}
    ).frame
    assert found["image"].tolist() == [value, "", ""]
    assert found["reason"].tolist() == ["", Reason.NOT_KEPT, ""]


def test_text_that_claims_to_be_a_picture_is_left_out(tmp_path):
    lines = [{"text": name, "image": value} for name, value in (("a", "#"), ("b", base64.b64encode(b"no").decode()))]
    assert feedback(tmp_path, *lines).frame["reason"].tolist() == [Reason.UNREADABLE_INPUT] * 2


def test_missing_file_of_a_labelled_table_is_named(tmp_path):
    labelled(tmp_path)
    (tmp_path / "1.png").unlink()
    with pytest.raises(ValueError, match=r"new\.csv, line 3, image '1\.png': .*"):
        read_labelled(tmp_path / "new.csv", BASE.inputs)


def test_an_error_names_several_pictures_that_cannot_be_read(tmp_path):
    rows = [{"text": f"cup {row}", "image": f"gone-{row}.png", "label": "red cup"} for row in range(7)]
    pd.DataFrame(rows).to_csv(tmp_path / "new.csv", index=False)
    with pytest.raises(
        ValueError, match=r"new\.csv, line 2, image 'gone-0\.png': It is .* And line 6, .* And 2 more\."
    ):
        read_labelled(tmp_path / "new.csv", BASE.inputs)


def test_same_title_with_another_picture_is_no_copy(tmp_path):
    text = "the very same long title of a cup"
    same = {"text": text, "image": new_picture(1), "prediction_id": "1"}
    other = {"text": text.upper(), "image": new_picture(2), "prediction_id": "2"}
    near = {"text": f"{text} now", "image": new_picture(1), "prediction_id": "3"}
    verdicts = examine(BASE, [feedback(tmp_path, same, other, near)], Champion(), Rules())
    assert reasons(verdicts) == {text: "", text.upper(): "", f"{text} now": Reason.NEAR_COPY}


def test_row_of_the_test_split_is_dropped(tmp_path):
    row = BASE.test.iloc[0]
    line = {"text": row["text"], "image_sha256": kind_of("image").identity(row["image"])}
    verdicts = examine(BASE, [feedback(tmp_path, line)], Champion(), Rules())
    assert reasons(verdicts) == {row["text"]: Reason.IN_TEST}


def test_row_without_any_input_is_dropped(tmp_path):
    verdicts = examine(BASE, [feedback(tmp_path, {"text": " ", "image": ""})], Champion(), Rules())
    assert verdicts.frame["reason"].tolist() == [Reason.EMPTY_TEXT]


@pytest.mark.parametrize("is_sealed", [False, True])
def test_snapshot_holds_the_pictures_and_survives_the_loss_of_the_files(tmp_path, monkeypatch, is_sealed):
    if is_sealed:
        monkeypatch.setenv("TEXTLAB_SEAL_KEYS", f"k:{SECRET}")
    rows = labelled(tmp_path)
    made = build_snapshot(BASE, [rows], Champion(), tmp_path / "made", keys=Keys.from_environment())
    for row in range(3):
        (tmp_path / f"{row}.png").unlink()
    made.folder.rename(tmp_path / "moved")
    dataset = snapshot_dataset(read_snapshot(tmp_path / "moved"))
    assert dataset.digest == made.digest
    assert len(dataset.train) + len(dataset.validation) == 48 + 16 + 3
    added = dataset.train[dataset.train["text"] == "some cup like 1"]
    added = added if len(added) else dataset.validation[dataset.validation["text"] == "some cup like 1"]
    assert read(added["image"].iloc[0]) == picture(COLOURS["red"], 701)
    files = [*(tmp_path / "moved" / CONTENT).iterdir()]
    assert len(files) == 48 + 16 + 16 + 3
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert all(file.read_bytes().startswith(b"\x89PNG") != is_sealed for file in files)


def test_snapshot_that_lost_a_picture_is_not_read(tmp_path):
    made = build_snapshot(BASE, [labelled(tmp_path)], Champion(), tmp_path / "made")
    next((made.folder / CONTENT).iterdir()).unlink()
    with pytest.raises(ValueError, match="lacks files, or has more than it should"):
        read_snapshot(made.folder)


def test_changed_picture_of_a_snapshot_is_noticed_when_it_is_read(tmp_path):
    made = build_snapshot(BASE, [labelled(tmp_path)], Champion(), tmp_path / "made")
    value = made.table(ROWS)["image"].iloc[0]
    (made.folder / CONTENT / kind_of("image").identity(value)).write_bytes(picture(seed=5))
    with pytest.raises(ValueError, match="has changed since the dataset was loaded"):
        read(value)


def test_examples_are_held_out_by_content_wherever_their_pictures_lie(tmp_path):
    made = build_snapshot(BASE, [labelled(tmp_path)], Champion(), tmp_path / "made")
    moved = snapshot_dataset(made).test
    kinds = [kind_of(name) for name in BASE.inputs]
    known = {
        tuple(kind.identity(value) for kind, value in zip(kinds, row, strict=True))
        for row in BASE.test[list(BASE.inputs)].itertuples(index=False)
    }
    assert moved["image"][0] != BASE.test["image"][0]
    assert without(moved, known, BASE.inputs).empty


def test_held_row_shows_its_picture_to_the_person_who_reviews(tmp_path):
    row = BASE.train.iloc[0]
    wrong = next(name for name in LABEL_NAMES if name != LABEL_NAMES[row["label"]])
    line = {"text": row["text"], "image_sha256": kind_of("image").identity(row["image"]), "label": wrong}
    made = build_snapshot(BASE, [feedback(tmp_path, line)], Champion(), tmp_path / "made")
    held = json.loads((made.folder / "held.jsonl").read_text())
    assert held["image"] == row["image"] == inline_reference(read(row["image"]))
