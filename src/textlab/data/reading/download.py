"""Download one file over HTTP, with a progress bar in a terminal or notebook."""

from pathlib import Path

import requests
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

TIMEOUT = (10, 60)  # seconds to connect, seconds between two packets
CHUNK = 1 << 16  # bytes


def download(url: str, target: Path, title: str) -> None:
    """Download a URL to a new file.

    Args:
        url: the address.
        target: the file to create.
        title: the text beside the progress bar.

    Raises:
        ConnectionError: there is no connection, the server answers with an error, or the connection breaks off. The
            file may then hold part of the content.
    """
    # Without "identity", a server may compress the file and state the compressed length.
    headers = {"Accept-Encoding": "identity"}
    try:
        with (
            requests.get(url, stream=True, timeout=TIMEOUT, headers=headers) as response,
            _progress_bar() as progress,
            target.open("xb") as handle,
        ):
            response.raise_for_status()
            task = progress.add_task(title, total=int(response.headers.get("Content-Length", 0)) or None)
            for chunk in response.iter_content(CHUNK):
                handle.write(chunk)
                progress.advance(task, len(chunk))
    except requests.RequestException as error:
        # "from None" hides a traceback of forty lines from urllib3.
        raise ConnectionError(f"Could not download {url}: {_reason(error)}.") from None


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return f"no answer within {TIMEOUT[1]} seconds"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off half-way"
    return "no connection"


def _progress_bar() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=console,
        transient=True,
        disable=not (console.is_terminal or console.is_jupyter),
    )
