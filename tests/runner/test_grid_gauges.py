import logging

from prometheus_client.parser import text_string_to_metric_families

from textlab.runner.grid_gauges import grid_gauges


def test_a_file_that_cannot_be_written_is_one_warning(tmp_path, caplog):
    (tmp_path / "metrics").write_text("not a folder")
    with caplog.at_level(logging.WARNING), grid_gauges("g", ["a"], [], tmp_path / "metrics" / "g.prom") as gauges:
        gauges.write()
    (warning,) = caplog.messages
    assert warning.startswith(f"{tmp_path / 'metrics' / 'g.prom'} is not kept up to date: ")


def test_a_name_that_cannot_be_written_is_one_warning_and_leaves_no_file(tmp_path, caplog):
    with caplog.at_level(logging.WARNING), grid_gauges("caf\udce9", ["a"], [], tmp_path / "g.prom"):
        pass
    assert len(caplog.messages) == 1
    assert not list(tmp_path.iterdir())


def test_a_name_with_quotes_and_line_ends_stays_one_label(tmp_path):
    name = 'a"} 1\ntextlab_grid_cells{grid="b\\'
    with grid_gauges(name, ["a"], [], tmp_path / "g.prom"):
        families = list(text_string_to_metric_families((tmp_path / "g.prom").read_text(encoding="utf-8")))
    assert {sample.labels["grid"] for family in families for sample in family.samples} == {name}


def test_cells_are_due_until_they_end(tmp_path):
    with grid_gauges("g", ["a", "b"], [], tmp_path / "g.prom"):
        assert 'textlab_grid_cells{grid="g",status="due"} 2.0' in (tmp_path / "g.prom").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["g.prom"]
