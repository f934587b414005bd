"""Switch a running service to another version of its model, over HTTP."""

import os
from typing import Any

KEY = "TEXTLAB_SERVICE_KEY"
OK = 200
SECONDS_TO_CONNECT = 5
SECONDS_TO_SWITCH = 600  # every worker loads the version first


def admin_key() -> str:
    """Read the key of an admin from the environment.

    Raises:
        ValueError: the variable is not set.
    """
    key = os.environ.get(KEY, "").strip()
    if not key:
        raise ValueError(
            f"A service switches its version only for an admin, and {KEY} is not set. Set it to a key with the role "
            "admin (python -m api key NAME admin)."
        )
    return key


def check_service(url: str, name: str) -> None:
    """Check that a service at `url` answers and serves the model `name`.

    Raises:
        ValueError: the address is no address of a service, nobody answers, or the service serves another model.
    """
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"{url} is not the address of a service. Write it like http://127.0.0.1:8000.")
    served = _answer("GET", url, "/health/ready")["model"]["name"]
    if served != name:
        raise ValueError(
            f"The service at {url} serves the model {served}, not {name}. Give the address of the service of {name}."
        )


def switch(url: str, number: int, key: str) -> int:
    """Let the service at `url` serve the version `number` in all workers.

    Returns:
        The version that it served before.

    Raises:
        ValueError: nobody answers, or the service refuses and keeps its version.
    """
    return int(_answer("POST", url, f"/models/load/{number}", {"X-API-Key": key})["before"])


def _answer(method: str, url: str, path: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Send a request without a body, and return the JSON object of the answer."""
    import requests

    timeout = (SECONDS_TO_CONNECT, SECONDS_TO_SWITCH)
    try:
        # A redirection could send the key to another server.
        answer = requests.request(
            method, url.rstrip("/") + path, headers=headers, timeout=timeout, allow_redirects=False
        )
    except requests.RequestException as error:
        raise ValueError(
            f"No service answers at {url} ({type(error).__name__}). Check the address, or start the service with "
            "make serve."
        ) from error
    try:
        document = answer.json()
    except requests.JSONDecodeError:
        document = None
    is_answer = isinstance(document, dict) and isinstance(document.get("model"), dict)
    is_problem = isinstance(document, dict) and "detail" in document
    if not (is_answer if answer.status_code == OK else is_problem):
        raise ValueError(
            f"The server at {url} does not answer {path} like a service of textlab (status {answer.status_code}). "
            "Check the address."
        )
    if not is_answer:
        raise ValueError(f"The service at {url} refused with status {answer.status_code}: {document['detail']}")
    return document
