"""The files of a checkpoint that the export reads, checked; neither torch nor transformers is needed."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from textlab.models.transformer.architectures import describe
from textlab.models.transformer.description import Encoder
from textlab.models.transformer.graph.parts import Weights
from textlab.models.transformer.location import read_json
from textlab.text.tokenisers.reading import TokeniserRules

SHORTEST = 3  # the first token, one of the text, the last
SINGLE, SHARDS = "model.safetensors", "model.safetensors.index.json"
EMBEDDINGS = ("words", "positions", "types", "relative")  # they have no bias
# Models that predict words may hold the word embeddings under the name of their last layer, which is the same matrix.
LAST_LAYERS = ("cls.predictions.decoder", "lm_head.decoder", "vocab_projector", "decoder", "lm_head")
OLD_NAMES = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}  # in BERTs of 2018


def read_encoder(folder: Path) -> Encoder:
    """Return the description of the encoder whose config.json is in `folder`.

    Raises:
        FileNotFoundError: the file is missing.
        ValueError: the file is no JSON object, or the encoder is of no supported kind.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing. Name a folder that save_pretrained of transformers wrote.")
    return describe(read_json(path))


def read_weights(folder: Path, encoder: Encoder, with_head: bool) -> Weights:
    """Return the weights of an encoder as float32, by the names that the description has for them.

    Args:
        folder: holds the weights of the encoder by itself, or of a model with a head around it, in model.safetensors
            or in the files that model.safetensors.index.json lists.
        encoder: the description of the encoder.
        with_head: whether the weights of its classification head are wanted too.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file cannot be read, or a weight is missing or has another shape than config.json says.
    """
    found = dict(_weights(folder, encoder, {*_encoder_names(encoder), *_head_names(encoder)}))
    for wanted, advice in (
        (_encoder_names(encoder), "Save the model with save_pretrained."),
        (_head_names(encoder) if with_head else [], "Fine-tune the checkpoint to classify texts first."),
    ):
        for name in wanted:
            if name not in found:
                raise ValueError(f"The weights in {folder} have no {name}. {advice}")
    _check_weights(folder, found, encoder)
    return found


def _encoder_names(encoder: Encoder) -> list[str]:
    """Return the names of all weights and biases that the encoder must have."""
    names = []
    for part, template in encoder.names.items():
        ends = (".weight",) if part in EMBEDDINGS or part in encoder.unbiased else (".weight", ".bias")
        for layer in range(encoder.layers) if "{layer}" in template else (None,):
            if not (encoder.norm_first and part == "attention_norm" and layer == 0):  # ModernBERT's first has none
                names += [encoder.name(part, layer) + end for end in ends]
    return names


def _head_names(encoder: Encoder) -> list[str]:
    head = encoder.head
    names = [name for name in (head.dense, head.norm, head.output) if name]
    return [f"{name}.weight" for name in names] + [f"{name}.bias" for name in names if name not in encoder.unbiased]


