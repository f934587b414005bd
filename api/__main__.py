"""The command `python -m api`: list the settings of the service, or create an API key."""

import argparse
import hashlib
import json
import secrets
import sys

from api.access.callers import ROLES
from api.settings import listing


def main(arguments: list[str]) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m api",
        description="List the settings of the service. They are environment variables.",
    )
    commands = parser.add_subparsers(dest="command")
    key = commands.add_parser("key", help="create an API key", description="Create an API key.")
    key.add_argument("name", help="who will use the key")
    key.add_argument("roles", nargs="+", choices=ROLES, metavar="role", help=", ".join(ROLES))
    given = parser.parse_args(arguments)
    if given.command == "key":
        _create_key(given.name, given.roles)
    else:
        print(listing())
    return 0


def _create_key(name: str, roles: list[str]) -> None:
    """Print the key to stderr, and its entry for the file of keys to stdout."""
    key = secrets.token_urlsafe(32)
    print(f"API key, shown only once: {key}", file=sys.stderr)
    print("Add this entry to the file that TEXTLAB_API_KEYS_FILE names:", file=sys.stderr)
    print(json.dumps({name: {"sha256": hashlib.sha256(key.encode()).hexdigest(), "roles": roles}}))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
