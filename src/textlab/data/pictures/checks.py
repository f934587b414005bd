"""The results of checks, kept by the content of a picture, so that no picture is decoded twice."""

import hashlib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from textlab import appended_lines
from textlab.data.pictures import store
from textlab.inputs.pictures import DEFAULT_LIMITS, Limits, PictureError, checked
from textlab.reach import code_digest


@dataclass(frozen=True)
class Check:
    """The result of checking a picture.

    Attributes:
        digest: the sha256 of the picture as it came.
        refusal: two sentences on why it is refused; "" if it passed.
        changes: what was changed in it; the changed picture is in the store.
        stored: the name of the changed picture in the store; "" if nothing was changed.
    """

    digest: str
    refusal: str = ""
    changes: tuple[str, ...] = ()
    stored: str = ""


class Checks:
    """The checks of all pictures that were ever read with these limits, kept in a file of one JSON object a line.

    Another version of the checks or of Pillow begins another file. Processes may add to it at the same time.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.limits = limits
        name = hashlib.sha256(f"{_code()} {limits}".encode()).hexdigest()[:16]
        self._path = store.FOLDER / f"checks-{name}.jsonl"
        self._known = _read(self._path)
        self._new: list[Check] = []

    def check(self, content: bytes) -> Check:
        """Return the result for a picture, which is decoded only if it is not known. Threads may call it together."""
        digest = hashlib.sha256(content).hexdigest()
        known = self._known.get(digest)
        if known is not None and (not known.stored or store.path_of(known.stored).exists()):
            return known
        found = self._known[digest] = self._decoded(digest, content)
        self._new.append(found)
        return found

    def _decoded(self, digest: str, content: bytes) -> Check:
        try:
            picture = checked(content, self.limits)
        except PictureError as error:
            return Check(digest, str(error))
        if not picture.changes:
            return Check(digest)
        path = store.store(picture.content, hashlib.sha256(picture.content).hexdigest())
        return Check(digest, "", picture.changes, path.name)

    def save(self) -> None:
        """Add the new results to the file."""
        appended_lines.append(self._path, map(asdict, self._new))
        self._new.clear()


@cache
def _code() -> str:
    return code_digest("textlab.inputs.pictures", libraries=("pillow",))


def _read(path: Path) -> dict[str, Check]:
    known = {}
    for fields in appended_lines.read(path):
        check = Check(fields["digest"], fields["refusal"], tuple(fields["changes"]), fields["stored"])
        known[check.digest] = check
    return known
