"""The reference of the commands, read from the same objects that print `--help`."""

import html
import inspect
import re
from collections.abc import Iterator
from typing import Any

import typer

from docs.generator.markdown import code, sentence, table

HEADER = """# Commands

This page is generated from the programs' own help. `python` stands for `.venv/bin/python`.
`make` without a target lists the shortcuts for them.
"""


def command_apps() -> dict[str, typer.Typer]:
    """The command-line programs of the project, by the words that start them."""
    from textlab.__main__ import app as models
    from textlab.data.__main__ import app as datasets
    from textlab.models.__main__ import app as families
    from textlab.record.__main__ import app as record
    from textlab.runner.command import app as runner

    return {
        "python run_experiments.py": runner,
        "python -m textlab": models,
        "python -m textlab.data": datasets,
        "python -m textlab.models": families,
        "python -m textlab.record": record,
    }


def commands_page() -> str:
    """The page: a section for each program, a table for each command."""
    parts = [HEADER]
    for started_by, app in command_apps().items():
        parts += [f"## `{started_by}`", *_described(started_by, typer.main.get_command(app))]
    return "\n\n".join([*parts, _service()]) + "\n"


def _described(started_by: str, command: Any) -> Iterator[str]:
    """Help, parameters and examples of a command, and then of its subcommands."""
    yield html.escape(_plain(command.help or ""), quote=False)
    subcommands = getattr(command, "commands", {})
    rows = [row for parameter in command.params if (row := _row(parameter))]
    if rows and not subcommands:
        yield table(["parameter", "default", "meaning"], rows)
    if command.epilog:
        yield _examples(command.epilog)
    for name, each in subcommands.items():
        yield f"### `{started_by} {name}`"
        yield from _described(f"{started_by} {name}", each)


def _row(parameter: Any) -> tuple[str, str, str] | None:
    if "--help" in parameter.opts:
        return None
    is_option = parameter.param_type_name == "option"
    shown = ", ".join(parameter.opts) if is_option else (parameter.metavar or parameter.name).upper()
    return code(shown), code(_default(parameter)), sentence(html.escape(_plain(parameter.help or ""), quote=False))


def _default(parameter: Any) -> str:
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    default = parameter.default
    if default in (None, False, (), []) or callable(default):
        return ""
    from textlab.paths import ROOT

    return str(default).removeprefix(f"{ROOT}/")


def _plain(text: str) -> str:
    r"""Help without Rich's markup: `\[` stands for a bracket."""
    return inspect.cleandoc(text).replace("\\[", "[").replace("\b", "").replace("\f", "")


def _examples(epilog: str) -> str:
    lines = [line for line in _plain(epilog).splitlines() if line.strip() and line.strip() != "Examples:"]
    commented = [re.sub(r"\s+\((.*)\)$", r"  # \1", line) for line in lines]
    return "```bash\n" + "\n".join(commented) + "\n```"


def _service() -> str:
    return """## `python -m api`

Without arguments, the command lists every [setting of the service](settings.md).

### `python -m api key`

The command makes an API key. It prints the key once on the standard error stream, and the JSON entry for
`TEXTLAB_API_KEYS_FILE` on the standard output.

```bash
python -m api key alice predict admin > keys.json
```

The roles are `predict`, `explain`, `feedback` and `admin`."""
