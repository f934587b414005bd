"""Words, features, lengths, class shares and languages of two samples."""

from collections import Counter

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.stats import fisher_exact

from textlab.evaluation.shift.class_shares import class_shift, shares_p
from textlab.evaluation.shift.languages import language_of, language_shift
from textlab.evaluation.shift.movements import movements
from textlab.evaluation.shift.tokens import series_of, tokens_of, words_of


def having(texts, first, second):
    """A column of a word that `first` of the first half and `second` of the second half of the texts have."""
    return [number < first for number in range(texts)] + [number < second for number in range(texts)]


def test_the_p_value_of_a_word_is_close_to_that_of_the_exact_test():
    matrix = csr_matrix(np.array([having(200, 30, 70), having(200, 50, 50)]).T.astype(np.float32))
    is_current, no_classes = np.arange(400) >= 200, np.zeros(400, dtype=int)
    (moved,) = movements(matrix, ["visa", "the"], is_current, no_classes)
    assert (moved.name, moved.reference, moved.current) == ("visa", pytest.approx(0.15), pytest.approx(0.35))
    exact = fisher_exact([[30, 170], [70, 130]]).pvalue
    assert exact / 5 < moved.p / 2 < 5 * exact  # two words are tested


def test_a_word_of_a_class_that_is_more_frequent_has_not_moved():
    classes = np.repeat([0, 1, 0, 1], [300, 100, 100, 300])
    matrix = csr_matrix((classes == 1).astype(np.float32)[:, None])
    is_current = np.repeat([False, True], 400)
    assert movements(matrix, ["great"], is_current, classes) == ()
    assert len(movements(matrix, ["great"], is_current, np.zeros(800, dtype=int))) == 1


def test_words_signs_and_features_of_a_text_are_its_tokens():
    text = "@Jo LATE again!! 😡 http://t.co/x #fail"
    assert {"late", "again", "!", "😡", "a link", "a mention", "a hashtag"} <= tokens_of(text, words_of(text))
    assert {"a digit", "a question mark"}.isdisjoint(tokens_of(text, words_of(text)))


def test_texts_that_differ_in_digits_are_one_series_and_texts_without_words_are_none():
    texts = ["Flight 12 is late", "flight 34 is late!", "12", "12"]
    first, second, third, fourth = series_of([tokens_of(text, words_of(text)) for text in texts])
    assert first == second
    assert third != fourth


def test_class_shares_are_compared_as_if_the_samples_had_equal_sizes():
    labels = {"even": np.arange(1000) % 2, "uneven": (np.arange(100) < 90).astype(int)}
    shift = class_shift(labels["even"], labels["uneven"], ("bad", "good"))
    assert shift.cramers_v == pytest.approx(np.sqrt((0.4**2 / 0.6 + 0.4**2 / 1.4) / 2))
    assert shift.p < 1e-10
    assert class_shift(labels["even"], labels["even"][:100], ("bad", "good")).cramers_v == 0


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is the bag that you have lost? I was there at noon and nobody came.", "English"),
        ("Le vol est en retard et nous ne savons pas quoi faire avec les bagages.", "French"),
        ("Der Flug ist zu spät und ich habe keine Ahnung, wo mein Koffer ist.", "German"),
        ("El vuelo está retrasado y no sabemos qué hacer con las maletas.", "Spanish"),
        ("Il volo è in ritardo e non so dove sono i bagagli, ma questo è tutto.", "Italian"),
        ("O voo está atrasado e não sabemos onde estão as malas, mas já é muito.", "Portuguese"),
        ("De vlucht is te laat en ik weet niet waar mijn koffer is.", "Dutch"),
        ("Рейс опаздывает", "Cyrillic script"),
        ("航班晚点了", "Chinese script"),
        ("東京国際空港行きの便", "Japanese"),
        ("비행기가 늦었어요", "Korean script"),
        ("ok 👍", ""),
        ("12:30", ""),
    ],
)
def test_language_of_a_text(text, language):
    assert language_of(text) == language


def test_a_share_of_french_texts_is_a_language_shift_and_fewer_recognised_texts_are_none():
    english = Counter({"English": 90, "": 10})
    assert language_shift(english, Counter({"English": 55, "French": 40, "": 5})).distance == pytest.approx(
        0.35, abs=0.1
    )
    assert language_shift(english, Counter({"English": 50, "": 50})).distance == 0
    assert language_shift(Counter({"": 10}), Counter({"": 20})).p == 1


def test_a_class_that_is_rare_in_both_samples_does_not_decide_alone():
    counts = np.array([[9_990, 9_990, 20], [50, 49, 1]])
    assert shares_p(counts) > 0.5
