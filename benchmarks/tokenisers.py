"""Measure tokenizers in the graph against the package tokenizers: python benchmarks/tokenisers.py speed | exact | runs

`speed` times both in turns on the same tweets, on one core or more: batches of 64, and one tweet. The package is called
text by text and with batches. `exact` counts the texts whose token ids differ. `runs` times 64 long words of one
repeated letter. A tokenizer is one of the three kinds, trained on the first tweets, or a path of a tokenizer.json.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from tqdm.auto import tqdm

from textlab import data
from textlab.text.graph import encode

TURNS = 5
BATCH = 64
TWEETS = 2048
TRAINING_TWEETS = 30_000
VOCABULARY = {"wordpiece": 30_000, "bpe": 50_000, "unigram": 30_000}
LENGTHS = (280, 2000)
MAXIMUM_LENGTH = 128
LONGEST_WORD = 18
EXACT = ("sentiment", "emotion", "irony", "offensive")
OTHERS = ("airline", "sentiment140", "air_paradis")
app = typer.Typer(add_completion=False, help=__doc__)
Kinds = Annotated[list[str] | None, typer.Argument(help="wordpiece, bpe, unigram, or paths of a tokenizer.json.")]
Cores = Annotated[int, typer.Option(help="Cores for the graph and for the package.")]


def texts_of(name: str) -> list[str]:
    """Return every text of a dataset."""
    return [text for _, frame in data.load(name).splits() for text in frame["text"]]


def tokenizer_of(kind: str, texts: list[str]) -> Any:
    """Read a tokenizer.json, or train a tokenizer as BERT's, RoBERTa's or XLM-R's on texts."""
    from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    if kind not in VOCABULARY:
        return Tokenizer.from_file(kind)
    special, size = ["<s>", "<pad>", "</s>", "<unk>"], VOCABULARY[kind]
    if kind == "wordpiece":
        tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
        tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=special, show_progress=False)
    elif kind == "bpe":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(
            vocab_size=size, special_tokens=special, initial_alphabet=alphabet, show_progress=False
        )
    else:
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("  ", " ")])
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.UnigramTrainer(
            vocab_size=size, special_tokens=special, unk_token="<unk>", show_progress=False
        )
    # Published vocabularies have no long pieces, so words that are mostly one repeated letter are left out.
    short = (" ".join(word for word in text.split() if len(word) <= LONGEST_WORD) for text in texts)
    tokenizer.train_from_iterator(short, trainer)
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    ends = [(token, tokenizer.token_to_id(token)) for token in ("<s>", "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=ends)
    return tokenizer


def graph_of(tokenizer: Any) -> Callable[[list[bytes]], Any]:
    """Return a function from encoded texts to their token ids, computed in a graph."""
    import tensorflow as tf

    from textlab.text.tokenisers.graph import TokeniserGraph
    from textlab.text.tokenisers.reading import parse_tokeniser

    graph = TokeniserGraph(parse_tokeniser(tokenizer.to_str()), MAXIMUM_LENGTH)
    signature = [tf.TensorSpec([None], tf.string)]
    function = tf.function(graph.token_ids, input_signature=signature, autograph=False)
    function.graph = graph  # its tables must live as long as the function
    return lambda texts: function(tf.constant(texts, tf.string))


def prepared(kind: str, training: list[str]) -> tuple[Any, Callable[[list[bytes]], Any]]:
    """Return a tokenizer that truncates as the graph does, and its graph."""
    tokenizer = tokenizer_of(kind, training)
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAXIMUM_LENGTH)
    return tokenizer, graph_of(tokenizer)


def use_cores(cores: int) -> None:
    """Let the graph and the package use so many cores; both read this once, at their first call."""
    import tensorflow as tf

    os.environ["RAYON_NUM_THREADS"] = str(cores)
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if cores > 1 else "false"
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    tf.config.threading.set_intra_op_parallelism_threads(cores)
    tf.config.threading.set_inter_op_parallelism_threads(cores)


def seconds(work: Callable[[], object]) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def turns(works: dict[str, Callable[[], object]], count: int = TURNS) -> pd.Series:
    """Run works in turns and return the shortest seconds of each, which other work on the machine lengthens least."""
    for work in works.values():
        work()
    return pd.DataFrame([{name: seconds(work) for name, work in works.items()} for _ in range(count)]).min()


@app.command()
def speed(kinds: Kinds = None, cores: Cores = 1) -> None:
    """Print tweets a second in batches of 64, and microseconds for one tweet."""
    use_cores(cores)
    tweets = texts_of("tweet_eval/sentiment")
    training, tweets = tweets[:TRAINING_TWEETS], tweets[-TWEETS:]
    batches = [tweets[start : start + BATCH] for start in range(0, len(tweets), BATCH)]
    rows = {}
    for kind in kinds or VOCABULARY:
        tokenizer, graph = prepared(kind, training)

        def by_graph(graph: Any = graph) -> None:
            for batch in batches:
                graph(encode(batch))

        def by_text(tokenizer: Any = tokenizer) -> None:
            for tweet in tweets:
                tokenizer.encode(tweet)

        def by_batch(tokenizer: Any = tokenizer) -> None:
            for batch in batches:
                tokenizer.encode_batch(batch)

        def alone(work: Callable[[str], object]) -> Callable[[], None]:
            return lambda: [work(tweet) for tweet in tweets[:200]] and None

        every = len(tweets) / turns({"graph": by_graph, "text by text": by_text, "in batches": by_batch})
        one = turns(
            {
                "graph": alone(lambda tweet, graph=graph: graph(encode([tweet]))),
                "package": alone(lambda tweet, tokenizer=tokenizer: tokenizer.encode(tweet)),
            }
        )
        rows[Path(kind).stem] = {
            "graph, tweets/s": round(every["graph"]),
            "package text by text": round(every["text by text"]),
            "package in batches": round(every["in batches"]),
            "graph / text by text": round(every["graph"] / every["text by text"], 2),
            "graph / in batches": round(every["graph"] / every["in batches"], 2),
            "one tweet, us": round(one["graph"] / 200 * 1e6),
            "package, us": round(one["package"] / 200 * 1e6),
        }
    print(f"{cores} cores, {len(tweets):,} tweets", pd.DataFrame(rows).to_string(), sep="\n")


@app.command()
def runs(kinds: Kinds = None, cores: Cores = 1) -> None:
    """Print milliseconds for 64 long words of one repeated letter: the same word, and words of 26 letters."""
    use_cores(cores)
    training = texts_of("tweet_eval/sentiment")[:TRAINING_TWEETS]
    rows = []
    for kind in kinds or VOCABULARY:
        tokenizer, graph = prepared(kind, training)
        for length in LENGTHS:
            texts = {"same": ["a" * length] * BATCH}
            texts["different"] = [chr(ord("a") + place % 26) * (length - place) for place in range(BATCH)]
            for name, batch in texts.items():
                coded = encode(batch)
                times = turns(
                    {
                        "graph": lambda graph=graph, coded=coded: graph(coded),
                        "package": lambda tokenizer=tokenizer, batch=batch: [tokenizer.encode(text) for text in batch],
                    },
                    3 * TURNS,
                )
                rows.append({"tokenizer": Path(kind).stem, "letters": length, "words": name, **(times * 1000).round(2)})
    print(f"{cores} cores, milliseconds for {BATCH} words", pd.DataFrame(rows).to_string(index=False), sep="\n")


@app.command()
def exact(kinds: Kinds = None) -> None:
    """Count the texts of all datasets whose token ids differ."""
    training = texts_of("tweet_eval/sentiment")[:TRAINING_TWEETS]
    names = [*(f"tweet_eval/{name}" for name in EXACT), *OTHERS]
    rows: dict[str, dict[str, int]] = {}
    for kind in kinds or VOCABULARY:
        tokenizer, graph = prepared(kind, training)
        for name in names:
            texts, differing = texts_of(name), 0
            for start in tqdm(range(0, len(texts), TWEETS), desc=f"{Path(kind).stem}, {name}", leave=False):
                batch = texts[start : start + TWEETS]
                found = graph(encode(batch)).to_list()
                expected = [encoding.ids for encoding in tokenizer.encode_batch(batch)]
                differing += sum(one != other for one, other in zip(found, expected, strict=True))
            rows.setdefault(name, {"texts": len(texts)})[f"{Path(kind).stem} differs"] = differing
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.loc["all"] = table.sum()
    print(table.to_string())


if __name__ == "__main__":
    app()
