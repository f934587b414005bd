"""A small Hugging Face hub on the loopback interface: the answers that its client needs to download a repository."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

NAME = "owner/encoder"
COMMIT = hashlib.sha1(b"commit").hexdigest()


class Hub:
    """A hub with one repository, `NAME`.

    Attributes:
        files: the content of each file of the repository.
        status: if not 0, the status of every answer.
        error_code: the hub's code for an error, such as "GatedRepo".
        token: if not empty, the token that every request must have.
        half: files of which only half is sent.
        asked: the paths that were asked for.
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files, self.status, self.error_code, self.token = files, 0, "", ""
        self.half: set[str] = set()
        self.asked: list[str] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                hub.answer(self)

            def do_GET(self) -> None:
                hub.answer(self)

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = unquote(request.path.partition("?")[0])
        self.asked.append(path)
        status, code, content, headers = self._found(path, request.headers.get("Authorization", ""))
        request.send_response(status)
        for name, value in ({"X-Error-Code": code} if code else {} | headers).items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if request.command == "GET":
            broken = path.rpartition("/")[2] in self.half
            request.wfile.write(content[: len(content) // 2] if broken else content)
            request.close_connection = broken

    def _found(self, path: str, authorization: str) -> tuple[int, str, bytes, dict[str, str]]:
        if self.status:
            return self.status, self.error_code, b"", {}
        if self.token and authorization != f"Bearer {self.token}":
            return 401, "RepoNotFound", b"", {}
        if not path.removeprefix("/api/models").startswith(f"/{NAME}/"):
            return 404, "RepoNotFound", b"", {}
        _, _, rest = path.partition(f"{NAME}/")
        kind, revision, *names = rest.split("/", 2)
        if revision not in ("main", "v2", COMMIT):
            return 404, "RevisionNotFound", b"", {}
        if kind == "resolve":
            return self._file(names[0])
        listed: Any = [
            {"type": "file", "path": name, "size": len(f), "oid": digest(f)} for name, f in self.files.items()
        ]
        if kind == "revision":
            listed = {
                "id": NAME,
                "modelId": NAME,
                "sha": COMMIT,
                "siblings": [{"rfilename": name} for name in self.files],
            }
        return 200, "", json.dumps(listed).encode(), {"Content-Type": "application/json"}

    def _file(self, name: str) -> tuple[int, str, bytes, dict[str, str]]:
        if name not in self.files:
            return 404, "EntryNotFound", b"", {"X-Repo-Commit": COMMIT}
        content = self.files[name]
        return 200, "", content, {"X-Repo-Commit": COMMIT, "ETag": f'"{digest(content)}"'}


def digest(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()
