import logging

from textlab.runner.grid_gauges import grid_gauges


def test_a_file_that_cannot_be_written_is_one_warning(tmp_path, caplog):
    (tmp_path / "metrics").write_text("not a folder")
    with caplog.at_level(logging.WARNING), grid_gauges("g", ["a"], [], tmp_path / "metrics" / "g.prom") as gauges:
        gauges.write()
    (warning,) = caplog.messages
    assert warning.startswith(f"{tmp_path / 'metrics' / 'g.prom'} is not kept up to date: ")


def test_cells_are_due_until_they_end(tmp_path):
    with grid_gauges("g", ["a", "b"], [], tmp_path / "g.prom"):
        assert 'textlab_grid_cells{grid="g",status="due"} 2.0' in (tmp_path / "g.prom").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["g.prom"]
