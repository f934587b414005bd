"""The files of the O*NET 27 database that are read, cut to a few columns."""

from pathlib import Path

import pandas as pd

from textlab.data.reading import files


def _cut(name: str, upstream: str, columns: str, checksum: str) -> files.RemoteFile:
    """Describe a file of O*NET 27 that was cut to a few columns and written as CSV."""
    return files.RemoteFile(
        path=f"onet/{name}",
        url="",
        checksums=(checksum,),
        by_hand=f'To make it: take "{upstream}" from the text files of the O*NET 27 database '
        f"(https://www.onetcenter.org/db_releases.html), keep the columns {columns}, and write them with pandas: "
        f'to_csv("{name}", index=False). Its sha256 must be {checksum}.',
    )


OCCUPATIONS = _cut(
    "occupation_data.csv",
    "Occupation Data.txt",
    "O*NET-SOC Code, Title and Description",
    "e43dba44e7a674629c25f55ec6d0ae50369321905e45d306d0aa80498abd139f",
)
TITLES = _cut(
    "alternate_titles.csv",
    "Alternate Titles.txt",
    "O*NET-SOC Code and Alternate Title",
    "33aee23a0c9433c50a1bbc59607ff00931c28f8c41aa99db1149204243f89967",
)
TASKS = _cut(
    "task_statements.csv",
    "Task Statements.txt",
    "O*NET-SOC Code, Task ID, Task and Task Type",
    "7d3264d67d8a5a6c5533a611425a94e6ded13187a0c426a63394a60efa092338",
)
RELATED = _cut(
    "related_occupations.csv",
    "Related Occupations.txt",
    "O*NET-SOC Code, Related O*NET-SOC Code, Relatedness Tier and Index",
    "cd8f9f24e5b2628197c1785aa4f1079fee1c1206913e8d54b8eed98aa6b18904",
)
SOFTWARE = _cut(
    "technology_skills.csv",
    "Technology Skills.txt",
    "O*NET-SOC Code, Example, Commodity Title and Hot Technology",
    "6146d2e7da226acd847f44136ffcc8d7d224abbd704e2313ff71b8786e6f27a1",
)


def read(path: Path) -> pd.DataFrame:
    """Read a file into strings, each row indexed by its file and line; no cell spans lines."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    return table.set_index(pd.Index([f"{path.name}:{line}" for line in range(2, len(table) + 2)]))
