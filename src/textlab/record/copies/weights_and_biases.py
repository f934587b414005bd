"""Copies of runs on Weights & Biases, or in files for it. TEXTLAB_WANDB=offline or online switches them on.

The library is told to collect nothing by itself: no console, no code, no git, no host, no list of packages.
"""

import os
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from textlab import paths
from textlab.record.copies.run_copy import RunCopy

if TYPE_CHECKING:
    import wandb

SWITCH = "TEXTLAB_WANDB"
TEXTS = "TEXTLAB_WANDB_TEXTS"
PROJECT = "textlab"
START_SECONDS = 30.0  # until the server has answered
UPLOAD_SECONDS = 120.0  # for each run
NO_MESSAGE = "<no message>"  # what the library says if a server answers 401 (version 0.29)
# What a user sets for the connection. Every other WANDB_ variable could add something about the machine.
CONNECTION = (
    *("WANDB_API_KEY", "WANDB_BASE_URL", "WANDB_ENTITY", "WANDB_PROJECT"),
    *("WANDB_IDENTITY_TOKEN_FILE", "WANDB_CREDENTIALS_FILE"),
)
Mode = Literal["offline", "online"]


def chosen_mode() -> Mode | None:
    """Return the mode that TEXTLAB_WANDB states; None if copies are off.

    Raises:
        ValueError: the variable has another value.
    """
    value = os.environ.get(SWITCH, "").strip().lower()
    if value not in ("", "off", "offline", "online"):
        raise ValueError(f"{SWITCH} is '{value}'. Set it to offline or online, or leave it out.")
    return cast(Mode, value) if value in ("offline", "online") else None


def shares_texts() -> bool:
    """Return whether TEXTLAB_WANDB_TEXTS allows texts and searched documents to be copied."""
    return os.environ.get(TEXTS, "").strip().lower() in ("1", "true", "yes")


def problem() -> str | None:
    """Return why no run can be copied; None if the library is installed."""
    if find_spec("wandb") is None:
        return "The package wandb is not installed. Install it with: pip install 'textlab[wandb]'"
    return None


@dataclass(frozen=True)
class WeightsAndBiases:
    """Writes copies with the library wandb.

    Attributes:
        mode: "online" sends each run; "offline" writes files in mlruns/wandb, which `wandb sync` sends later.
        upload_seconds: how long to wait for the upload of one run.
    """

    mode: Mode
    upload_seconds: float = UPLOAD_SECONDS

    name = "wandb"

    @property
    def project(self) -> str:
        """The project's name: WANDB_PROJECT, else textlab."""
        return os.environ.get("WANDB_PROJECT") or PROJECT

    @property
    def place(self) -> str:
        """The mode and the project."""
        return f"{self.mode} {self.project}"

    @property
    def folder(self) -> Path:
        """The folder for the library's files."""
        return paths.MLRUNS / "wandb"

    def copy(self, run: RunCopy) -> None:
        """Write a run. The library replaces one of the same id on the server; files of earlier copies are removed.

        Raises:
            ConnectionError: the service does not answer, or refuses.
            OSError: a file cannot be written.
        """
        if reason := problem():
            raise OSError(reason)
        self.folder.mkdir(parents=True, exist_ok=True)
        set_environment(self.folder)
        from filelock import FileLock, Timeout

        try:  # two grids may copy runs of one content key at once, and each would remove the other's files
            with FileLock(self.folder / f".{run.id}.lock", timeout=self.upload_seconds):
                self._remove_files(run.id)
                self._write(run)
                if self.mode == "online":
                    self._remove_files(run.id)
        except Timeout:
            raise OSError(f"Another process is copying run {run.id}. Copy it again when that one has ended.") from None

    def _write(self, run: RunCopy) -> None:
        import wandb

        try:
            opened = wandb.init(
                project=self.project, id=run.id, name=run.name, group=run.group, config=dict(run.config),
                settings=self._settings(),
            )  # fmt: skip
            try:
                _log(opened, run)
            except BaseException:
                opened.finish(exit_code=1)
                raise
            opened.finish()
        except wandb.Error as error:
            is_refused = isinstance(error, wandb.errors.AuthenticationError) or str(error) in ("", NO_MESSAGE)
            reason = "It refused the key. Check WANDB_API_KEY." if is_refused else str(error)
            raise ConnectionError(f"Weights & Biases did not take the run: {reason}") from error

    def _settings(self) -> "wandb.Settings":
        import wandb

        return wandb.Settings(
            mode=self.mode,
            root_dir=str(self.folder),
            silent=True,
            console="off",
            disable_git=True,
            disable_code=True,
            save_code=False,
            disable_job_creation=True,
            host="",
            username="",
            email="",
            program="",
            program_relpath="",
            x_disable_meta=True,
            x_disable_machine_info=True,
            x_disable_stats=True,
            x_disable_viewer=True,
            x_save_requirements=False,
            init_timeout=START_SECONDS,
            login_timeout=START_SECONDS,
            finish_timeout=self.upload_seconds,
            finish_timeout_raises=True,
        )

    def _remove_files(self, run_id: str) -> None:
        for written in (self.folder / "wandb").glob(f"*run-*-{run_id}"):
            shutil.rmtree(written, ignore_errors=True)


def set_environment(folder: Path) -> None:
    """Set the variables that the library reads on import, and remove all others of it except for the connection."""
    for name in [name for name in os.environ if name.startswith("WANDB_") and name not in CONNECTION]:
        del os.environ[name]
    os.environ |= {
        "WANDB_SILENT": "true",
        "WANDB_ERROR_REPORTING": "false",
        "WANDB_DIR": str(folder),
        "WANDB_DATA_DIR": str(folder),
        "WANDB_CACHE_DIR": str(folder / "cache"),
        "WANDB_CONFIG_DIR": str(folder / "config"),
    }


def _log(opened: "wandb.Run", run: RunCopy) -> None:
    import wandb

    for kind, curve in run.curves.items():
        opened.define_metric(f"{kind}/step")
        opened.define_metric(f"{kind}/*", step_metric=f"{kind}/step")
        for step, row in curve.iterrows():
            points = {f"{kind}/{column}": value for column, value in row.dropna().items()}
            opened.log(points | {f"{kind}/step": step})
    media: dict[str, object] = {f"figures/{name}": wandb.Image(str(path)) for name, path in run.figures.items()}
    media |= {f"tables/{name}": wandb.Table(dataframe=table) for name, table in run.tables.items()}
    if media:
        opened.log(media)
    opened.summary.update(dict(run.summary))
    if run.bundle is not None:
        artifact = wandb.Artifact(f"bundle-{run.id}", type="model", metadata=dict(run.config))
        artifact.add_dir(str(run.bundle))
        opened.log_artifact(artifact)
