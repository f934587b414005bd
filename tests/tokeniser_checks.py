"""Compare a tokenizer in a TensorFlow graph with the package `tokenizers`, on texts chosen to be difficult."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import tensorflow as tf
from hypothesis import strategies as st
from tokenizers import Tokenizer

from textlab.text.graph import encode
from textlab.text.tokenisers.graph import TokeniserGraph
from textlab.text.tokenisers.reading import parse_tokeniser

BATCH = 16_384
AWKWARD = [
    "",
    " ",
    "a",
    " a",
    "a ",
    "  a  b   c    d ",
    " \t\n\u2028\u3000",
    "one\r\ntwo\n\n\nthree\rfour\x0bfive\x0csix\x85seven\u2029",
    "\x00a\x00b\x1f \x00",
    "\u200b\u200e\u00a0\u2009a\u2009\ufeffb\u00adc\u2060",
    "[SEP][CLS]a[PAD]b[UNK]ing[MASK]!",
    "[sep] [SEP [[SEP]] [ SEP ] ［SEP］ [S\ue000EP] [S\u0301EP]",
    "<s>a</s> <mask>b<mask> c <mask> <pad><unk></s></s> <s <MASK> ＜mask＞",
    "\ue000 \ue001a\ue005b\ue006 \uf8ff",
    "##ing ing## # #tag #",
    "z" * 100,
    "z" * 101,
    "a" * 3_000,
    "ab" * 300 + " " + "!" * 300,
    "é" * 100 + " " + "e\u0301" * 101,
    "unaffableness internationalisation xqzjw antidisestablishmentarianism",
    "I'm you're he'll we'd they've it's 'S 'll 'LL don''t",
    "1234567 3.14 1,000,000 ½ ² Ⅷ ٣ 一二三",
    "ÀÉÎÕÜ ﬁ ＡＢ İstanbul Straße ΣΑΣ ǅ ẛ̣",
    "中文字한국어日本語ｶﾞ\u302e\U0001d165",
    "\u1100\u1161\u11a8\u1112\u1161 \u1100 \u1161 각",
    "\u0315\u0300\u05ae\u0062 a\u0323\u0301 \u0344 \u0f71\u0f72\u0f74",
    "\u202eשלום مرحبا بِسْمِ 👩\u200d👧🏽 🇫🇷 \ufeff\ufffd\u00ad ❤\ufe0f 🏴\U000e0067\U000e007f",
    "@user: don't!!! https://t.co/x?y=1&amp;z #blessed :-) ...$5.00 `~|<>",
    "▁a▁▁b ▁ Ġa Ċ ĠĠ",
    "\U0010ffff\U000e0001\U0001f600\uffff\ufdd0",
    "lone \ud800 and \udfff surrogates\udc00",
]
INVALID = [
    b"good\xffcrew \xe2\x82 \xed\xa0\x80 [SEP\xf0]",
    b"\xff\xee\x80\x80[SEP]\xc0\x80 <mask\xe2>",
    b"\xf4\x90\x80\x80\xf8\x88\x80\x80\x80 \xe2\x28\xa1\x80",
]


class TokeniserPair:
    """The same tokenizer in a graph and in the package `tokenizers`.

    Args:
        tokenizer: with any truncation and padding, which are replaced.
        maximum_length: the maximum number of tokens.
        traced: whether the operations run as one traced graph. Tracing takes seconds and makes each call quick; without
            it the same operations run one by one, which is quicker for a few calls.
    """

    def __init__(self, tokenizer: Tokenizer, maximum_length: int = 64, traced: bool = False) -> None:
        self.traced = traced
        self.reference = Tokenizer.from_str(tokenizer.to_str())
        self.reference.no_padding()
        self.reference.enable_truncation(maximum_length)
        self.graph = TokeniserGraph(parse_tokeniser(tokenizer.to_str()), maximum_length)
        self.function = tf.function(
            self.graph.token_ids, input_signature=[tf.TensorSpec([None], tf.string)], autograph=False
        )
        if traced:
            self.in_graph(["a"])  # hypothesis watches every line, which would make tracing slow

    @classmethod
    def from_file(cls, path: Path, maximum_length: int = 64, traced: bool = False) -> "TokeniserPair":
        return cls(Tokenizer.from_file(str(path)), maximum_length, traced)

    def expected(self, texts: Sequence[str | bytes]) -> list[list[int]]:
        """Return the ids of the package; lone surrogates and invalid UTF-8 count as U+FFFD."""
        decoded = [_encoded(text).decode("utf-8", errors="replace") for text in texts]
        return [encoding.ids for encoding in self.reference.encode_batch(decoded)]

    def in_graph(self, texts: Sequence[str | bytes]) -> list[list[int]]:
        compute = self.function if self.traced else self.graph.token_ids
        return compute(tf.constant([_encoded(text) for text in texts], tf.string)).to_list()

    def check(self, texts: Sequence[str | bytes]) -> None:
        """Assert that both give the same ids for each text; the message shows the first that differs."""
        for start in range(0, max(len(texts), 1), BATCH):
            batch = texts[start : start + BATCH]
            for text, expected, found in zip(batch, self.expected(batch), self.in_graph(batch), strict=True):
                assert found == expected, f"{text!r}: {self._tokens(found)} instead of {self._tokens(expected)}"

    def check_awkward(self, *telling: str) -> None:
        """Check awkward texts, and those that the tokenizer's own added tokens make up.

        Args:
            telling: further parts of texts, beside the added tokens.
        """
        self.check([])
        for text in AWKWARD if self.traced else []:
            self.check([text])
        tokens = [token.content for token in self.reference.get_added_tokens_decoder().values()][:12]
        parts = [*tokens[:6], *telling]
        pairs = [one + between + other for one in parts for other in parts for between in ("", " ", "a", " a  b ")]
        self.check(
            [*AWKWARD, *INVALID, *(text for token in [*tokens, *telling] for text in written_out(token)), *pairs]
        )

    def check_code_points(self, every: bool = False) -> None:
        """Check code points alone, between letters, doubled, beside blanks; a sample of them unless `every` is set."""
        for character in _in_portions(code_points(every), BATCH // 6):
            self.check(
                [
                    text
                    for one in character
                    for text in (
                        one,
                        f"a{one}b",
                        f"a{one}{one}b {one}",
                        f" {one}A",
                        f"A{one} ",
                        f"é{one}\u0301 1{one}2",
                    )
                ]
            )

    def _tokens(self, ids: list[int]) -> str:
        return " ".join(f"{number}={self.reference.id_to_token(number)!r}" for number in ids)


def written_out(token: str) -> list[str]:
    """Return texts with an added token at their beginning, in the middle, at their end, doubled, cut, and changed."""
    surroundings = ("{}", "{}{}", "a{}b", "a {} b", "  {}  ", "é{}\u3000\n", "_{}", "{}1", "a {}", "{} a", "{}, {}.")
    changed = (token, token.upper(), token.lower(), token.title(), token[:-1], token[1:], token[:-1] + " " + token[-1:])
    return [surrounding.replace("{}", form) for form in changed for surrounding in surroundings]


def code_points(every: bool = False) -> list[str]:
    """Return all characters, or all common and a sample of rare ones; surrogates are none."""
    rare = range(0x3400, 0x110000, 1 if every else 997)
    numbers = [*range(0x3400), *rare] if every else [*range(0x700), *range(0x700, 0x3400, 17), *rare]
    return [chr(number) for number in numbers if not 0xD800 <= number < 0xE000]


def tweets(folder: Path, limit: int = 2000) -> list[str]:
    """Return tweets of TweetEval from a mirror of the datasets."""
    path = folder / "tweet_eval" / "sentiment" / "test_text.txt"
    return path.read_text(encoding="utf-8").split("\n")[:limit]


def texts_around(*telling: str) -> st.SearchStrategy[str]:
    """Return a strategy of texts made of telling parts, blanks, marks and any characters."""
    parts = st.sampled_from([*telling, " ", "  ", "\n", "\x00", "É", "e\u0301\u0323", "ß", "\u200d", "1", "a", "!"])
    return st.lists(st.one_of(parts, st.text(max_size=6)), max_size=12).map("".join)


def _encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else encode([text])[0]


def _in_portions(items: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
