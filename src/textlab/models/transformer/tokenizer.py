"""The WordPiece tokenizer of a checkpoint, and a tiny one for tests."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textlab.models.transformer.batches import as_unicode
from textlab.models.transformer.location import ALTERNATIVES

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
TINY_WORDS = 500


def read_tokenizer(folder: Path) -> Any:
    """Return the `tokenizers.Tokenizer` of a checkpoint, with padding and truncation switched off.

    Raises:
        ValueError: the tokenizer is not WordPiece, or lacks a special token.
    """
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
            f"The tokenizer in {folder} is of the kind {kind}{lack}, but the exported graph supports only WordPiece "
            f"with {', '.join(SPECIAL_TOKENS)}. {ALTERNATIVES}"
        )
    tokenizer.no_padding()  # all-MiniLM-L6-v2 has both switched on
    tokenizer.no_truncation()
    return tokenizer


def tiny_tokenizer(texts: Sequence[str]) -> Any:
    """Return a `tokenizers.Tokenizer` that knows the frequent words of `texts`, single letters and a few endings."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

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
    return tokenizer
