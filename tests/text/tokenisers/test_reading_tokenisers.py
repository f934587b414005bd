"""A tokenizer.json that a graph cannot reproduce is refused by name, before TensorFlow is imported."""

import json
import subprocess
import sys

import pytest
from tokeniser_checks import TokeniserPair
from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE, WordPiece

from textlab.text.tokenisers.graph import TokeniserGraph
from textlab.text.tokenisers.reading import parse_tokeniser, read_tokeniser


def document(**parts):
    """Return a plain tokenizer.json in which some parts are replaced."""
    built = Tokenizer(WordPiece({"?": 0, "a": 1, "<s>": 2}, unk_token="?"))
    built.normalizer, built.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    return json.loads(built.to_str()) | parts


def pair(post_processor):
    built = Tokenizer.from_str(json.dumps(document()))
    built.post_processor = post_processor
    return TokeniserPair(built, maximum_length=5)


BPE_MODEL = json.loads(Tokenizer(BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")])).to_str())["model"]
STRIP = {"type": "Strip", "strip_left": True, "strip_right": True}
METASPACE = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": True}
TEMPLATE = {
    "type": "TemplateProcessing",
    "single": [{"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [],
    "special_tokens": {},
}


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"model": None}, r"has no model\. Save the tokenizer again"),
        ({"model": BPE_MODEL | {"merges": []}}, r"is BPE without a table of merges\. Take tokenizer\.json"),
        ({"model": {"type": "WordPiece"}}, r"model has no vocabulary"),
        (
            {"model": BPE_MODEL | {"continuing_subword_prefix": "##"}},
            r"merges 'a' and 'b', which does not begin with '##' and more\. Save",
        ),
        ({"model": BPE_MODEL | {"merges": [3]}}, r"cannot read it \(.*\)\. Save"),
        (
            {"model": BPE_MODEL | {"vocab": BPE_MODEL["vocab"] | {"c": 2**31}}},
            r"id 2147483648, which is above 16777215",
        ),
        (
            {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}},
            r"cannot read it \(Precompiled: .*\)",
        ),
        (
            {"normalizer": STRIP, "pre_tokenizer": METASPACE},
            r"prepend_scheme first after the normalizer Strip, which can remove the beginning",
        ),
        ({"normalizer": "Foo"}, r"cannot read it \(.*\)\. Save"),
        ({"normalizer": {"type": ["Foo"]}}, r"has the normalizer \['Foo'\], which"),
        ({"normalizer": {"type": "Foo"}}, r"has the normalizer Foo, which the graph cannot reproduce\. Choose"),
        (
            {"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Foo"}]}},
            r"has the normalizer Foo, which",
        ),
        ({"pre_tokenizer": {"type": "UnicodeScripts"}}, r"has the pre-tokenizer UnicodeScripts, which"),
        (
            {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Foo"}]}},
            r"has the pre-tokenizer Foo, which",
        ),
        ({"model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}}, r"has the model WordLevel, which"),
        ({"model": {"type": "Foo", "vocab": {}}}, r"has the model Foo, which"),
        ({"post_processor": {"type": "Foo"}}, r"has the post-processor Foo, which"),
        ({"post_processor": ["Foo"]}, r"has the post-processor \['Foo'\], which"),
        (
            {
                "post_processor": TEMPLATE
                | {"single": [{"SpecialToken": {"id": "<x>", "type_id": 0}}, *TEMPLATE["single"]]}
            },
            r"template names the token '<x>', which its special_tokens lack\. Correct",
        ),
        ({"added_tokens": [{"id": 1}]}, r"The package tokenizers cannot read it \(.*\)\. Save"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_part_that_the_graph_cannot_reproduce_is_named(parts, message):
    with pytest.raises(ValueError, match=message):
        parse_tokeniser(json.dumps(document(**parts)))


def test_deeply_nested_file_is_no_json():
    with pytest.raises(ValueError, match=r"^It is no JSON \(.*\)\. Save"):
        parse_tokeniser("[" * 100_000)


def test_ids_of_the_post_processor_count_for_the_largest_id():
    ends = {"type": "BertProcessing", "sep": ["a", 99], "cls": ["a", 1]}
    assert parse_tokeniser(json.dumps(document(post_processor=ends))).largest_id == 99


def test_file_is_named(tmp_path):
    path = tmp_path / "tokenizer.json"
    with pytest.raises(FileNotFoundError, match=r"tokenizer\.json is missing\. Save the tokenizer beside the model"):
        read_tokeniser(path)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=r"tokenizer\.json cannot be used\. It is no JSON \(.*\)\. Save"):
        read_tokeniser(path)


def test_reading_needs_no_tensorflow(tmp_path):
    (tmp_path / "tokenizer.json").write_text(json.dumps(document()), encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from textlab.text.tokenisers.reading import read_tokeniser;"
        f"read_tokeniser(Path({str(tmp_path / 'tokenizer.json')!r})); sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "post_processor",
    [
        processors.BertProcessing(("a", 1), ("<s>", 2)),
        processors.Sequence(
            [
                processors.ByteLevel(trim_offsets=False),
                processors.RobertaProcessing(("a", 1), ("<s>", 2)),
                processors.TemplateProcessing("<s> $A:0", special_tokens=[("<s>", 2)]),
            ]
        ),
    ],
    ids=["BertProcessing", "Sequence"],
)
def test_ends_equal_those_of_the_post_processor(post_processor):
    pair(post_processor).check(["a a", "a a a a a a", ""])


def test_template_with_several_types_is_refused():
    template = processors.TemplateProcessing("<s>:2 $A:0", special_tokens=[("<s>", 2)])
    with pytest.raises(
        ValueError, match=r"gives tokens of one text the types \[0, 2\], and the graph knows the type 0"
    ):
        pair(template)


def test_template_without_the_text_is_refused():
    with pytest.raises(ValueError, match=r"must name the text A once\. Correct `single`"):
        pair(processors.TemplateProcessing("$A $A"))


def test_length_without_room_for_a_token_is_refused():
    text = json.dumps(document(post_processor={"type": "BertProcessing", "sep": ["a", 1], "cls": ["a", 1]}))
    with pytest.raises(ValueError, match=r"maximum length is 2, but 2 tokens begin and end every text\. Raise"):
        TokeniserGraph(parse_tokeniser(text), 2)
