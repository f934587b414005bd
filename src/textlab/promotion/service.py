"""Switch a running service to another version of its model, over HTTP."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textlab.bundle_format.signature import SERVED_INPUTS, is_served, read_signature

if TYPE_CHECKING:
    from requests import Response

KEY = "TEXTLAB_SERVICE_KEY"
OK = 200
SECONDS_TO_CONNECT = 5
SECONDS_TO_SWITCH = 600  # every worker loads the version first


def check_swap(url: str | None, name: str) -> None:
    """Check, before anything changes, that the service at `url` can be switched; without an address, check nothing.

    Args:
        url: the address of a service.
        name: the name of the model that it must serve.

    Raises:
        ValueError: see `admin_key` and `check_service`.
    """
    if url is not None:
        admin_key()
        check_service(url, name)


def swapped(url: str | None, folder: Path) -> str:
    """Switch the service at `url` to the promoted bundle in `folder`, and say so; without `url`, say how to do it.

    Raises:
        ValueError: see `switch`.
    """
    number, inputs = int(folder.name), read_signature(folder).input_names
    if not is_served(inputs):
        return (
            f"The service cannot run this model: the model reads {', '.join(inputs)}, and a request carries only "
            f"{' and '.join(SERVED_INPUTS)}. Use the model with python -m textlab predict."
        )
    if url is None:
        address = f"http://127.0.0.1:8000/models/load/{number}"
        return (
            "A running service keeps its version. Switch it with --swap URL, or with\n"
            f'    curl -X POST {address} --header "X-API-Key: ${KEY}"'
        )
    return f"The service at {url} has switched from number {switch(url, number, admin_key())} to {number}."


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
    served_number(url, name)


def served_number(url: str, name: str) -> int:
    """Return the number of the model `name` that the service at `url` serves.

    Raises:
        ValueError: nobody answers, or the service serves another model.
    """
    served = _answer("GET", url, "/health/ready")["model"]
    if served["name"] != name:
        raise ValueError(
            f"The service at {url} serves the model {served['name']}, not {name}. Give the address of the service of "
            f"{name}."
        )
    return int(served["version"])


def switch(url: str, number: int, key: str) -> int:
    """Let the service at `url` serve the version `number` in all workers.

    Returns:
        The version that it served before.

    Raises:
        ValueError: nobody answers, or the service refuses and keeps its version.
    """
    return int(_answer("POST", url, f"/models/load/{number}", {"X-API-Key": key})["before"])


def read_metrics(url: str, key: str) -> str:
    """Return the metrics of the service at `url`, in the text format of Prometheus.

    Raises:
        ValueError: nobody answers, or the service refuses.
    """
    answer = _request("GET", url, "/metrics", {"X-API-Key": key})
    if answer.status_code != OK:
        raise ValueError(
            f"The service at {url} does not show its metrics (status {answer.status_code}). Set {KEY} to a key with "
            "the role admin."
        )
    return answer.text


def _request(method: str, url: str, path: str, headers: dict[str, str] | None = None) -> "Response":
    """Send a request without a body."""
    import requests

    timeout = (SECONDS_TO_CONNECT, SECONDS_TO_SWITCH)
    try:
        # A redirection could send the key to another server.
        return requests.request(method, url.rstrip("/") + path, headers=headers, timeout=timeout, allow_redirects=False)
    except requests.RequestException as error:
        raise ValueError(
            f"No service answers at {url} ({type(error).__name__}). Check the address, or start the service with "
            "python -m textlab serve."
        ) from error


def _answer(method: str, url: str, path: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Send a request without a body, and return the JSON object of the answer."""
    answer = _request(method, url, path, headers)
    try:
        document = answer.json()
    except ValueError:
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
