import json
import time

import numpy as np
import pytest

from textlab.bundle_format.labels import labels_digest
from textlab.monitoring import traffic as module
from textlab.monitoring.traffic import read_traffic
from textlab.sealing import Keys, LineFile, SealError

KEYS = Keys({"k": bytes(range(32))})
LABELS = ("negative", "positive")
NOW = 1_764_525_600.0


def line(number: int, **changes) -> dict:
    recorded = {
        "id": f"id{number}",
        "time": NOW + number,
        "model": "sentiment",
        "version": 3,
        "labels_digest": labels_digest(LABELS),
        "probabilities": [0.25, 0.75],
        "characters": {"text": 10 + number},
        "caller": "c0ffee",
    }
    return recorded | changes


def write(folder, name, lines, end="\n"):
    folder.mkdir(exist_ok=True)
    content = [one if isinstance(one, str) else json.dumps(one) for one in lines]
    (folder / name).write_text("\n".join(content) + end, encoding="utf-8")
    return folder


def read(folder, **changes):
    given = {"name": "sentiment", "version": 3, "label_names": LABELS, "since": NOW, "until": NOW + 1000}
    return read_traffic(folder, **(given | changes))


def test_rows_of_all_segments_are_sorted_by_time(tmp_path):
    write(tmp_path, "1-a.jsonl", [line(4), line(2, probabilities=[0.9, 0.1], caller="other")])
    write(tmp_path, "2-b.jsonl", [line(3), line(1)])
    found = read(tmp_path)
    assert found.ids.tolist() == ["id1", "id2", "id3", "id4"]
    assert found.times.tolist() == [NOW + 1, NOW + 2, NOW + 3, NOW + 4]
    assert found.probabilities[1].tolist() == pytest.approx([0.9, 0.1])
    assert found.callers.tolist() == ["c0ffee", "other", "c0ffee", "c0ffee"]
    assert found.characters.tolist() == [11, 12, 13, 14]
    assert found.versions.tolist() == [3, 3, 3, 3]
    assert (found.texts, found.skipped) == ([], {})
    assert found.probabilities.dtype == np.float32
    assert len(found) == 4


def test_texts_follow_their_rows(tmp_path):
    write(tmp_path, "1.jsonl", [line(2, inputs={"text": "second"}), line(3), line(1, inputs={"text": "first"})])
    found = read(tmp_path)
    assert found.text_rows.tolist() == [0, 1]
    assert found.texts == ["first", "second"]


def test_the_input_text_is_the_text_and_other_inputs_are_joined(tmp_path):
    both = {"title": "mug", "body": "holds tea"}
    more = {"text": "blue", "shop": "ours"}
    recorded = [
        line(1, inputs=both, characters={"title": 3, "body": 9}),
        line(2, inputs=more, characters={"text": 4, "shop": 4}),
    ]
    found = read(write(tmp_path, "1.jsonl", recorded))
    assert found.texts == ["mug holds tea", "blue"]
    assert found.characters.tolist() == [12, 4]


def test_lines_that_cannot_be_used_are_counted_by_reason(tmp_path):
    lines = [
        line(1),
        line(1),
        line(2, model="spam"),
        line(3, version=2),
        line(4, labels_digest=labels_digest(LABELS[::-1])),
        line(5, time=time.time() + 3600),
        line(6, probabilities=[0.5]),
        line(7, probabilities=[0.5, 7.0]),
        line(8, time="noon"),
        "not json",
        "[]",
        '{"id": "x"}',
        json.dumps(line(9)).replace("0.25", "NaN"),
    ]
    found = read(write(tmp_path, "1.jsonl", lines))
    assert found.ids.tolist() == ["id1"]
    assert found.skipped == {
        "a repeated prediction": 1,
        "another model": 1,
        "another version": 1,
        "other labels": 1,
        "a time in the future": 1,
        "a broken line": 7,
    }


def test_the_window_includes_its_start_and_not_its_end(tmp_path):
    write(tmp_path, "1.jsonl", [line(number) for number in range(5)])
    found = read(tmp_path, since=NOW + 1, until=NOW + 3)
    assert found.ids.tolist() == ["id1", "id2"]
    assert found.skipped == {}


def test_a_window_may_reach_into_the_future(tmp_path):
    ahead = time.time() + 86_400
    write(tmp_path, "1.jsonl", [line(1, time=ahead)])
    assert len(read(tmp_path, until=ahead + 1)) == 1


