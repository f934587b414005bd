"""Pre-tokenizers that look at characters one at a time."""

import pytest
from tokeniser_checks import AWKWARD, TokeniserPair, code_points
from tokenizers import Tokenizer, pre_tokenizers
from tokenizers.models import WordPiece

from textlab.text.tokenisers.contract import build

PIECES = [
    "?",
    "a",
    "b",
    "ab",
    "##a",
    "##b",
    "1",
    "2",
    "12",
    "##1",
    "##2",
    "!",
    "!!",
    "##!",
    "a!",
    "!b",
    "##!!",
    "中",
    " ",
]
TEXTS = ["a!b", "!!a", "a!!!b", "a!", "!", "!a!!b!", "a12b", "1 2", "12!a", " a  b ", "ab-b--a-", "a a", "aaa", "_a_!"]


def tokenizer(pre_tokenizer):
    built = Tokenizer(WordPiece({piece: number for number, piece in enumerate(PIECES)}, unk_token="?"))
    built.pre_tokenizer = pre_tokenizer
    return built


@pytest.mark.parametrize(
    "pre_tokenizer",
    [
        *[pre_tokenizers.Punctuation(how) for how in ("merged_with_previous", "merged_with_next", "contiguous")],
        pre_tokenizers.Sequence(
            [
                pre_tokenizers.WhitespaceSplit(),
                pre_tokenizers.Punctuation("isolated"),
                pre_tokenizers.Digits(individual_digits=True),
                pre_tokenizers.CharDelimiterSplit("b"),
            ]
        ),
        pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=False)]),
    ],
    ids=str,
)
def test_words_equal_those_of_the_pre_tokenizer(pre_tokenizer):
    samples = [f"a{character}b 1{character}{character}2" for character in code_points()[::3]]
    TokeniserPair(tokenizer(pre_tokenizer)).check([*TEXTS, *AWKWARD, *samples])


@pytest.mark.slow
@pytest.mark.parametrize(
    "pre_tokenizer",
    [
        pre_tokenizers.BertPreTokenizer(),
        pre_tokenizers.Whitespace(),
        pre_tokenizers.WhitespaceSplit(),
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.Digits(individual_digits=False),
        *[
            pre_tokenizers.Punctuation(how)
            for how in ("removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous")
        ],
        pre_tokenizers.CharDelimiterSplit("a"),
    ],
    ids=str,
)
def test_words_equal_those_of_the_pre_tokenizer_for_every_code_point(pre_tokenizer):
    both = TokeniserPair(tokenizer(pre_tokenizer), traced=True)
    both.check_awkward(*TEXTS)
    both.check_code_points(every=True)


def test_unknown_pre_tokenizer_is_refused_by_name():
    with pytest.raises(
        ValueError, match=r"has the pre-tokenizer UnicodeScripts, which the graph cannot reproduce\. Ch"
    ):
        build("pre_tokenisers", {"type": "UnicodeScripts"})
