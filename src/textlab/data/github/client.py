"""A client for GitHub's REST API.

Rules of the API: https://docs.github.com/en/rest/using-the-rest-api (rate limits, pagination, conditional requests).
"""

import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from textlab.data.github.responses import Responses

logger = logging.getLogger(__name__)

PUBLIC_API = "https://api.github.com"
VERSION = "2022-11-28"
TIMEOUT = (10, 30)  # seconds to connect, seconds between two packets
RETRIES = 4  # attempts after a request without a complete answer, or with status 502 to 504
BACKOFF = 1.0  # seconds before the second retry; doubled each time
SECONDARY_LIMIT = 60.0  # seconds to wait if GitHub does not say how long
MOST_WAITS = 5  # waits for the rate limit before the client gives up a request
MOST_PAGES = 1000  # pages of one list: 100,000 repositories
LONGEST_WAIT = 3700.0  # seconds; the primary limit is renewed each hour

Reduce = Callable[[Any], Any]


class GitHubClient:
    """Fetches documents one after the other, and waits when GitHub asks for it.

    Args:
        responses: the answers fetched so far.
        token: a personal access token; None asks anonymously, with 60 requests an hour in place of 5,000.
        base_url: the API's address, for GitHub Enterprise or a test.
        wait: waits a number of seconds.
        backoff: seconds before the second retry.
    """

    def __init__(
        self,
        responses: Responses,
        token: str | None = None,
        base_url: str = PUBLIC_API,
        wait: Callable[[float], None] = time.sleep,
        backoff: float = BACKOFF,
    ) -> None:
        self.base_url, self.requests_sent, self.unchanged = base_url.rstrip("/"), 0, 0
        self._responses, self._wait, self._backoff = responses, wait, backoff
        self._session = requests.Session()
        retry = Retry(
            total=RETRIES,
            status_forcelist=(502, 503, 504),
            allowed_methods=("GET",),
            backoff_factor=backoff,
            raise_on_status=False,
            respect_retry_after_header=False,  # this class waits, and says so
        )
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))
        self._session.headers.update({"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": VERSION})
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def pages(self, path: str, reduce: Reduce) -> Iterator[Any]:
        """Yield the reduced content of each page that begins at a path, such as "/users/ada/repos?per_page=100".

        Raises:
            NotFoundError: GitHub answers 404 or 451.
            ConnectionError: GitHub cannot be reached, refuses, or answers with damaged content.
            ValueError: GitHub does not accept the token or the request.
        """
        url = f"{self.base_url}{path}"
        seen: set[str] = set()
        while url:
            if url in seen or len(seen) == MOST_PAGES:
                raise ConnectionError(
                    f"GitHub's list at {self.base_url}{path} does not end. Check that the address is that of GitHub's "
                    "REST API."
                )
            seen.add(url)
            content, url = self._page(url, reduce)
            yield content

    def _page(self, url: str, reduce: Reduce) -> tuple[Any, str]:
        stored = self._responses.get(url)
        if stored is not None and stored.is_current:
            return stored.content, stored.next_url
        condition = {"If-None-Match": stored.etag} if stored is not None and stored.etag else {}
        response, document = self._answered(url, condition)
        if response.status_code == 304 and stored is not None:
            self.unchanged += 1
            self._responses.confirm(url)
            return stored.content, stored.next_url
        next_url = self._checked(response.links.get("next", {}).get("url", ""), url)
        try:
            content = reduce(document)
        except (KeyError, TypeError, AttributeError):
            raise ConnectionError(
                f"GitHub's answer to {url} has an unexpected form. Check that the address is that of GitHub's REST API."
            ) from None
        self._responses.put(url, response.headers.get("ETag", ""), next_url, content)
        return content, next_url

    def _answered(self, url: str, headers: dict[str, str]) -> tuple[requests.Response, Any]:
        """Return the answer to a request, after all waits and retries, with its JSON document."""
        waits = damaged = 0
        while True:
            try:
                response = self._sent(url, headers)
                if (seconds := _limited_for(response)) is None:
                    _check_status(response, url)
                    return response, None if response.status_code == 304 else json.loads(response.content)
            except (
                requests.exceptions.ChunkedEncodingError,
                requests.exceptions.ContentDecodingError,
                ValueError,
                RecursionError,  # JSON that is nested too deeply
            ) as error:
                if isinstance(error, _RefusedError):
                    raise ValueError(str(error)) from None
                damaged += 1
                if damaged > RETRIES:
                    raise ConnectionError(
                        f"GitHub's answer to {url} was cut off or damaged {damaged} times. Start the command again "
                        "later: it continues where it stopped."
                    ) from None
                self._wait(self._backoff * 2 ** (damaged - 1))
                continue
            waits += 1
            if waits > MOST_WAITS or seconds > LONGEST_WAIT:
                raise ConnectionError(
                    f"GitHub's rate limit refuses {url}. Start the command again later: it continues where it stopped. "
                    "A token in GITHUB_TOKEN allows 5,000 requests an hour."
                )
            logger.warning("GitHub's rate limit is reached; waiting %.0f seconds.", seconds)
            self._wait(seconds)

    def _sent(self, url: str, headers: dict[str, str]) -> requests.Response:
        self.requests_sent += 1
        try:
            return self._session.get(url, headers=headers, timeout=TIMEOUT, allow_redirects=True)
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
            raise
        except requests.RequestException:
            raise ConnectionError(
                f"GitHub cannot be reached at {url}. Check the connection, and start the command again: it continues "
                "where it stopped."
            ) from None

    def _checked(self, next_url: str, url: str) -> str:
        """Return the address of the next page; it must be on the same server, which the token is meant for."""
        if next_url and urlsplit(next_url)[:2] != urlsplit(self.base_url)[:2]:
            raise ConnectionError(f"The answer to {url} points to another server. Check the base address.")
        return next_url

    def close(self) -> None:
        """Close the connection."""
        self._session.close()


class NotFoundError(LookupError):
    """GitHub has nothing at the address, or may not show it."""


class _RefusedError(ValueError):
    """GitHub does not accept the token or the request."""


def _limited_for(response: requests.Response) -> float | None:
    """Return the seconds to wait for a rate limit; None if the answer does not come from one."""
    if response.status_code not in (403, 429):
        return None
    headers = response.headers
    if headers.get("Retry-After", "").isdigit():
        return float(headers["Retry-After"])
    if headers.get("X-RateLimit-Remaining") == "0" and headers.get("X-RateLimit-Reset", "").isdigit():
        return max(float(headers["X-RateLimit-Reset"]) - time.time(), 0.0) + 1.0
    is_limit = response.status_code == 429 or "rate limit" in response.text.lower()
    return SECONDARY_LIMIT if is_limit else None


def _check_status(response: requests.Response, url: str) -> None:
    status = response.status_code
    if status in (404, 451):
        raise NotFoundError(f"GitHub has no {url} (HTTP {status}).")
    if status == 401:
        raise _RefusedError("GitHub does not accept the token. Set GITHUB_TOKEN to a valid one, or unset it.")
    if status == 422:
        raise _RefusedError(
            f"GitHub does not understand {url}. Correct the query, see "
            "https://docs.github.com/en/search-github/searching-on-github/searching-users."
        )
    if status == 403:
        raise ConnectionError(f"GitHub refuses {url} (HTTP 403). Check the rights of the token in GITHUB_TOKEN.")
    if status not in (200, 304):
        raise ConnectionError(f"GitHub answered HTTP {status} to {url}. Start the command again: it continues.")
