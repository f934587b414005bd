"""The tokenizer of a checkpoint, its special tokens, and tiny ones for tests."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textlab.models.transformer.batches import as_unicode
from textlab.models.transformer.location import ALTERNATIVES
from textlab.text.tokenisers.reading import load_tokenizer

MASKS = ("[MASK]", "<mask>")  # one of the two in all checkpoints of the supported architectures
WORDPIECE_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
BYTE_LEVEL_TOKENS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")  # in RoBERTa's order
TINY_WORDS = 500


def read_tokenizer(folder: Path) -> Any:
    """Return the `tokenizers.Tokenizer` of a checkpoint, with padding and truncation switched off.

    Raises:
        ValueError: the tokenizer cannot be read.
    """
    from transformers import AutoTokenizer

    path = folder / "tokenizer.json"
    try:
        if path.is_file():
            tokenizer = load_tokenizer(path.read_text(encoding="utf-8"))
        else:
            tokenizer = AutoTokenizer.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            ).backend_tokenizer
    except Exception as error:  # tokenizers raises plain exceptions
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(f"The tokenizer in {folder} cannot be read ({reason}). {ALTERNATIVES}") from error
    if not path.is_file() and tokenizer.get_vocab_size() <= len(tokenizer.get_added_tokens_decoder()):
        raise ValueError(f"The tokenizer in {folder} knows no words, but special tokens alone. {ALTERNATIVES}")
    tokenizer.no_padding()  # all-MiniLM-L6-v2 has both switched on
    tokenizer.no_truncation()
    return tokenizer


def mask_token(tokenizer: Any) -> int:
    """Return the number of the token that stands for a hidden word.

    Raises:
        ValueError: there is none.
    """
    for token in MASKS:
        number: int | None = tokenizer.token_to_id(token)
        if number is not None:
            return number
    raise ValueError(
        f"The checkpoint's tokenizer has neither {' nor '.join(MASKS)}, so words cannot be hidden. Choose a checkpoint "
        "that was trained on masked words."
    )


def tiny_wordpiece(texts: Sequence[str]) -> Any:
    """Return a `tokenizers.Tokenizer` that knows the frequent words of `texts`, single letters and a few endings."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    normalizer, splitter = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
    words = Counter(
        word for text in texts for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(as_unicode(text)))
    )
    letters = [chr(code_point) for code_point in range(0x21, 0x7F)]
    pieces = [*WORDPIECE_TOKENS, *letters, "##s", "##ed", "##ing", "##er", "##ly"]
    pieces += [word for word, _ in words.most_common(TINY_WORDS)]
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, splitter
    marks = [(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=marks)
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(list(WORDPIECE_TOKENS))
    return tokenizer


def tiny_byte_level(texts: Sequence[str], merges: int = TINY_WORDS) -> Any:
    """Return a `tokenizers.Tokenizer` that merges bytes into the frequent words of `texts`, as RoBERTa's does."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=len(BYTE_LEVEL_TOKENS) + 256 + merges,
        special_tokens=list(BYTE_LEVEL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator([as_unicode(text) for text in texts], trainer)
    first, last = BYTE_LEVEL_TOKENS.index("<s>"), BYTE_LEVEL_TOKENS.index("</s>")
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", last), ("<s>", first), trim_offsets=True, add_prefix_space=False
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer
