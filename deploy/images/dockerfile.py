"""Reads a Dockerfile into stages and instructions, as far as the Dockerfiles of this repository need it."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

KNOWN = {"ARG", "CMD", "COPY", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "RUN", "USER", "VOLUME", "WORKDIR"}


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile: its name in capitals, and the rest of it on one line."""

    name: str
    text: str

    def assignments(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The variables that ENV or ARG sets, with `$NAME` replaced by its value in `environment`."""
        pairs = (part.partition("=") for part in shlex.split(self.text))
        return {name: Template(value).safe_substitute(environment) for name, _, value in pairs}

    def command(self) -> list[str]:
        """The words of CMD or HEALTHCHECK, which must be in the JSON form.

        Raises:
            ValueError: The command has another form.
        """
        words = re.search(r"\[.*\]$", self.text)
        if words is None:
            raise ValueError(f'{self.name} {self.text} is not in the JSON form. Write it as ["program", "argument"].')
        return [str(word) for word in json.loads(words[0])]


@dataclass(frozen=True)
class Stage:
    """A stage of a build: the image that FROM names, the name of the stage if it has one, and its instructions."""

    base: str
    name: str | None
    instructions: list[Instruction] = field(default_factory=list)


def read_dockerfile(path: Path) -> list[Stage]:
    """The stages of a Dockerfile; the last one is the image.

    Raises:
        ValueError: An instruction is not one of those that can be executed here.
    """
    text = re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    stages: list[Stage] = []
    for line in re.sub(r"\s*\\\n\s*", " ", text).splitlines():
        name, _, rest = line.strip().partition(" ")
        if not name:
            continue
        if name not in KNOWN or (name != "FROM" and not stages):
            raise ValueError(f"{path} contains '{line}', which cannot be executed here. Known: {', '.join(KNOWN)}.")
        if name == "FROM":
            base, *alias = rest.split()
            stages.append(Stage(base, alias[1] if alias else None))
        else:
            stages[-1].instructions.append(Instruction(name, rest.strip()))
    return stages