def _weights(folder: Path, encoder: Encoder, wanted: set[str]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the wanted weights as float32, by the names of a model with a head."""
    import ml_dtypes  # noqa: F401  registers bfloat16 with NumPy
    from safetensors import SafetensorError, safe_open

    paths = _paths(folder)
    try:
        files = [safe_open(path, framework="np") for path in paths]
    except SafetensorError as error:
        raise ValueError(f"The weights in {folder} cannot be read ({error}). Download or save them again.") from error
    stored = {name: file for file in files for name in file.keys()}  # noqa: SIM118  not a dictionary
    is_alone = not any(name.startswith(encoder.prefix) for name in stored)
    words = f"{encoder.name('words')}.weight"
    for name, file in stored.items():
        usual = (encoder.prefix if is_alone else "") + name
        for old, new in OLD_NAMES.items():
            usual = usual.replace(old, new)
        if usual in wanted:
            yield usual, file.get_tensor(name).astype(np.float32)
        elif name.removesuffix(".weight") in LAST_LAYERS and words not in stored:
            yield words, file.get_tensor(name).astype(np.float32)


def _paths(folder: Path) -> list[Path]:
    """Return the paths of the files with weights, which exist."""
    if not (folder / SHARDS).exists() or (folder / SINGLE).exists():
        if not (folder / SINGLE).exists():
            raise FileNotFoundError(
                f"{folder} holds no weights: {SINGLE} is missing. Save the model there with save_pretrained."
            )
        return [folder / SINGLE]
    places = read_json(folder / SHARDS).get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(name, str) for name in places.values()):
        raise ValueError(f"{folder / SHARDS} has no weight_map from names to files. Download or save the model again.")
    names = sorted(set(places.values()))
    for name in names:
        if Path(name).name != name or not (folder / name).exists():
            raise FileNotFoundError(f"{folder} lacks {name}, which {SHARDS} lists. Download or save the model again.")
    return [folder / name for name in names]


def _check_weights(folder: Path, weights: Weights, encoder: Encoder) -> None:
    """Raise ValueError if weights do not have the sizes that config.json states, or are not finite."""
    for part, stated in _shapes(encoder).items():
        template = encoder.names.get(part, "")
        for layer in range(encoder.layers) if "{layer}" in template else (None,):
            name = f"{encoder.name(part, layer)}.weight" if template else ""
            if name in weights:
                _check_shape(folder, name, weights[name], stated)
    for name, weight in weights.items():
        multiplied = weights.get(f"{name.removesuffix('.bias')}.weight") if name.endswith(".bias") else None
        if multiplied is not None:
            _check_shape(folder, name, weight, multiplied.shape[:1])
        if not np.isfinite(weight).all():
            raise ValueError(f"{name} in {folder} has values that are not finite. Download or save the weights again.")


def _shapes(encoder: Encoder) -> dict[str, tuple[int | None, ...]]:
    """Return the shapes of weights by part; None stands for any number."""
    width, inner, square = encoder.width, encoder.inner_width, (encoder.width, encoder.width)
    return {
        **dict.fromkeys(("words", "positions", "types"), (None, encoder.embedding_width)),
        **dict.fromkeys(("query", "key", "value", "mixed", "position_key", "position_query"), square),
        **dict.fromkeys(("attention_norm", "outer_norm", "final_norm"), (width,)),
        "projection": (width, encoder.embedding_width),
        "joined": (3 * width, width),
        "inner": (inner * (1 + encoder.is_gated), width),
        "outer": (width, inner),
    }


def _check_shape(folder: Path, name: str, weight: np.ndarray, stated: tuple[int | None, ...]) -> None:
    if len(weight.shape) != len(stated) or any(
        size not in (None, found) for size, found in zip(stated, weight.shape, strict=True)
    ):
        shown = str(tuple("any" if size is None else size for size in stated)).replace("'", "")
        raise ValueError(
            f"{name} in {folder} has the shape {weight.shape}, but config.json says {shown}. Save "
            "the configuration and the weights of one model."
        )


def check_target(target: Path) -> None:
    """Raise FileExistsError if `target` holds something else than an earlier SavedModel."""
    if target.exists() and not (target / "saved_model.pb").exists() and any(target.iterdir()):
        raise FileExistsError(f"{target} holds something that is no SavedModel. Name an empty or a new folder.")


def check_length(folder: Path, weights: Weights, encoder: Encoder, maximum_length: int) -> None:
    """Raise ValueError if the model has no positions for so many tokens."""
    longest = encoder.longest
    if encoder.has("positions"):
        longest = min(longest, len(weights[f"{encoder.name('positions')}.weight"]) - encoder.first_position)
    if not SHORTEST <= maximum_length <= longest:
        raise ValueError(
            f"The maximum length is {maximum_length}. The model in {folder} takes {SHORTEST} to {longest} tokens, so "
            "give a length in that range."
        )


def check_tokens(folder: Path, weights: Weights, encoder: Encoder, rules: TokeniserRules) -> None:
    """Raise ValueError if the model has no embedding for an id, or the tokenizer no id for an empty text."""
    words = len(weights[f"{encoder.name('words')}.weight"])
    if rules.largest_id >= words:
        raise ValueError(
            f"The tokenizer in {folder} gives ids up to {rules.largest_id}, but the model has {words} word embeddings. "
            "Save the tokenizer that belongs to the model beside it."
        )
    if not rules.prefix + rules.suffix:
        raise ValueError(
            f"The tokenizer in {folder} gives an empty text no token. Add a post-processor that begins every text with "
            "a token such as [CLS]."
        )
