"""The settings of the service: environment variables with the prefix TEXTLAB_API_."""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FilePath, ValidationError

PREFIX = "TEXTLAB_API_"
RUN = "TEXTLAB_SERVICE_RUN"  # identifies one run of the service; gunicorn's main process sets it for its workers
# `previous` is the former name of `previous-champion`, and still works.
VERSION_PATTERN = r"^(champion|previous-champion|previous|[1-9][0-9]{0,8})$"
PERCENT_PATTERN = r"^([1-9][0-9]?|100)$"  # share of the callers of a canary
READER_PATTERN = r"^([A-Za-z_][\w.]*:[A-Za-z_]\w*)?$"
EngineName = Literal["session", "saved_model"]


class SettingsError(ValueError):
    """An invalid setting. The message names the variable and says what to do."""


class Settings(BaseModel):
    """One field per variable: TEXTLAB_API_BATCH_SIZE is `batch_size`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Path = Field(
        Path("models/sentiment"), description="Folder of the promoted model, with one subfolder per version."
    )
    version: str = Field(
        "champion",
        pattern=VERSION_PATTERN,
        description="Version to serve after a start: `champion`, `previous-champion` or a number.",
    )
    state: Path = Field(
        Path("models/.service"),
        description="Folder that the workers share. It holds recent predictions, feedback and the counts of metrics.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    hosts: str = Field(
        "",
        description="Names or addresses, separated by commas, that requests may name as their host. A service on a "
        "loopback address always accepts localhost and loopback addresses, and nothing else by default. On any other "
        "address, it accepts every host by default, and otherwise these, localhost and all addresses.",
    )
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    workers: int = Field(
        0,
        ge=0,
        le=64,
        description="Number of worker processes. Each loads the model. 0 chooses as many as there are free cores, up "
        "to 8, if the memory suffices. The log states the number and the reason.",
    )
    connections: int = Field(
        1000,
        ge=1,
        le=50_000,
        description="Maximum number of open connections per worker. The limit of open files can lower it. When all are "
        "in use, a new connection replaces the one that has been idle for longest.",
    )
    engine: EngineName = Field(
        "session",
        description="How TensorFlow runs the model. `session` calls its C library. `saved_model` is the plain way: its "
        "Python package, with 360 MB more memory per worker and 7 to 20 % more processor time per request.",
    )
    model_threads: int = Field(1, ge=1, le=64, description="Number of TensorFlow threads per model call.")
    freeze_gc: bool = Field(
        True, description="Exclude the objects that exist after the start from garbage collection (`gc.freeze`)."
    )
    batch_size: int = Field(64, ge=1, le=4096, description="Maximum number of texts per model call.")
    batch_wait_ms: float = Field(
        2.0, ge=0, le=100, description="Longest time that a model call waits for more texts, in milliseconds."
    )
    queue_size: int = Field(
        1024, ge=1, description="Maximum number of texts that wait for the model. Further requests get status 503."
    )
    deadline_ms: int = Field(
        2000,
        ge=10,
        le=60_000,
        description="Time limit for an answer, in milliseconds. Late requests get status 503. Requests that even an "
        "idle service could not answer in time get status 413.",
    )
    load_seconds: float = Field(60, ge=1, description="Time limit for all workers to load another version, in seconds.")
    load_megabytes: int = Field(
        8192, ge=64, description="Memory limit of the process that first loads another version, in MB."
    )
    load_trial: bool = Field(
        True,
        description="Load another version in a process of its own first. A version that hangs, crashes or takes too "
        "much memory then never reaches a worker.",
    )
    request_seconds: float = Field(
        15, ge=1, description="Time limit for a request, in seconds. Slower connections are closed."
    )
    max_texts: int = Field(256, ge=1, description="Maximum number of texts per request.")
    max_characters: int = Field(
        0,
        ge=0,
        description="Maximum number of characters (code points) per text. 0 chooses 1000, or more if the model states "
        "that it reads longer texts.",
    )
    max_body_bytes: int = Field(524_288, ge=1024, description="Maximum size of a request body, in bytes.")
    max_pictures: int = Field(8, ge=1, description="Maximum number of pictures per request.")
    max_picture_bytes: int = Field(10_000_000, ge=1024, description="Maximum size of a picture, in bytes.")
    max_picture_pixels: int = Field(
        20_000_000, ge=1, description="Maximum number of pixels of a picture, which is width times height."
    )
    max_picture_body_bytes: int = Field(
        33_554_432,
        ge=1024,
        le=67_108_864,
        description="Maximum size of a request body, in bytes, if the model reads pictures. Base64 makes a third more "
        "of a picture.",
    )
    idle_seconds: int = Field(
        15,
        ge=1,
        le=3600,
        description="How long a connection stays open without a request, in seconds. Behind a proxy that keeps "
        "connections open, it must be longer than the proxy keeps them. Otherwise the service may close one just when "
        "the proxy sends a request.",
    )
    open: bool = Field(
        True,
        description="Allow predictions, explanations and feedback without a key or token. Admin calls always require "
        "one.",
    )
    open_metrics: bool = Field(
        False,
        description="Allow `/metrics` without a key or token. Anyone who reaches the service then sees its traffic and "
        "how often each class is predicted.",
    )
    earlier_counts: bool = Field(
        True,
        description="Let `/metrics` begin with the counts of earlier runs. Set it to false if several services share "
        "the state folder. Otherwise, each of them repeats what another one counted before it ended.",
    )
    keys_file: Path | None = Field(
        None, description="JSON file of API keys. `python -m api key NAME ROLE` creates an entry."
    )
    jwks: str = Field("", description="File or https URL of the keys that verify bearer tokens (RS256, ES256).")
    jwt_issuer: str = Field("", description="Required issuer of bearer tokens (claim `iss`).")
    jwt_audience: str = Field("", description="Required audience of bearer tokens (claim `aud`).")
    jwt_roles_claim: str = Field(
        "roles",
        description="Claim with the roles `predict`, `explain`, `feedback` and `admin`: a list, or words separated by "
        "spaces.",
    )
    proxies: int = Field(
        0, ge=0, le=5, description="Number of trusted proxies in front of the service. Their X-Forwarded-For is used."
    )
    rate_limit: int = Field(
        0,
        ge=0,
        description="Requests per minute and caller (key, token, IPv4 address or IPv6 /64 network), divided evenly "
        "among the workers. 0 means no limit.",
    )
    feedback_limit: int = Field(
        60,
        ge=0,
        description="Requests with feedback per minute and caller, divided evenly among the workers. 0 means no limit.",
    )
    explain_limit: int = Field(
        30,
        ge=0,
        description="Explanations per minute and caller, divided evenly among the workers. 0 means no limit.",
    )
    explain_waiting: int = Field(
        4,
        ge=0,
        description="Maximum number of explanations that wait in a worker, which computes one at a time. Further ones "
        "get status 503.",
    )
    explain_seconds: float = Field(
        10, gt=0, description="Time limit for an explanation, in seconds. Late ones get status 503."
    )
    tls_certificate: FilePath | None = Field(
        None, description="PEM file of the TLS certificate. With certificate and key, the service speaks https."
    )
    tls_key: FilePath | None = Field(None, description="PEM file of the certificate's private key.")
    remember_minutes: float = Field(
        60, ge=0, description="How long feedback can refer to a prediction by its id, in minutes. 0 disables this."
    )
    remember_megabytes: float = Field(
        100, ge=1, description="Maximum size of the recent predictions, in megabytes. The oldest are forgotten first."
    )
    feedback_megabytes: float = Field(
        100, gt=0, description="Maximum size of `feedback.jsonl`, in megabytes. Further feedback gets status 507."
    )
    feedback_caller_megabytes: float = Field(
        10,
        gt=0,
        description="Maximum amount of feedback of one caller (key, token or address) per day (UTC), in megabytes. "
        "Further feedback gets status 429.",
    )
    record: Literal["none", "share", "all"] = Field(
        "none",
        description="Predictions to record for monitoring, in `traffic/` of the state folder: `all`, a random `share`, "
        "or `none`.",
    )
    record_share: float = Field(0.1, gt=0, le=1, description="Share of the predictions that `share` records.")
    record_texts: bool = Field(
        False, description="Record the text of each prediction, too. Monitoring then sees whether the texts change."
    )
    record_days: float = Field(30, gt=0, description="How long recorded predictions are kept, in days.")
    record_megabytes: float = Field(
        1000,
        ge=10,
        description="Maximum size of the recorded predictions, in megabytes. The oldest are removed first.",
    )
    feedback_pictures: bool = Field(
        False,
        description="Keep a picture that comes with feedback. The file of feedback must be sealed. By default, only "
        "the picture's sha256 is kept.",
    )
    alert_rejections: int = Field(
        3, ge=1, description="Number of rejected predictions within the alert window that raises an alert."
    )
    alert_minutes: float = Field(
        5, gt=0, description="Length of the alert window, in minutes. It has at most one alert."
    )
    alert_quiet_hours: float = Field(
        24,
        ge=0,
        description="Time during which a caller without key or token who raised an alert about a version cannot raise "
        "another one about it, in hours.",
    )
    request_reader: str = Field(
        "",
        pattern=READER_PATTERN,
        description="Reader of the requests of `/agent_search`, as `module:name`, such as one that asks a language "
        "model. By default, rules read them. If the reader fails, the rules take its place.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Lowest level of the JSON log lines on stderr."
    )

    @property
    def address(self) -> str:
        """Host and port to listen on, as gunicorn reads them: an IPv6 address needs brackets."""
        host = self.host.strip("[]")
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from environment variables. An empty variable counts as not set.

    Raises:
        SettingsError: a variable with the prefix is unknown, a value is invalid, or a certificate lacks its key.
    """
    environment = os.environ if environment is None else environment
    named = {name: value for name, value in environment.items() if name.startswith(PREFIX) and value != ""}
    known = {variable(field): field for field in Settings.model_fields}
    for name in sorted(named.keys() - known.keys()):
        nearest = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {nearest[0]}? " if nearest else ""
        raise SettingsError(f"Unknown setting {name}. {hint}Run `python -m api` to list all settings.")
    try:
        settings = Settings.model_validate({known[name]: value for name, value in named.items()})
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        name = variable(str(wrong["loc"][0]))
        # Some settings are secrets, so the message does not repeat the value.
        raise SettingsError(
            f"Invalid value for {name}: {wrong['msg']}. Run `python -m api` to see what it means."
        ) from None
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        raise SettingsError(
            "Only one of TEXTLAB_API_TLS_CERTIFICATE and TEXTLAB_API_TLS_KEY is set. "
            "Set both for https, or neither for plain http."
        )
    return settings


def variable(field: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field.upper()


def listing() -> str:
    """All settings as aligned lines of text: variable, default, meaning."""
    rows = [
        (variable(name), _shown(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(f"{name:<{widths[0]}}  {default:<{widths[1]}}  {meaning}" for name, default, meaning in rows)


def _shown(default: object) -> str:
    return "" if default is None else str(default).lower() if isinstance(default, bool) else str(default)
