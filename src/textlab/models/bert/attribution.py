"""Attribution: how much each word of a text contributes to BERT's prediction."""

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from textlab.models.bert import BERT
from textlab.models.transformer.batches import as_unicode
from textlab.models.transformer.tokenizer import mask_token

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
    model.tokenizer.enable_truncation(model.resolved["maximum_length"])
    encoding = model.tokenizer.encode(text)
    is_word = np.array(encoding.special_tokens_mask) == 0
    of_pieces = _integrated_gradients(model, encoding.ids, is_word, predicted)
    ends = np.array([end for _, end in encoding.offsets])
    for word in re.finditer(r"\S+", text):
        pieces = is_word & (ends > word.start()) & (ends <= word.end())
        if pieces.any():
            yield word.group(), float(of_pieces[pieces].sum())


def _integrated_gradients(model: BERT, numbers: list[int], is_word: np.ndarray, predicted: int) -> np.ndarray:
    """Return the attribution of each word piece, float (length,); the tokens around a text get 0."""
    import torch
    from captum.attr import IntegratedGradients

    pieces = torch.tensor([numbers], device=model.device)
    words = torch.from_numpy(is_word).to(model.device)
    masked = torch.where(words, mask_token(model.tokenizer), pieces)
    with torch.no_grad():
        vectors, baseline = (model.network.word_vectors(each) for each in (pieces, masked))
    found = IntegratedGradients(model.network).attribute(vectors, baseline, target=predicted, n_steps=STEPS)
    return found.sum(-1)[0].detach().cpu().numpy()
