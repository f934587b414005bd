"""The build context: the files that .dockerignore lets through, and COPY."""

import fnmatch
import os
import shutil
from collections.abc import Iterator
from pathlib import Path


class Context:
    """A folder as `docker build` would send it.

    Patterns with `**` in another place than the beginning are not supported.
    """

    def __init__(self, folder: Path) -> None:
        """Read `.dockerignore`, if the folder holds one."""
        self.folder = folder
        file = folder / ".dockerignore"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        self.patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]

    def sends(self, path: str) -> bool:
        """Return whether the context contains the file at this relative path. The last pattern that fits decides."""
        parts = path.split("/")
        places = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        sent = True
        for pattern in self.patterns:
            wanted = pattern.removeprefix("!")
            anywhere = wanted.startswith("**/")
            tried = parts if anywhere else places
            depth = wanted.count("/")
            if any(
                fnmatch.fnmatchcase(place, wanted.removeprefix("**/")) and (anywhere or place.count("/") == depth)
                for place in tried
            ):
                sent = pattern.startswith("!")
        return sent

    def files(self, source: str) -> Iterator[str]:
        """Return the relative paths of the files that a source of COPY names, in sorted order."""
        start = self.folder / source
        found = [start] if start.is_file() else (file for file in start.rglob("*") if file.is_file())
        relative = (file.relative_to(self.folder).as_posix() for file in found)
        return (path for path in sorted(relative) if self.sends(path))

    def copy(self, source: str, target: Path) -> None:
        """Copy a file, or what is in a folder, as COPY does. A target that ends in a slash is a folder.

        Raises:
            ValueError: The context has no file there.
        """
        files = list(self.files(source))
        if not files:
            raise ValueError(f"COPY {source} finds no file in {self.folder}. Create it, or let it pass .dockerignore.")
        for path in files:
            inner = os.path.relpath(path, source) if (self.folder / source).is_dir() else ""
            place = target / inner if inner else target
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.folder / path, place)
