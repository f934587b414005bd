"""A small GitHub on the loopback interface: users, repositories, search, paging, ETags and every kind of failure."""

import hashlib
import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit


class GitHubServer:
    """Serve users and their repositories.

    Attributes:
        users: the user's document by login.
        repositories: the documents of each user's repositories.
        page_size: rows of a page, whatever the request asks for.
        failures: answers that are given to the next requests of a path, in order: (status, headers, body).
        seen: the path, with query, of each request, and its status.
        tokens: the Authorization header of each request.
    """

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.repositories: dict[str, list[dict[str, Any]]] = {}
        self.page_size = 2
        self.total_count: int | None = None
        self.failures: dict[str, deque[tuple[int, dict[str, str], bytes]]] = {}
        self.seen: list[tuple[str, int]] = []
        self.tokens: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.tokens.append(self.headers.get("Authorization"))
                path = urlsplit(self.path).path
                if outer.failures.get(path):
                    self._send(*outer.failures[path].popleft())
                    return
                document, next_url = outer.document(self.path)
                if document is None:
                    self._send(404, {}, b'{"message": "Not Found"}')
                    return
                body = json.dumps(document).encode()
                headers = {"ETag": f'W/"{hashlib.sha256(body).hexdigest()[:16]}"'}
                if next_url:
                    headers["Link"] = f'<{next_url}>; rel="next", <{outer.url}/last>; rel="last"'
                if self.headers.get("If-None-Match") == headers["ETag"]:
                    self._send(304, headers, b"")
                else:
                    self._send(200, headers, body)

            def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
                outer.seen.append((self.path, status))
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = int(headers.get("Content-Length", len(body))) != len(body)

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def add(self, login: str, *repositories: str, **user: Any) -> None:
        """Add a user with repositories of these names."""
        self.users[login] = {
            "login": login,
            "name": None,
            "bio": None,
            "location": None,
            "email": f"{login}@e.org",
            **user,
        }
        self.repositories[login] = [
            {
                "name": name,
                "description": f"About {name}",
                "language": "Go",
                "topics": ["web"],
                "stargazers_count": 3,
                "fork": False,
                "created_at": "2020-01-01T00:00:00Z",
                "pushed_at": "2024-01-01T00:00:00Z",
                "owner": {"login": login, "avatar_url": "x"},
            }
            for name in repositories
        ]

    def fail(
        self, path: str, status: int, headers: dict[str, str] | None = None, body: bytes = b"", times: int = 1
    ) -> None:
        """Let the next requests of a path fail."""
        self.failures.setdefault(path, deque()).extend([(status, headers or {}, body)] * times)

    def document(self, target: str) -> tuple[Any, str]:
        """Return the document of an address and the address of its next page."""
        path, query = (
            urlsplit(target).path,
            {key: values[0] for key, values in parse_qs(urlsplit(target).query).items()},
        )
        match path.strip("/").split("/"):
            case ["search", "users"]:
                items, next_url = self._page([{"login": login} for login in self.users], path, query)
                return {"total_count": self.total_count or len(self.users), "items": items}, next_url
            case ["users", login] if login in self.users:
                return self.users[login], ""
            case ["users", login, "repos"] if login in self.users:
                return self._page(self.repositories[login], path, query)
        return None, ""

    def _page(self, rows: list[Any], path: str, query: dict[str, str]) -> tuple[list[Any], str]:
        number = int(query.get("page", 1))
        last = number * self.page_size
        next_url = f"{self.url}{path}?{urlencode({**query, 'page': number + 1})}" if last < len(rows) else ""
        return rows[last - self.page_size : last], next_url

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
