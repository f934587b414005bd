"""The deployed versions, and the choice of the one that answers a caller.

    champion   answers every caller whom the canary does not answer
    canary     answers a stable share of the callers
    shadow     answers nobody; it classifies copies of answered texts

All processes of a run share the deployment in memory. It is not backed by a file, because a process that accesses a
mapped file on a full disk dies of SIGBUS.
"""

import hashlib
import mmap
import secrets
import struct
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

Route = Literal["champion", "canary"]  # what answers a request
Role = Literal["canary", "shadow"]  # roles of versions beside the champion
ROLES: tuple[Role, ...] = ("canary", "shadow")

PERCENT_BITS = 7
HASHES = 2**64
KEY_BYTES = 16


class Deployment(NamedTuple):
    """The deployed versions at one moment. 0 stands for none.

    Attributes:
        champion: the champion; 0 before the first model is loaded.
        canary: the canary. One that failed counts as none.
        percent: share of the callers whom the canary answers.
        shadow: the shadow. One that failed counts as none.
        failed_canary, failed_shadow: the version that was switched off because it failed, until the next one.
    """

    champion: int
    canary: int
    percent: int
    shadow: int
    failed_canary: int
    failed_shadow: int

    @property
    def versions(self) -> set[int]:
        """The versions that every worker holds in memory."""
        return {self.champion, self.canary, self.shadow} - {0}

    def version(self, role: Role) -> int:
        """The version that has a role."""
        return self.canary if role == "canary" else self.shadow

    def failed(self, role: Role) -> int:
        """The version that failed in a role."""
        return self.failed_canary if role == "canary" else self.failed_shadow


class SharedDeployment:
    """The deployment in memory that the main process shares with the workers that it forks.

    Each of its numbers is written in one step. A failure names the version that failed, so that it cannot end a version
    that another process deploys at the same moment.
    """

    _deployments: ClassVar[dict[Path, "SharedDeployment"]] = {}  # the key is the folder of the run
    _format = struct.Struct("<5q")
    _number = struct.Struct("<q")
    _champion, _canary, _shadow = range(3)
    _failed_places: ClassVar[dict[Role, int]] = {"canary": 3, "shadow": 4}

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, self._format.size)
        self._key = secrets.token_bytes(KEY_BYTES)

    @classmethod
    def of(cls, folder: Path) -> "SharedDeployment":
        """The deployment of the run with this folder, which forked processes inherit."""
        return cls._deployments.setdefault(folder.absolute(), cls())

    @property
    def champion(self) -> int:
        """The champion, 0 before the first model is loaded."""
        return self._number.unpack_from(self._memory)[0]

    def get(self) -> Deployment:
        """The deployed versions."""
        champion, canary, shadow, failed_canary, failed_shadow = self._format.unpack_from(self._memory)
        number, percent = canary >> PERCENT_BITS, canary & (2**PERCENT_BITS - 1)
        if number == failed_canary:
            number = percent = 0
        if shadow == failed_shadow:
            shadow = 0
        return Deployment(champion, number, percent, shadow, failed_canary, failed_shadow)

    def route(self, caller: str) -> Route:
        """Return the version that answers a caller.

        It stays the same for a canary, and a higher percentage only adds callers to it.

        The callers of a canary are chosen by a keyed hash of its number and their names. The key is made for each run.
        """
        deployment = self.get()
        if not deployment.canary:
            return "champion"
        name = f"{deployment.canary} {caller}".encode("utf-8", "surrogatepass")
        found = int.from_bytes(hashlib.blake2b(name, key=self._key, digest_size=8).digest(), "big")
        return "canary" if found * 100 < deployment.percent * HASHES else "champion"

    def set_champion(self, number: int) -> None:
        """Let a version answer. If it was the canary or the shadow, it has that role no longer."""
        deployment = self.get()
        self._set(self._champion, number)
        for role in ROLES:
            if number in (deployment.version(role), deployment.failed(role)):
                self.end(role)

    def deploy(self, role: Role, number: int, percent: int = 0) -> None:
        """Give a version a role. If it had the other role, it has that one no longer.

        Args:
            role: the role.
            number: the version, or 0 for none.
            percent: share of the callers whom a canary answers.
        """
        deployment = self.get()
        if role == "canary":
            self._set(self._canary, number << PERCENT_BITS | percent)
        else:
            self._set(self._shadow, number)
        if not number or number != deployment.version(role):
            self._set(self._failed_places[role], 0)
        for other in ROLES:
            if number and other != role and number == deployment.version(other):
                self.end(other)

    def end(self, role: Role) -> None:
        """End a role."""
        self.deploy(role, 0)

    def switch_off(self, role: Role, number: int) -> bool:
        """Record that a version failed in a role, which ends the role. Returns whether the version still had it."""
        if number != self.get().version(role):
            return False
        self._set(self._failed_places[role], number)
        return True

    def _set(self, place: int, number: int) -> None:
        start = place * self._number.size
        self._memory[start : start + self._number.size] = self._number.pack(number)  # pack_into would write zeros first