def test_all_versions_with_the_same_labels_can_be_read(tmp_path):
    write(tmp_path, "1.jsonl", [line(1, version=2), line(2)])
    assert read(tmp_path, version=None).versions.tolist() == [2, 3]


def test_an_incomplete_last_line_is_ignored(tmp_path):
    write(tmp_path, "1.jsonl", [line(1), '{"id": "to'], end="")
    write(tmp_path, "2.jsonl", [line(2)])
    found = read(tmp_path)
    assert (found.ids.tolist(), found.skipped) == (["id1", "id2"], {})


def test_an_empty_folder_gives_no_rows(tmp_path):
    found = read(tmp_path)
    assert len(found) == 0
    assert found.probabilities.shape == (0, 2)
    assert found.text_rows.shape == (0,)


def test_a_missing_folder_is_named_with_the_setting_that_records(tmp_path):
    with pytest.raises(ValueError, match=r"There is no folder .*traffic, so .* TEXTLAB_API_RECORD=all"):
        read(tmp_path / "traffic")


def test_texts_are_a_repeatable_sample(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_TEXTS", 50)
    write(tmp_path, "1.jsonl", [line(number, inputs={"text": f"text {number}"}) for number in range(500)])
    found, again, other = read(tmp_path), read(tmp_path), read(tmp_path, seed=1)
    assert found.texts == [f"text {row}" for row in found.text_rows]
    assert (len(found.texts), len(set(found.texts))) == (50, 50)
    assert found.texts == again.texts
    assert found.texts != other.texts
    assert 150 < found.text_rows.mean() < 350  # from the whole window


def sealed(folder, name, batches):
    file = LineFile.create(folder / name, "traffic", KEYS)
    for batch in batches:
        file.append([json.dumps(one).encode() for one in batch])
    file.close()
    return folder / name


def test_sealed_and_clear_segments_are_read_together(tmp_path):
    sealed(tmp_path, "1.jsonl", [[line(1, inputs={"text": "a secret tweet"}), line(3)], [line(4)]])
    write(tmp_path, "2.jsonl", [line(2)])
    found = read(tmp_path, keys=KEYS)
    assert found.ids.tolist() == ["id1", "id2", "id3", "id4"]
    assert found.texts == ["a secret tweet"]


def test_a_changed_record_is_named_by_file_and_line_and_not_quoted(tmp_path):
    path = sealed(tmp_path, "1.jsonl", [[line(1, inputs={"text": "a secret tweet"})], [line(2)]])
    content = bytearray(path.read_bytes())
    content[-40] ^= 1
    path.write_bytes(content)
    with pytest.raises(SealError, match=r"1\.jsonl, line 3: ") as caught:
        read(tmp_path, keys=KEYS)
    assert "secret" not in str(caught.value)


def test_sealed_segments_need_their_key(tmp_path):
    sealed(tmp_path, "1.jsonl", [[line(1)]])
    with pytest.raises(SealError, match="no key is set"):
        read(tmp_path)
    with pytest.raises(SealError, match=r"line 2: .* Set the right key"):
        read(tmp_path, keys=Keys({"k": bytes(32)}))


def test_a_record_that_a_crash_has_cut_off_is_ignored(tmp_path):
    path = sealed(tmp_path, "1.jsonl", [[line(1)], [line(2)]])
    path.write_bytes(path.read_bytes()[:-20])
    assert read(tmp_path, keys=KEYS).ids.tolist() == ["id1"]


def test_a_segment_that_disappears_meanwhile_is_skipped(tmp_path, monkeypatch):
    write(tmp_path, "1.jsonl", [line(1)])
    write(tmp_path, "2.jsonl", [line(2)])
    segments = module._segments(tmp_path)
    monkeypatch.setattr(module, "_segments", lambda folder: [*segments, tmp_path / "3.jsonl"])
    assert read(tmp_path).ids.tolist() == ["id1", "id2"]


def test_progress_counts_bytes(tmp_path, capsys):
    write(tmp_path, "1.jsonl", [line(number) for number in range(20)])
    read(tmp_path, show_progress=True)
    assert "traffic: 100%" in capsys.readouterr().err
    read(tmp_path)
    assert capsys.readouterr().err == ""
