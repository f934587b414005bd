"""Read a tokenizer.json into parts that a graph reproduces exactly; refuse every other one by name.

Reading needs no TensorFlow, so that training can refuse a checkpoint before it begins.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textlab.text.tokenisers.added_tokens import AddedToken
from textlab.text.tokenisers.contract import Normaliser, PreTokeniser, TokenModel, build, builders
from textlab.text.tokenisers.merges import check_prefix
from textlab.text.tokenisers.post_processing import check_post_processor, ends

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LARGEST_ID = 2**24 - 1  # tables have a row for each id, and no vocabulary is nearly as large
NO_MERGES = "Its model is BPE without a table of merges. Take tokenizer.json from the checkpoint's publisher again."
PARTS = {"normalisers": "normalizer", "pre_tokenisers": "pre_tokenizer", "token_models": "model"}


@dataclass(frozen=True, eq=False)
class TokeniserRules:
    """The parts of a tokenizer.

    Attributes:
        added_tokens: the tokens that are searched for in texts.
        normaliser, pre_tokeniser, model: the parts that work on what lies between them.
        prefix, suffix: the ids that begin and end every text.
        largest_id: no id is larger.
    """

    added_tokens: tuple[AddedToken, ...]
    normaliser: Normaliser | None
    pre_tokeniser: PreTokeniser | None
    model: TokenModel
    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    largest_id: int


def read_tokeniser(path: Path) -> TokeniserRules:
    """Read a tokenizer.json. Its truncation and padding are ignored, because they belong to a call of the tokenizer.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: it is no tokenizer, or a graph cannot reproduce it exactly.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing. Save the tokenizer beside the model with save_pretrained.")
    try:
        return parse_tokeniser(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no UTF-8 ({error}). Save the tokenizer again with save_pretrained.") from error
    except ValueError as error:
        raise ValueError(f"{path} cannot be used. {error}") from error


def parse_tokeniser(text: str) -> TokeniserRules:
    """Read the content of a tokenizer.json.

    Raises:
        ValueError: it is no tokenizer, or a graph cannot reproduce it exactly.
    """
    tokenizer = load_tokenizer(text)
    largest = max(tokenizer.get_vocab(with_added_tokens=True).values(), default=-1)
    if largest > LARGEST_ID:
        raise ValueError(
            f"Its vocabulary has the id {largest}, which is above {LARGEST_ID}. Save the tokenizer again with "
            "save_pretrained."
        )
    document = json.loads(tokenizer.to_str())  # with every default filled in
    tokens = _added_tokens(json.loads(text).get("added_tokens") or [], tokenizer)
    if document["model"].get("merges") == []:
        raise ValueError(NO_MERGES)
    prefix, suffix = ends(document["post_processor"])
    _check_beginnings(document["normalizer"], document["pre_tokenizer"])
    return TokeniserRules(
        added_tokens=tokens,
        normaliser=document["normalizer"] and build("normalisers", document["normalizer"]),
        pre_tokeniser=document["pre_tokenizer"] and build("pre_tokenisers", document["pre_tokenizer"]),
        model=build("token_models", document["model"]),
        prefix=tuple(prefix),
        suffix=tuple(suffix),
        largest_id=max([largest, *prefix, *suffix]),
    )


def load_tokenizer(text: str) -> "Tokenizer":
    """Load the content of a tokenizer.json with the package `tokenizers`.

    Raises:
        ValueError: it is no tokenizer; the part at fault is named.
    """
    from tokenizers import Tokenizer

    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"It is no JSON ({error}). Save the tokenizer again with save_pretrained.") from error
    model = document.get("model") if isinstance(document, dict) else None
    if not isinstance(model, dict):
        raise ValueError("It has no model. Save the tokenizer again with save_pretrained.")
    if model.get("type") == "BPE" and not isinstance(model.get("merges"), list):
        raise ValueError(NO_MERGES)
    prefix = model.get("continuing_subword_prefix")
    if isinstance(prefix, str) and isinstance(model.get("merges"), list):
        check_prefix(model["merges"], prefix)
    if "vocab" not in model:
        raise ValueError("Its model has no vocabulary. Take tokenizer.json from the checkpoint's publisher again.")
    try:
        return Tokenizer.from_str(text)
    except BaseException as error:  # the package panics at some files, and a panic is no Exception
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        for package, part in PARTS.items():
            if document.get(part):
                _check_kind(package, document[part])
        check_post_processor(document.get("post_processor"))
        raise ValueError(
            f"The package tokenizers cannot read it ({error}). Save the tokenizer again with save_pretrained."
        ) from error


