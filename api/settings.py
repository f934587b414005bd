"""What can be set about the service: environment variables with the prefix TEXTLAB_API_."""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FilePath, ValidationError

PREFIX = "TEXTLAB_API_"


class SettingsError(ValueError):
    """A setting that cannot be used; the message names the variable, what was expected and what to do."""


class Settings(BaseModel):
    """One field for each variable: TEXTLAB_API_BATCH_SIZE is `batch_size`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Path = Field(Path("models/sentiment"), description="folder of a promoted model, with numbered versions")
    version: str = Field(
        "champion", pattern=r"^(champion|previous|[1-9][0-9]{0,8})$", description="what is served at the first start"
    )
    state: Path = Field(
        Path("models/.service"), description="folder that the workers share: what is served, predictions, feedback"
    )
    host: str = Field("127.0.0.1", description="address that `make serve` listens on")
    port: int = Field(8000, ge=0, le=65535, description="port that `make serve` listens on")
    workers: int = Field(2, ge=1, le=64, description="processes; each loads the model")
    connections: int = Field(1000, ge=1, le=50_000, description="clients that one worker is connected to at once")
    model_threads: int = Field(1, ge=1, le=64, description="threads of TensorFlow within one model call")
    batch_size: int = Field(64, ge=1, le=4096, description="texts that are gathered into one model call at most")
    batch_wait_ms: float = Field(2.0, ge=0, le=100, description="how long a model call waits for texts to gather")
    queue_size: int = Field(1024, ge=1, description="texts that wait for the model at most; beyond it 503")
    deadline_ms: int = Field(2000, ge=10, le=60_000, description="a request not answered by then gets 503")
    load_seconds: float = Field(60, ge=1, description="how long all workers may take to load another model")
    request_seconds: float = Field(15, ge=1, description="a connection whose request takes longer is closed")
    max_texts: int = Field(256, ge=1, description="texts in one request at most")
    max_characters: int = Field(1000, ge=1, description="characters (code points) in one text at most")
    max_body_bytes: int = Field(524_288, ge=1024, description="size of a request's body at most")
    open: bool = Field(True, description="predictions and feedback without key or token; admin calls always need one")
    keys_file: Path | None = Field(None, description="JSON file of API keys; `python -m api key NAME ROLE` makes one")
    jwks: str = Field("", description="file or https URL of the keys that sign bearer tokens (RS256, ES256)")
    jwt_issuer: str = Field("", description="who issues the tokens (claim iss)")
    jwt_audience: str = Field("", description="whom the tokens are meant for (claim aud)")
    jwt_roles_claim: str = Field(
        "roles", description="claim with predict, feedback, admin: a list, or words as in scope"
    )
    proxies: int = Field(0, ge=0, le=5, description="proxies in front, whose X-Forwarded-For tells a caller's address")
    rate_limit: int = Field(
        0, ge=0, description="requests a minute of one caller (key, token, address), split evenly among workers; 0: any"
    )
    tls_certificate: FilePath | None = Field(None, description="PEM file; with it and its key the service speaks https")
    tls_key: FilePath | None = Field(None, description="PEM file of the certificate's key")
    remember_minutes: float = Field(
        60, ge=0, description="how long feedback can name a prediction by its id; 0 is never"
    )
    alert_rejections: int = Field(3, ge=1, description="so many rejections raise misclassification_alert ...")
    alert_minutes: float = Field(5, gt=0, description="... within so many minutes")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="of the JSON logs on stderr")


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from environment variables; one left empty counts as not set.

    Raises:
        SettingsError: an unknown variable with our prefix, a value that cannot be, or a certificate without its key.
    """
    environment = os.environ if environment is None else environment
    named = {name: value for name, value in environment.items() if name.startswith(PREFIX) and value != ""}
    known = {variable(field): field for field in Settings.model_fields}
    for name in sorted(named.keys() - known.keys()):
        nearest = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {nearest[0]}? " if nearest else ""
        raise SettingsError(f"Unknown setting {name}. {hint}`python -m api` lists what can be set.")
    try:
        settings = Settings.model_validate({known[name]: value for name, value in named.items()})
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        name = variable(str(wrong["loc"][0]))
        # The value itself stays out of the message: some settings are secrets.
        raise SettingsError(f"{name} cannot be used: {wrong['msg']}. `python -m api` says what is expected.") from None
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        raise SettingsError(
            "Of TEXTLAB_API_TLS_CERTIFICATE and TEXTLAB_API_TLS_KEY one is set alone. Expected both, or none for plain "
            "http. Set the other one too."
        )
    return settings


def variable(field: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field.upper()


def listing() -> str:
    """Every setting as one line: variable, default, meaning."""
    rows = [(variable(name), _shown(field.default), field.description) for name, field in Settings.model_fields.items()]
    widths = [max(len(row[column] or "") for row in rows) for column in (0, 1)]
    return "\n".join(f"{name:<{widths[0]}}  {default:<{widths[1]}}  {meaning}" for name, default, meaning in rows)


def _shown(default: object) -> str:
    return "" if default is None else str(default).lower() if isinstance(default, bool) else str(default)
