"""dvc.yaml names commands, files and grids that exist, and no secret is committed."""

import re
import shlex
from pathlib import Path

import pytest
import typer
import yaml

from docs.generator.commands import command_apps
from textlab.runner.planning.grid_file import read_grid

ROOT = Path(__file__).resolve().parents[1]
PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
LOCK = yaml.safe_load((ROOT / "dvc.lock").read_text(encoding="utf-8"))
GRID = PIPELINE["vars"][1]["grid"]
WRITTEN = ("data/raw/", "reports/", "models/")


def filled(text):
    """The text with its variables, as DVC fills them in: the keys of the grid file, and those of dvc.yaml."""
    values = yaml.safe_load((ROOT / GRID).read_text(encoding="utf-8")) | PIPELINE["vars"][1]
    return re.sub(r"\$\{(\w+)\}", lambda match: str(values[match[1]]), text)


def paths_of(entries):
    return {filled(next(iter(entry)) if isinstance(entry, dict) else entry) for entry in entries}


def outputs(stage):
    return paths_of([*stage.get("outs", ()), *stage.get("metrics", ())])


@pytest.mark.parametrize("stage", list(PIPELINE["stages"]))
def test_the_command_of_a_stage_parses(stage):
    program, *words = shlex.split(filled(PIPELINE["stages"][stage]["cmd"]))
    assert program == "python"  # dvc.lock holds the command, so it names no machine's path
    count = 2 if words[0] == "-m" else 1
    command = typer.main.get_command(command_apps()[" ".join(["python", *words[:count]])])
    name, *options = words[count:]
    if hasattr(command, "commands"):
        command.commands[name].make_context(name, options)
    else:
        command.make_context("command", [name, *options])


def test_what_a_stage_depends_on_exists_or_is_written_by_an_earlier_stage():
    written: set[str] = set()
    for stage in PIPELINE["stages"].values():
        for path in paths_of(stage["deps"]):
            assert path in written or (ROOT / path).exists(), path
        written |= outputs(stage)


def test_stages_write_only_where_git_does_not_look():
    assert {
        path for stage in PIPELINE["stages"].values() for path in outputs(stage) if not path.startswith(WRITTEN)
    } == set()


def test_the_grid_of_the_pipeline_is_a_grid_and_all_its_keys_are_parameters():
    grid = read_grid(ROOT / GRID)
    assert PIPELINE["vars"][0] == GRID
    assert PIPELINE["stages"]["grid"]["params"] == [{"${grid}": None}]
    assert LOCK["stages"]["grid"]["params"][GRID]["name"] == grid.name


def test_the_plots_draw_what_a_stage_writes_with_templates_that_exist():
    written = set().union(*map(outputs, PIPELINE["stages"].values()))
    for plot in PIPELINE["plots"]:
        ((_, drawn),) = plot.items()
        assert set(drawn["y"]) <= written
        assert (ROOT / ".dvc" / "plots" / f"{drawn['template']}.json").is_file()


def test_the_lock_has_every_stage_that_needs_no_traffic_and_no_path_of_a_machine():
    assert set(LOCK["stages"]) == set(PIPELINE["stages"]) - {"monitor"}
    text = (ROOT / "dvc.lock").read_text(encoding="utf-8")
    assert re.search(r"(^|\s)/", text) is None
    for name, stage in LOCK["stages"].items():
        assert stage["cmd"] == filled(PIPELINE["stages"][name]["cmd"])


def test_credentials_are_neither_in_the_configuration_nor_in_git():
    assert not re.search("secret|password|key", (ROOT / ".dvc" / "config").read_text(encoding="utf-8"), re.IGNORECASE)
    assert "/config.local" in (ROOT / ".dvc" / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_recorded_texts_are_hidden_from_dvc():
    assert "/models/.service" in (ROOT / ".dvcignore").read_text(encoding="utf-8").splitlines()
    (page,) = (options for out in PIPELINE["stages"]["monitor"]["outs"] for options in out.values())
    assert page["cache"] is False  # a page that may show texts is not pushed


def test_compose_makes_the_bucket_of_the_remote():
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    (bucket,) = re.findall(r"url = s3://(\S+)", (ROOT / ".dvc" / "config").read_text(encoding="utf-8"))
    assert f"store/{bucket} " in compose or f"store/{bucket}\n" in compose
