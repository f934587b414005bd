"""Has the input moved? What must be found, and what must not."""

import numpy as np
import pytest
from simulated import make_outputs, make_reference, make_texts, make_traffic

from textlab.evaluation.shift.text_table import text_table
from textlab.monitoring.budget import decide
from textlab.monitoring.inputs import FEWEST_COMPARED, input_findings

LOOKS = 30
TESTS = {"domain classifier", "words", "unknown words", "surface features", "languages", "length"}


@pytest.fixture(scope="module")
def reference():
    return make_reference()


def traffic_of(texts, callers=None):
    _, probabilities = make_outputs(len(texts), np.random.default_rng(1))
    return make_traffic(texts, probabilities, callers)


def alarms(reference, texts, callers=None):
    findings = input_findings(reference, traffic_of(texts, callers)).findings
    return {finding.name for finding in decide(findings, 0.05).alarms}


@pytest.fixture(scope="module")
def quiet_looks(reference):
    """Looks at traffic of the same source."""
    return [
        input_findings(reference, traffic_of(make_texts(150, np.random.default_rng(100 + look))), look).findings
        for look in range(LOOKS)
    ]


def test_looks_without_a_shift_stay_within_the_budget(quiet_looks):
    assert {finding.name for finding in quiet_looks[0]} == TESTS
    assert sum(bool(decide(findings, 0.05).alarms) for findings in quiet_looks) <= 5  # 1.5 expected at most


@pytest.mark.parametrize("name", sorted(TESTS))
def test_p_values_without_a_shift_are_not_too_small(quiet_looks, name):
    p_values = np.array([finding.p for findings in quiet_looks for finding in findings if finding.name == name])
    assert (p_values < 0.25).sum() <= 15  # 7.5 expected
    assert (p_values < 0.02).sum() <= 4


def test_new_words_are_found_and_named(reference):
    texts = make_texts(300, np.random.default_rng(5))
    texts[:40] = [f"{text} quokka" for text in texts[:40]]
    shift = input_findings(reference, traffic_of(texts))
    assert {"words", "unknown words"} <= {finding.name for finding in decide(shift.findings, 0.05).alarms}
    words = next(finding for finding in shift.findings if finding.name == "words")
    assert '"quokka" (0% to 13%)' in words.sentence
    assert shift.texts.unknown.current > shift.texts.unknown.reference


def test_a_word_that_vanished_is_found(reference):
    frequent = max(reference.word_shares, key=reference.word_shares.get)
    texts = [text.replace(frequent, "tab") for text in make_texts(300, np.random.default_rng(6))]
    moved = input_findings(reference, traffic_of(texts)).texts.movements
    assert (frequent, 0.0) in [(word.name, word.current) for word in moved]


def test_another_topic_length_language_and_links_are_found(reference):
    french = [
        f"les vols de la compagnie ne sont pas à l'heure et {word} https://t.co/{word} 😡"
        for word in make_texts(120, np.random.default_rng(7))
    ]
    shift = input_findings(reference, traffic_of(french))
    assert {finding.name for finding in decide(shift.findings, 0.05).alarms} == TESTS
    assert shift.texts.separability.auc > 0.95
    sentences = " ".join(finding.sentence for finding in shift.findings)
    assert "100% French in the traffic" in sentences
    assert "100% of the texts in the traffic and 0% of those in training have a" in sentences


def test_a_text_that_a_bot_posts_300_times_counts_once(reference):
    texts = [*make_texts(150, np.random.default_rng(8)), *["rain sun snow https://t.co/x"] * 300]
    shift = input_findings(reference, traffic_of(texts))
    assert decide(shift.findings, 0.05).alarms == ()
    assert (shift.texts.compared, shift.texts.repeated) == (151, pytest.approx(299 / 450))
    numbered = [*texts[:150], *[f"rain sun snow {number}" for number in range(300)]]
    assert alarms(reference, numbered) == set()


def test_a_caller_with_a_subject_of_its_own_is_no_shift(reference):
    random = np.random.default_rng(9)
    own = [f"{text} vada" for text in make_texts(30, random)]
    texts, callers = [*make_texts(300, random), *own], [*range(300), *[300] * 30]
    assert "words" in alarms(reference, texts)
    assert alarms(reference, texts, np.array(callers).astype(str)) == set()


def test_few_callers_are_not_grouped_and_the_result_says_so(reference):
    texts = make_texts(150, np.random.default_rng(10))
    shift = input_findings(reference, traffic_of(texts, np.repeat(["a", "b", "c"], 50)))
    assert (shift.callers, shift.by_caller) == (3, False)
    many = input_findings(reference, traffic_of(texts, np.arange(150).astype(str).repeat(2)[:150]))
    assert (many.callers, many.by_caller) == (75, True)


def test_without_texts_only_their_length_is_tested(reference):
    _, probabilities = make_outputs(200, np.random.default_rng(11))
    lengths = np.array([len(text) for text in make_texts(200, np.random.default_rng(11))])
    shift = input_findings(reference, make_traffic(lengths, probabilities))
    assert [finding.name for finding in shift.findings] == ["length"]
    assert shift.missing.startswith("The service recorded no texts, so only their length was tested. Set TEXTLAB_API_")
    assert decide(shift.findings, 0.05).alarms == ()
    longer = input_findings(reference, make_traffic(lengths + 40, probabilities))
    assert [finding.name for finding in decide(longer.findings, 0.05).alarms] == ["length"]


def test_a_few_different_texts_are_too_few_to_compare(reference):
    texts = make_texts(30, np.random.default_rng(12)) * 10
    shift = input_findings(reference, traffic_of(texts))
    assert shift.texts is None
    assert shift.missing.startswith("The service recorded only 30 different texts, so only their length was tested.")
    assert str(FEWEST_COMPARED) in shift.missing


def test_a_prepared_table_gives_the_same_result(reference):
    texts = make_texts(100, np.random.default_rng(13))
    everything = text_table([*make_texts(50, np.random.default_rng(14)), *texts])
    table = everything.take(np.arange(50, 150))
    first, second = (input_findings(reference, traffic_of(texts), table=given) for given in (None, table))
    assert [one.p for one in first.findings] == pytest.approx([one.p for one in second.findings])


def test_odd_texts_are_compared(reference):
    texts = [f"{text} \ud800 \x00 👩\u200d👧🏽" for text in make_texts(60, np.random.default_rng(15))]
    assert "unknown words" not in alarms(reference, ["", "!!!", "@", *texts])
