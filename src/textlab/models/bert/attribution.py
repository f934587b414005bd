"""Attribution: how much each word of a text contributes to BERT's prediction."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from textlab.models.bert import BERT
from textlab.models.transformer.batches import DeviceTokens, as_unicode
from textlab.models.transformer.tokenizer import mask_token
from textlab.models.transformer.window_batches import smooth_maximum
from textlab.models.transformer.windows import Ends, Windows, ends_of, windows_of

STEPS = 32  # steps along the path from the baseline to the text


def word_attributions(model: BERT, texts: Sequence[str]) -> pd.DataFrame:
    """Return how much each word adds to the logit of the class that the model predicts for its text.

    The method is integrated gradients (Sundararajan et al. 2017, equation 1, https://arxiv.org/abs/1703.01365) of the
    word embeddings. Its baseline is the same text with every word masked. The attributions of a text add up to about
    the difference between the two logits.

    Args:
        model: a fitted BERT.
        texts: the raw texts.

    Returns:
        One row for each word that the model reads, separated by white space: `text` (position in `texts`), `word` and
        `attribution`.

    Raises:
        ValueError: the model is not fitted.
    """
    classes = model.predict_proba(texts).argmax(axis=1)
    rows = [
        {"text": number, "word": word, "attribution": attribution}
        for number, (text, predicted) in enumerate(zip(texts, classes, strict=True))
        for word, attribution in _attributions_of(model, as_unicode(text), int(predicted))
    ]
    return pd.DataFrame(rows, columns=["text", "word", "attribution"])


def _attributions_of(model: BERT, text: str, predicted: int) -> Iterator[tuple[str, float]]:
    ends = ends_of(model.tokenizer)
    layout = model.reader.layout
    model.tokenizer.enable_truncation(layout.longest)
    encoding = model.tokenizer.encode(text, add_special_tokens=False)
    pieces = np.array(encoding.ids, np.int32)
    of_pieces = _integrated_gradients(model, windows_of([pieces], layout, ends), ends, layout.step, predicted)
    last = np.array([end for _, end in encoding.offsets], int)
    for word in re.finditer(r"\S+", text):
        of_word = (last > word.start()) & (last <= word.end())
        if of_word.any():
            yield word.group(), float(of_pieces[of_word].sum())


def _integrated_gradients(model: BERT, windows: Windows, ends: Ends, step: int, predicted: int) -> np.ndarray:
    """Return the attribution of each piece of a text, float (length,); a piece in two windows gets the sum of both."""
    import torch
    from captum.attr import IntegratedGradients

    network, first, last = model.network, len(ends.prefix), len(ends.suffix)
    sent = DeviceTokens(windows.tokens, network.encoder.padding, model.device)
    numbers, mask = sent.gather(sent.batches([np.arange(len(sent))])[0])
    lengths = torch.from_numpy(windows.tokens.lengths).to(model.device)[:, None]
    places = torch.arange(numbers.shape[1], device=model.device)
    masked = torch.where((places >= first) & (places < lengths - last), mask_token(model.tokenizer), numbers)
    with torch.no_grad():
        vectors, baseline = (network.word_vectors(each)[None] for each in (numbers, masked))

    def logits(steps: Any) -> Any:
        """Return the logits (s, k) of the text at s steps of the path, (s, w, length, width)."""
        repeated = None if mask is None else mask.repeat(len(steps), 1, 1, 1)
        states = network.states(steps.flatten(0, 1), repeated).unflatten(0, steps.shape[:2])
        return network.head(smooth_maximum(states))

    found = IntegratedGradients(logits).attribute(
        vectors, baseline, target=predicted, n_steps=STEPS, internal_batch_size=max(1, STEPS // len(sent))
    )
    of_tokens = found.sum(-1)[0].detach().cpu().numpy()
    inner = [of_tokens[row, first : length - last] for row, length in enumerate(windows.tokens.lengths)]
    total = np.zeros(step * (len(inner) - 1) + len(inner[-1]))
    for row, values in enumerate(inner):
        total[row * step : row * step + len(values)] += values
    return total
