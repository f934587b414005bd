"""Download a checkpoint from the Hugging Face hub, or take it from the hub's cache on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from textlab.models.transformer.location import ALTERNATIVES, WEIGHTS, check_config, read_json

# Weights as safetensors only: other formats may hold pickles, which can run any code.
FILES = (
    *("config.json", "*.safetensors", WEIGHTS[1], "tokenizer.json", "tokenizer_config.json"),
    *("special_tokens_map.json", "vocab.txt", "vocab.json", "merges.txt", "1_Pooling/config.json"),
)


def hub_folder(name: str) -> Path:
    """Return the folder of a checkpoint in the hub's cache, after downloading what is missing there.

    The hub's own variables hold: HF_TOKEN for private checkpoints, HF_HOME for the cache, HF_HUB_OFFLINE for no
    download, HF_ENDPOINT for another address. The configuration comes first, so that a checkpoint that cannot be used
    is refused before its weights are downloaded.

    Args:
        name: "owner/name" or "name", followed by "@" and a branch, a tag or a commit if it is not the main branch.

    Raises:
        ConnectionError: the hub did not provide the checkpoint.
        ValueError: the hub has no such checkpoint or revision, or it cannot be used.
    """
    from huggingface_hub import hf_hub_download, snapshot_download

    repository, _, revision = name.partition("@")
    with _errors_as_sentences(repository, revision):
        config = Path(hf_hub_download(repository, "config.json", revision=revision or None))
        check_config(read_json(config), f"The checkpoint '{name}'")
        # The commit, not the branch: all files then belong together.
        folder = snapshot_download(repository, revision=config.parent.name, allow_patterns=list(FILES))
    return Path(folder)


@contextmanager
def _errors_as_sentences(repository: str, revision: str) -> Iterator[None]:
    """Raise the errors of the hub's client as two sentences: what came, and what to do."""
    from huggingface_hub import errors

    named = f"the checkpoint '{repository}'"
    try:
        yield
    except errors.HFValidationError as error:
        raise ValueError(
            f"'{repository}' is neither a local folder nor a name on the Hugging Face hub. {ALTERNATIVES}"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise ValueError(
            f"The Hugging Face hub has no revision '{revision}' of {named}. Name a branch, a tag or a commit after "
            "the @, or leave it out."
        ) from error
    except errors.GatedRepoError as error:
        raise ValueError(
            f"The owner of {named} lets only some accounts download it. Accept the terms on its page, and set HF_TOKEN "
            "to a token of that account."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise ValueError(
            f"The Hugging Face hub shows no checkpoint '{repository}': it does not exist or is private. Correct the "
            f"name, or set HF_TOKEN to a token that may read it. {ALTERNATIVES}"
        ) from error
    except errors.RemoteEntryNotFoundError as error:
        raise ValueError(
            f"The hub has {named}, but no config.json in it. Choose a checkpoint that transformers can load."
        ) from error
    except errors.LocalEntryNotFoundError as error:
        raise ConnectionError(_unreachable(named, error)) from error
    except errors.HfHubHTTPError as error:
        raise ConnectionError(_refused(named, error.response.status_code)) from error
    except (OSError, errors.HTTPError) as error:  # also a file of another size than the hub announced
        reason = str(error).strip().partition("\n")[0]
        raise ConnectionError(
            f"The download of {named} broke off ({reason}). Run again: complete files stay in the cache."
        ) from error


def _unreachable(named: str, error: Exception) -> str:
    """Explain an error of the client for a file that is not in the cache and could not be downloaded."""
    from huggingface_hub import errors

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, errors.OfflineModeIsEnabled):
            return (
                f"{named.capitalize()} is not in the hub's cache on this machine, and HF_HUB_OFFLINE forbids a "
                f"download. Unset HF_HUB_OFFLINE. {ALTERNATIVES}"
            )
        if isinstance(cause, errors.HfHubHTTPError):
            return _refused(named, cause.response.status_code)
        cause = cause.__cause__
    return (
        f"The Hugging Face hub did not answer, and {named} is not in its cache on this machine. Check the network. "
        f"{ALTERNATIVES}"
    )


def _refused(named: str, status: int) -> str:
    remedies = {
        401: "Set HF_TOKEN to a valid token, or unset it for public checkpoints.",
        403: "Set HF_TOKEN to a token that may read it.",
        429: "Wait some minutes, or set HF_TOKEN: accounts may download more.",
    }
    remedy = remedies.get(status, f"Try again later. {ALTERNATIVES}")
    return f"The Hugging Face hub refused {named} with status {status}. {remedy}"