def _check_kind(package: str, document: Any) -> None:
    """Raise ValueError if a part, or a part of a sequence, is of an unknown type."""
    if not isinstance(document, Mapping):
        return
    for child in document.get("normalizers") or document.get("pretokenizers") or []:
        _check_kind(package, child)
    if document.get("type", "BPE") not in list(builders(package)):  # old files leave the model's type out
        build(package, document)


def _check_beginnings(normaliser: Mapping[str, Any] | None, pre_tokeniser: Mapping[str, Any] | None) -> None:
    """Raise ValueError if Metaspace looks for the beginning of the raw text, and a normaliser can remove it.

    `tokenizers` then finds that the first word begins later, and puts no sign before it.
    """
    if not any(part.get("prepend_scheme") == "first" for part in _parts(pre_tokeniser)):
        return
    for part in _parts(normaliser):
        if _may_remove(part):
            raise ValueError(
                f"The tokenizer has Metaspace with the prepend_scheme first after the normalizer {part['type']}, which "
                "can remove the beginning of a text. The graph cannot reproduce that: set prepend_scheme to always."
            )


def _may_remove(part: Mapping[str, Any]) -> bool:
    """Return whether a normaliser can remove the first character, except for one that becomes a blank."""
    kind = part["type"]
    if kind == "Replace":
        return (len(part["pattern"].get("String", "ab")) != 1 and part["content"][:1] != " ") or not part["content"]
    if kind == "BertNormalizer":
        return part["clean_text"] or part["lowercase"] or bool(part["strip_accents"])
    return kind in ("Nmt", "StripAccents") or (kind == "Strip" and part["strip_left"])


def _parts(document: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """Return the parts of a normaliser or a pre-tokeniser, which may be a sequence."""
    if document is None:
        return []
    children = document.get("normalizers") or document.get("pretokenizers")
    return [document] if children is None else [part for child in children for part in _parts(child)]


def _added_tokens(listed: list[Mapping[str, Any]], tokenizer: "Tokenizer") -> tuple[AddedToken, ...]:
    """Return the added tokens, whose ids are those of `tokenizer`, whatever the file states.

    Args:
        listed: the tokens as the file lists them.
        tokenizer: the same tokenizer.
    """
    contents = Counter(token["content"] for token in listed)
    twice = [content for content, count in contents.items() if count > 1]
    if twice:
        raise ValueError(f"It lists the added token {twice[0]!r} twice. Remove one of the two.")
    origin: dict[str, str] = {}
    found = []
    for number, token in tokenizer.get_added_tokens_decoder().items():
        content = token.content
        if token.normalized and tokenizer.normalizer is not None:
            content = tokenizer.normalizer.normalize_str(content)
        if not content:
            raise ValueError(
                f"Normalisation leaves nothing of the added token {token.content!r}. Add it with normalized=False."
            )
        if token.normalized and origin.setdefault(content, token.content) != token.content:
            raise ValueError(
                f"Normalisation makes the added tokens {origin[content]!r} and {token.content!r} equal, and tokenizers "
                "finds now one, now the other. Add one of them with normalized=False."
            )
        flags = {name: getattr(token, name) for name in ("lstrip", "rstrip", "single_word", "normalized")}
        found.append(AddedToken(content=content, id=number, **flags))
    return tuple(found)
