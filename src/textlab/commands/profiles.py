"""Build profiles of people for a search, and collect what they are made from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from textlab.commands.console import Verbose, errors_without_traceback

EPILOG = """Examples:

python -m textlab profiles collect --query "location:Berlin language:python" --output data/raw/github/berlin --limit 200

python -m textlab profiles build --users users.csv --repositories repositories.csv --output data/processed/profiles
"""

profiles = typer.Typer(
    help="Build the profiles that a search for people reads, from users and their repositories.",
    epilog=EPILOG,
    no_args_is_help=True,
)


@profiles.command(epilog=EPILOG)
def build(
    users: Annotated[Path, typer.Option(help="CSV file with the columns login, name, bio and location.")],
    repositories: Annotated[
        Path,
        typer.Option(
            help="CSV file with the columns owner, name, description, language, topics, stars, fork, created_at and "
            "pushed_at."
        ),
    ],
    output: Annotated[Path, typer.Option(help="Folder for the profiles: new, or with earlier profiles.")],
    verbose: Verbose = False,
) -> None:
    """Write one profile a person into a folder in BEIR's layout.

    The searchable text holds neither name, login, e-mail address, link, gender words, origin nor place. The report says
    how many of each were removed. The folder appears only when it is complete. An index reads it with
    `python -m textlab index add`. It holds personal data, so only its owner may read it.
    """
    from textlab.data.profiles.csv_tables import read_repositories, read_users
    from textlab.data.profiles.report import PreparationReport
    from textlab.data.profiles.snapshot import write_profiles

    with errors_without_traceback(verbose) as console:
        report = PreparationReport()
        with _progress_bar("people") as advance:
            snapshot = write_profiles(
                output, read_users(users, report), read_repositories(repositories, report), report, advance
            )
        read = f"{report.users_read:,} users and {report.repositories_read:,} repositories"
        console.print(escape(f"{output}: {snapshot.profiles:,} profiles from {read}."), soft_wrap=True)
        for counts in (report.left_out, {f"removed: {kind}": count for kind, count in report.removed.items()}):
            for reason, count in counts.items():
                console.print(escape(f"  {reason}: {count:,}"), soft_wrap=True)
        console.print(f"Digest {snapshot.digest}.", soft_wrap=True)


@profiles.command(epilog=EPILOG)
def collect(
    output: Annotated[Path, typer.Option(help="Folder for users.csv and repositories.csv.")],
    query: Annotated[
        str, typer.Option(help="GitHub's search for users, such as 'location:Berlin language:python'.")
    ] = "",
    login: Annotated[list[str] | None, typer.Option(help="A user to collect. Repeat it for several.")] = None,
    limit: Annotated[
        int, typer.Option(help="The largest number of users. GitHub's search returns up to 1,000.")
    ] = 1000,
    base_url: Annotated[str, typer.Option(help="Address of the REST API, for GitHub Enterprise.")] = (
        "https://api.github.com"
    ),
    verbose: Verbose = False,
) -> None:
    """Collect public users and their repositories from GitHub's REST API.

    Set GITHUB_TOKEN to a personal access token; without one, GitHub allows 60 requests an hour. The command waits when
    a rate limit is reached. If it is interrupted, start it again: it continues. A later call asks only for what has
    changed. What it writes is personal data: read docs/explanations/people-search.md first.
    """
    from textlab.data.github.collection import MOST_FOUND
    from textlab.data.github.collection import collect as collect_users

    with errors_without_traceback(verbose) as console, _progress_bar("users") as advance:
        done = collect_users(output, query, login or [], limit, base_url, advance)
    sent = f"{done.requests:,} requests, {done.unchanged:,} of them unchanged"
    found = f"{output}: {done.users:,} users and {done.repositories:,} repositories ({sent})."
    console.print(escape(found), soft_wrap=True)
    if done.vanished:
        console.print(f"{done.vanished:,} users do not exist any more and are left out.", soft_wrap=True)
    if done.is_cut:
        console.print(
            f"GitHub's search returns at most {MOST_FOUND:,} users, and more match. Narrow the query, for example by "
            "created:2015-01-01..2015-12-31, and collect into several folders.",
            soft_wrap=True,
        )


@contextmanager
def _progress_bar(unit: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes the number of finished items and of all items."""
    from tqdm import tqdm

    with tqdm(unit=f" {unit}", disable=None) as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield advance
