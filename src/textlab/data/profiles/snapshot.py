"""A snapshot of profiles: a folder in BEIR's layout that appears only when it is complete.

    corpus.jsonl    one profile a line: _id, title, text, metadata, digest; sorted by _id
    fields.json     the fields that filters may name, and their kinds
    manifest.json   counts, and the digest of the whole snapshot

Profiles are personal data: the folder has mode 0700, its files 0600.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from textlab.data.profiles.aggregation import make_profile
from textlab.data.profiles.joining import JoinedPeople
from textlab.data.profiles.people import FIELDS, Profile, Repository, User
from textlab.data.profiles.report import LeftOut, PreparationReport
from textlab.paths import replacing_folder

CORPUS, FIELDS_FILE, MANIFEST = "corpus.jsonl", "fields.json", "manifest.json"
FORMAT = 1

Progress = Callable[[int, int], None]  # is called with the number of finished people and of all people


@dataclass(frozen=True)
class ProfileSnapshot:
    """A finished snapshot.

    Attributes:
        folder: its folder.
        digest: the sha256 of fields.json and corpus.jsonl.
        profiles: number of profiles.
        report: what was read, left out and removed.
    """

    folder: Path
    digest: str
    profiles: int
    report: PreparationReport


def build_profiles(
    users: Iterable[User],
    repositories: Iterable[Repository],
    report: PreparationReport,
    progress: Progress = lambda done, total: None,
    scratch: Path | None = None,
) -> Iterator[Profile]:
    """Yield the profile of each user, sorted by login, in memory that does not depend on their number.

    Args:
        users, repositories: the inputs, each read once, in any order.
        report: counts rows and what is removed.
        progress: is called after each person.
        scratch: the folder for the temporary database, of about the size of the inputs; None for the system's.
    """
    with (
        tempfile.TemporaryDirectory(dir=scratch, prefix=".profiles-") as temporary,
        closing(JoinedPeople(Path(temporary) / "people.db", users, repositories, report)) as people,
    ):
        places, total = people.places(), len(people)
        for done, (user, own) in enumerate(people, start=1):
            profile = make_profile(user, own, places, report)
            if profile is None:
                report.leave_out(LeftOut.EMPTY)
            else:
                yield profile
            progress(done, total)


def write_profiles(
    folder: Path,
    users: Iterable[User],
    repositories: Iterable[Repository],
    report: PreparationReport | None = None,
    progress: Progress = lambda done, total: None,
) -> ProfileSnapshot:
    """Build profiles and write them into a folder; it appears only when it is complete.

    An earlier snapshot in the folder is replaced. The same inputs give the same bytes, whatever the order of rows.

    Raises:
        ValueError: the folder holds other files, or no profile remains.
        OSError: the folder cannot be written.
    """
    check_folder(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    report = report or PreparationReport()
    with replacing_folder(folder) as partial:
        partial.chmod(0o700)
        fields = json.dumps({name: str(kind) for name, kind in FIELDS.items()}, indent=1)
        _write(partial / FIELDS_FILE, fields)
        hasher, count = hashlib.sha256(fields.encode()), 0
        corpus = partial / CORPUS
        corpus.touch(mode=0o600)
        with corpus.open("w", encoding="utf-8") as file:
            for profile in build_profiles(users, repositories, report, progress, partial):
                line = json.dumps(profile.document(), ensure_ascii=False) + "\n"
                file.write(line)
                hasher.update(line.encode())
                count += 1
        if not count:
            raise ValueError(
                f"No profile remains of {report.users_read:,} users and {report.repositories_read:,} repositories. "
                "Check that the owners of the repositories are logins of the users."
            )
        digest = hasher.hexdigest()
        manifest = {"format": FORMAT, "digest": digest, "profiles": count, **report.document()}
        _write(partial / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))
    return ProfileSnapshot(folder, digest, count, report)


def check_folder(folder: Path) -> None:
    """Check that a snapshot may be written to a folder: it is new, empty, or holds nothing but a snapshot.

    Raises:
        ValueError: it holds other files.
    """
    if folder.exists() and (
        not folder.is_dir() or {path.name for path in folder.iterdir()} - {CORPUS, FIELDS_FILE, MANIFEST}
    ):
        raise ValueError(f"{folder} holds other files than a snapshot of profiles. Name a new folder.")


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
