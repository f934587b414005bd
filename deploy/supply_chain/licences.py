"""List the licences of all locked libraries, and refuse those that licence_rules.toml does not allow.

    python -m deploy.supply_chain.licences .venv .venv-airflow .venv-dvc

The licence of an installed library comes from its metadata. A library that no given environment contains, or whose
metadata say too little, must stand in the table `reviewed` of licence_rules.toml.
"""

import importlib.metadata
import sys
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypedDict

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.utils import canonicalize_name

from deploy.supply_chain.locks import LOCKS, ROOT, locked

PAGE = ROOT / "docs" / "reference" / "licences.md"


class Reviewed(TypedDict):
    """A licence that was looked up by hand, and where."""

    licence: str
    read: str


class Rules(TypedDict):
    """The content of licence_rules.toml."""

    permissive: list[str]
    weak_copyleft: list[str]
    proprietary: list[str]
    spellings: dict[str, str]
    reviewed: dict[str, Reviewed]


def rules() -> Rules:
    """Read licence_rules.toml, which lies beside this file."""
    content: Rules = tomllib.loads(Path(__file__).with_name("licence_rules.toml").read_text(encoding="utf-8"))  # type: ignore[assignment]
    return content


def stated(metadata: importlib.metadata.PackageMetadata, spellings: dict[str, str]) -> str:
    """The licence that metadata state, as an SPDX expression where the spelling is known, else an empty string.

    The order is License-Expression, then License, then the classifiers. Several classifiers are joined by AND, which is
    the stricter reading.
    """
    fields = {name: metadata.get_all(name) or [] for name in ("License-Expression", "License", "Classifier")}
    if fields["License-Expression"]:
        return str(fields["License-Expression"][0])
    text = next((line.strip() for line in "".join(fields["License"]).splitlines() if line.strip()), "")
    try:
        return spellings.get(text) or canonicalize_license_expression(text)
    except InvalidLicenseExpression:  # a name that no one agreed upon, or the first line of a whole licence
        pass
    classified = [one.split(" :: ")[-1] for one in fields["Classifier"] if one.startswith("License ::")]
    return " AND ".join(sorted({spellings.get(one, one) for one in classified if one != "OSI Approved"}))


def permitted(expression: str, allowed: Iterable[str]) -> bool:
    """Return whether allowed licences alone satisfy an SPDX expression without parentheses. AND binds before OR."""
    names = set(allowed)
    alternatives = [choice.split(" AND ") for choice in expression.split(" OR ")]
    return any(all(one.split(" WITH ")[0].strip() in names for one in choice) for choice in alternatives)


def all_of(expressions: Collection[str]) -> str:
    """The licence of a library whose versions state several: all must be met. A choice among them needs a review."""
    if len(expressions) == 1:
        return next(iter(expressions))
    return " AND ".join(f"({one})" if " OR " in one else one for one in sorted(expressions))


def licences(environments: Sequence[Path], known: Rules) -> dict[str, str]:
    """The licence of each locked library, by its name; an empty string where nothing is known."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for environment in environments:
        for folder in environment.glob("lib/python*/site-packages"):
            for library in importlib.metadata.distributions(path=[str(folder)]):
                found[canonicalize_name(library.metadata["Name"])].add(stated(library.metadata, known["spellings"]))
    names = {name for lock in LOCKS.values() for name, _ in locked(lock)}
    reviewed = known["reviewed"]
    patterns = {name: key for name in names for key in sorted(reviewed, key=len) if fnmatchcase(name, key)}
    return {
        name: reviewed[patterns[name]]["licence"] if name in patterns else all_of(found[name]) for name in sorted(names)
    }


def problems(found: dict[str, str], known: Rules) -> list[str]:
    """One sentence pair for each library whose licence is unknown or not allowed."""
    allowed = [*known["permissive"], *known["weak_copyleft"], *known["proprietary"]]
    return [
        f"{name} has the licence '{licence}', which is not allowed. Remove the library, or review its licence in "
        "deploy/supply_chain/licence_rules.toml."
        if licence
        else f"{name} states no licence, or is not installed. Read its licence and add it to the table reviewed in "
        "deploy/supply_chain/licence_rules.toml."
        for name, licence in found.items()
        if not permitted(licence, allowed)
    ]


def page(found: dict[str, str], known: Rules) -> str:
    """The Markdown page of all locked libraries with their licences."""
    uses: defaultdict[str, list[str]] = defaultdict(list)
    versions: defaultdict[str, set[str]] = defaultdict(set)
    for use, lock in LOCKS.items():
        for name, version in sorted(locked(lock)):
            uses[name] += [use] if use not in uses[name] else []
            versions[name].add(version)
    rows = [
        f"| {name} | {', '.join(sorted(versions[name]))} | {found[name]} | {', '.join(uses[name])} |" for name in found
    ]
    groups = {kind: [name for name in found if _kind(found[name], known) == kind] for kind in KINDS}
    summary = [f"| {title} | {len(groups[kind])} | {duty} |" for kind, (title, duty) in KINDS.items()]
    reviewed = [
        f"| {name} | {entry['licence']} | {entry['read']} |" for name, entry in sorted(known["reviewed"].items())
    ]
    return PROSE.format(
        summary="\n".join(summary), reviewed="\n".join(reviewed), rows="\n".join(rows), count=len(found)
    )


KINDS = {
    "permissive": ("permissive", "keep the copyright notices"),
    "weak_copyleft": ("weak copyleft (LGPL, MPL, EPL)", "publish changes of the library itself; textlab changes none"),
    "proprietary": ("NVIDIA's CUDA libraries", "accept NVIDIA's terms; only with `CUDA=1`"),
}
PROSE = """<!-- Written by `make licences`. Change deploy/supply_chain/ instead. -->
# Licences of the libraries

`make licences` writes this page from the lock files and from the metadata of the installed libraries. It fails if a
licence is unknown or not allowed. None of the {count} locked libraries forbids commercial use.

| licences | libraries | duty |
|---|---|---|
{summary}

The CUDA libraries are NVIDIA's proprietary software. Their agreement does not exclude commercial use. They may be
passed on as part of an application, not alone. No image contains them.

Metadata describe the library as a whole. Some wheels also contain compiled libraries of others, with their licences.
The page lists neither Debian's packages in the images nor tools that `make` downloads for a single call.

## Looked up by hand

The metadata of these libraries say too little, or neither `make` nor `make airflow` installs them on Linux.

| library | licence | where it was read |
|---|---|---|
{reviewed}

## All libraries

| library | version | licence | used by |
|---|---|---|---|
{rows}
"""


def _kind(licence: str, known: Rules) -> str:
    """The kind with the fewest duties among those that the licence permits."""
    if permitted(licence, known["permissive"]):
        return "permissive"
    return "weak_copyleft" if permitted(licence, [*known["permissive"], *known["weak_copyleft"]]) else "proprietary"


def main(arguments: Sequence[str]) -> int:
    """Write the page, or print what is wrong. Return the exit status."""
    known = rules()
    found = licences([Path(argument) for argument in arguments], known)
    wrong = problems(found, known)
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        return 1
    PAGE.write_text(page(found, known), encoding="utf-8")
    print(f"{len(found)} libraries, all allowed. {PAGE.relative_to(ROOT)} lists them.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
