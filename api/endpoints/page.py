"""GET / and /docs: a page to try the model, and Swagger UI to try the API."""

import functools
import json
from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, render_template_string

from api.access.headers import CONTENT_SECURITY_POLICY
from api.context import current
from api.endpoints.files import File, compressed, plain
from api.endpoints.tasks import ENDPOINTS
from api.model.label_classifier import LabelClassifier
from api.serving.service import service_of
from api.settings import Settings
from api.waiting import in_thread
from textlab.bundle_format.signature import RETRIEVAL
from textlab.inputs import kind_of

blueprint = Blueprint("page", __name__)

FOLDER = Path(__file__).resolve().parents[1] / "static"
SWAGGER_UI = {"swagger-ui-bundle.js", "swagger-ui.css"}
KEPT_BY_BROWSER = "private, max-age=86400"


@blueprint.get("/")
def index() -> str:
    """Send the page for people. It says what the service keeps of their texts."""
    service = service_of(current_app)
    settings, task, inputs = service.settings, ENDPOINTS[service.work.name], service.model.inputs
    asked, judged = task.asked
    return _page(
        task.page,
        what_is_kept(settings, asked or _names_of(inputs), judged, is_recorded=service.model.task != RETRIEVAL),
        settings.remember_minutes > 0,
        inputs,
        settings.max_picture_bytes,
        settings.feedback_pictures and any(kind_of(name).is_binary for name in inputs),
        service.model.explains is not None,
        json.dumps(service.model.thresholds) if isinstance(service.model, LabelClassifier) else "",
    )


@functools.cache
def _page(
    name: str,
    kept: str,
    judgeable: bool,
    inputs: tuple[str, ...],
    most_bytes: int,
    keeps_files: bool,
    explains: bool,
    thresholds: str,
) -> str:
    template, kinds = (FOLDER / name).read_text(encoding="utf-8"), [kind_of(each) for each in inputs]
    fields = [
        {"name": each, "noun": kind.name, "is_binary": kind.is_binary, "media_types": ",".join(kind.media_types)}
        for each, kind in zip(inputs, kinds, strict=True)
    ]
    if keeps_files and judgeable:
        kept += " The picture is kept, too, if you judge the prediction."
    return render_template_string(
        template,
        title=f"Classify {' and '.join(f'a {kind.name}' for kind in kinds)}",
        inputs=fields,
        kept=kept,
        judgeable=judgeable,
        keeps_files=keeps_files,
        explains=explains,
        most_bytes=most_bytes,
        most_megabytes=f"{most_bytes / 1e6:g}",
        thresholds=thresholds,
    )


def _names_of(inputs: tuple[str, ...]) -> str:
    """The words for the parts of an example that are kept."""
    kinds = [kind_of(name) for name in inputs]
    return " and your ".join(f"{kind.name}'s fingerprint (sha256)" if kind.is_binary else kind.name for kind in kinds)


def what_is_kept(
    settings: Settings, asked: str = "text", judged: str = "the prediction", is_recorded: bool = True
) -> str:
    """Tell the users of the page, in sentences, which of their texts the service keeps and for how long.

    Args:
        settings: the settings of the service.
        asked: the name of the text that they type.
        judged: the name of the answer that they judge.
        is_recorded: whether the service records what was asked if the settings say so.
    """
    minutes, sentences = settings.remember_minutes, []
    if minutes:
        how_long = "1 minute" if minutes == 1 else f"{minutes:g} minutes"
        sentences += [f"The service keeps your {asked} for {how_long}, so that you can judge {judged}."]
        sentences += [f"If you judge it, the {asked} and your judgement are kept without a time limit."]
    if is_recorded and settings.record_texts and settings.record != "none":
        days = "1 day" if settings.record_days == 1 else f"{settings.record_days:g} days"
        chance = "may also keep" if settings.record == "share" else "also keeps"
        sentences += [f"To watch how the model does, the service {chance} your {asked} for {days}."]
    return " ".join(sentences) or f"The service does not keep your {asked}."


@blueprint.get("/static/<name>")
def static(name: str) -> Response:
    """Send a file that the pages use."""
    if name not in _names():
        abort(404)
    return _sent(plain(FOLDER / name))


@functools.cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in FOLDER.iterdir())


def _sent(file: File, **headers: str) -> Response:
    response = Response(file.content, mimetype=file.mimetype, headers=headers)
    response.cache_control.no_cache = True
    response.set_etag(file.etag)
    response.make_conditional(current().request)
    return response


@blueprint.get("/docs")
def docs() -> Response:
    """Send Swagger UI for the OpenAPI document."""
    response = _sent(plain(FOLDER / "docs.html"))
    # Its style sheet contains its icons as data.
    policy = CONTENT_SECURITY_POLICY.replace("img-src 'self'", "img-src 'self' data:")
    response.headers["Content-Security-Policy"] = policy
    return response


def swagger_ui_folder() -> Path:
    """The folder with the files of Swagger UI."""
    return Path(str(files("flask_swagger_ui") / "dist"))


@blueprint.get("/docs/<name>")
def swagger_ui_file(name: str) -> Response:
    """Send a file of Swagger UI, compressed if the browser allows it. The browser keeps it for a day."""
    if name not in SWAGGER_UI:
        abort(404)
    path = swagger_ui_folder() / name
    if current().request.accept_encodings["gzip"]:
        response = _sent(in_thread(compressed, path), **{"Content-Encoding": "gzip"})
    else:
        response = _sent(plain(path))
    response.headers["Cache-Control"] = KEPT_BY_BROWSER
    response.headers["Vary"] = "Accept-Encoding"
    return response
