"""GET / and /docs: a page to try the model on a tweet, and Swagger UI to try the API."""

import functools
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, render_template_string, send_from_directory

from api.access.headers import CONTENT_SECURITY_POLICY
from api.context import current
from api.endpoints import swagger_ui
from api.serving.service import service_of
from api.settings import Settings
from api.waiting import in_thread

blueprint = Blueprint("page", __name__)

FOLDER = Path(__file__).resolve().parents[1] / "static"
KEPT_BY_BROWSER = "private, max-age=86400"


@blueprint.get("/")
def index() -> str:
    """Send the page for people. It says what the service keeps of their texts."""
    settings = service_of(current_app).settings
    return _page(what_is_kept(settings), settings.remember_minutes > 0)


@functools.cache
def _page(kept: str, judgeable: bool) -> str:
    template = (FOLDER / "index.html").read_text(encoding="utf-8")
    return render_template_string(template, kept=kept, judgeable=judgeable)


def what_is_kept(settings: Settings) -> str:
    """What the service keeps of a text that is typed into the page, in sentences for its users."""
    minutes = settings.remember_minutes
    if not minutes:
        return "The service does not keep your text."
    how_long = "1 minute" if minutes == 1 else f"{minutes:g} minutes"
    return (
        f"The service keeps your text for {how_long}, so that you can judge the prediction. If you judge it, the text "
        "and your judgement are kept without a time limit."
    )


@blueprint.get("/static/<name>")
def static(name: str) -> Response:
    """Send a file that the pages use."""
    return send_from_directory(FOLDER, name)


@blueprint.get("/docs")
def docs() -> Response:
    """Send Swagger UI for the OpenAPI document."""
    response = send_from_directory(FOLDER, "docs.html")
    # Its style sheet contains its icons as data.
    policy = CONTENT_SECURITY_POLICY.replace("img-src 'self'", "img-src 'self' data:")
    response.headers["Content-Security-Policy"] = policy
    return response


@blueprint.get("/docs/<name>")
def swagger_ui_file(name: str) -> Response:
    """Send a file of Swagger UI, compressed if the browser allows it. The browser keeps it for a day."""
    if name not in swagger_ui.TYPES:
        abort(404)
    request = current().request
    if request.accept_encodings["gzip"]:
        found = in_thread(swagger_ui.compressed, name)
        response = Response(found.content, content_type=swagger_ui.TYPES[name], headers={"Content-Encoding": "gzip"})
        response.set_etag(found.etag)
        response.make_conditional(request)
    else:
        response = send_from_directory(swagger_ui.folder(), name)
    response.headers["Cache-Control"] = KEPT_BY_BROWSER
    response.headers["Vary"] = "Accept-Encoding"
    return response
