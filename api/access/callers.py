"""Who asks, and what the roles are."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from api.settings import SettingsError

Role = Literal["predict", "feedback", "admin"]
ROLES = get_args(Role)


@dataclass(frozen=True)
class Caller:
    """Who asks: a name for limits and audit, and the roles."""

    name: str
    roles: frozenset[str]


def callers_by_key(path: Path) -> dict[str, Caller]:
    """From a JSON file {name: {"sha256": of the key, "roles": [...]}}: the caller by the key's sha256."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        callers = {
            entry["sha256"].lower(): Caller(f"key {name}", frozenset(entry["roles"]))
            for name, entry in document.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"TEXTLAB_API_KEYS_FILE names {path}, which cannot be used ({type(error).__name__}). Expected JSON as "
            "`python -m api key NAME ROLE` prints it."
        ) from None
    unknown = {role for caller in callers.values() for role in caller.roles} - set(ROLES)
    if unknown:
        raise SettingsError(f"{path} names the roles {', '.join(sorted(unknown))}. Expected {', '.join(ROLES)}.")
    return callers
