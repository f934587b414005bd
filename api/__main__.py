"""`python -m api` lists the settings of the service; `python -m api key NAME ROLE...` makes an API key."""

import hashlib
import json
import secrets
import sys

from api.settings import listing


def main(arguments: list[str]) -> int:
    """Run the command; its exit code."""
    if not arguments:
        print(listing())
        return 0
    if arguments[0] == "key" and len(arguments) > 2:
        _, name, *roles = arguments
        key = secrets.token_urlsafe(32)
        print(f"The key, shown this once: {key}", file=sys.stderr)
        print("For the file that TEXTLAB_API_KEYS_FILE names:", file=sys.stderr)
        print(json.dumps({name: {"sha256": hashlib.sha256(key.encode()).hexdigest(), "roles": roles}}))
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
