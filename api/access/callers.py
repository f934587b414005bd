"""Callers, their roles, and the file of API keys."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from api.settings import SettingsError

Role = Literal["predict", "explain", "feedback", "admin"]
ROLES = get_args(Role)


@dataclass(frozen=True)
class Caller:
    """A client: its name, for rate limits and the audit log, and its roles."""

    name: str
    roles: frozenset[str]


def callers_by_key(path: Path) -> dict[str, Caller]:
    """Read the file of API keys, {name: {"sha256": digest of the key, "roles": [...]}}, as callers by digest.

    Raises:
        SettingsError: the file cannot be read, or it names an unknown role.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        callers = {
            entry["sha256"].lower(): Caller(f"key {name}", frozenset(entry["roles"]))
            for name, entry in document.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"TEXTLAB_API_KEYS_FILE names {path}, which is not a file of API keys ({type(error).__name__}). "
            "Write into it what `python -m api key NAME ROLE` prints."
        ) from None
    unknown = {role for caller in callers.values() for role in caller.roles} - set(ROLES)
    if unknown:
        raise SettingsError(f"{path} names unknown roles: {', '.join(sorted(unknown))}. Use {', '.join(ROLES)}.")
    return callers
