"""The keys that seal the files with texts."""

import logging

from api.settings import SettingsError
from textlab.sealing import Keys, SealError

logger = logging.getLogger("textlab_api")

IN_THE_CLEAR = "Texts are stored in the clear. Set TEXTLAB_SEAL_KEYS or TEXTLAB_SEAL_KEYS_FILE to seal them."


def seal_keys() -> Keys | None:
    """The keys that the environment names; None if texts are stored in the clear.

    Raises:
        SettingsError: a key is not valid.
    """
    try:
        keys = Keys.from_environment()
    except SealError as error:
        raise SettingsError(str(error)) from None
    if keys:
        keys.seal_value(b"", b"")  # imports the library now instead of in a request
    return keys


def warn_of_clear_texts() -> None:
    """Log that texts are stored in the clear."""
    logger.warning(IN_THE_CLEAR)
