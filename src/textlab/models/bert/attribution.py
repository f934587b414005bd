"""Which words moved a BERT's decision, in numbers; `textlab.evaluation.figures` draws them."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from textlab.models.bert import BERT
from textlab.models.bert.batches import as_unicode

STEPS = 32  # of the path from the baseline


def word_attributions(model: BERT, texts: Sequence[str]) -> pd.DataFrame:
    """What each word adds to the logit of the class that the model predicts for its text.

    Integrated gradients (Sundararajan et al. 2017, equation 1, https://arxiv.org/abs/1703.01365) of the word
    embeddings, from a text whose every word is masked. The sum over a text is about the difference of the two logits.

    Returns:
        A row for each word, as white space separates them, that the model reads: `text` (position in `texts`),
        `word`, `attribution`.

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
    model.tokenizer.enable_truncation(model.parameters["maximum_length"])
    encoding = model.tokenizer.encode(text)
    of_pieces = _integrated_gradients(model, encoding.ids, predicted)
    ends = np.array([end for _, end in encoding.offsets])
    is_word = np.array(encoding.special_tokens_mask) == 0
    for word in re.finditer(r"\S+", text):
        pieces = is_word & (ends > word.start()) & (ends <= word.end())
        if pieces.any():
            yield word.group(), float(of_pieces[pieces].sum())


def _integrated_gradients(model: BERT, numbers: list[int], predicted: int) -> np.ndarray:
    """float (length,): of each piece; [CLS] and [SEP] stay in the baseline and get none."""
    import torch
    from captum.attr import LayerIntegratedGradients

    pieces = torch.tensor([numbers], device=model.device)
    baseline = torch.full_like(pieces, model.tokenizer.token_to_id("[MASK]"))
    baseline[:, [0, -1]] = pieces[:, [0, -1]]

    def logits(token_numbers: Any) -> Any:
        return model.network(input_ids=token_numbers).logits

    method = LayerIntegratedGradients(logits, model.network.bert.embeddings.word_embeddings)
    found = method.attribute(pieces, baseline, target=predicted, n_steps=STEPS)
    return found.sum(-1)[0].detach().cpu().numpy()
