"""What one worker holds: the settings, the model that it serves, and the queue in front of it."""

import time

from flask import Flask

from api.batching import Answer, Batcher
from api.model import Model, limit_threads
from api.settings import Settings, SettingsError
from api.versions import VersionError, resolve


class Service:
    """The state of a worker process.

    Raises:
        SettingsError: there is no such model.
        BundleError: its bundle is refused.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.started_at = time.time()
        limit_threads(settings.model_threads)
        try:
            number = resolve(settings.model, settings.version)
        except VersionError as error:
            raise SettingsError(f"TEXTLAB_API_MODEL is {settings.model}. {error}") from None
        self.model = Model(settings.model / str(number))
        self.batcher = Batcher(self._predict, settings.batch_size, settings.batch_wait_ms / 1e3, settings.queue_size)

    def _predict(self, texts: list[str]) -> Answer:
        model = self.model
        return model, model.predict_proba(texts)

    def close(self) -> None:
        """Answer what waits and stop."""
        self.batcher.close()


def of(app: Flask) -> Service:
    """The service behind `app`."""
    return app.extensions["textlab_api"]
