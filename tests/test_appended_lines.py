"""Files of JSON lines that several processes add to."""

from textlab import appended_lines


def test_values_are_read_as_they_were_added(tmp_path):
    path = tmp_path / "new" / "lines.jsonl"
    assert list(appended_lines.read(path)) == []
    appended_lines.append(path, [["a", 1], {"b": "é"}])
    appended_lines.append(path, [])
    appended_lines.append(path, [None])
    assert list(appended_lines.read(path)) == [["a", 1], {"b": "é"}, None]


def test_line_that_was_cut_is_lost_with_the_one_behind_it_and_no_other(tmp_path):
    path = tmp_path / "lines.jsonl"
    appended_lines.append(path, [["first", 1], ["second", 2]])
    path.write_bytes(path.read_bytes()[:-4])
    appended_lines.append(path, [["third", 3], ["fourth", 4]])
    assert list(appended_lines.read(path)) == [["first", 1], ["fourth", 4]]
