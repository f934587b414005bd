"""The answer names the trap in every trapped set, and raises at most one false alarm among the clean ones."""

import pytest
from trap_answers import answer_of, judge
from trap_sets import SETS
from trap_tables import CLEAN, TRAPPED

from textlab import data
from textlab.concerns import ConcernKind
from textlab.evaluation.statistics import comparison
from textlab.evaluation.statistics.bootstrap import bootstrap

FALSE_ALARMS = 1
RESAMPLES = 1_000  # a tenth of what a report draws; intervals vary by a few per cent of their length


def marked(sets, quick):
    """The sets as parameters; `make test-slow` judges those that are not quick, too."""
    return [
        pytest.param(made, id=made.name, marks=() if made.name in quick else pytest.mark.slow) for made in sets.values()
    ]


def of_every_kind(traps):
    """Return the names of a few traps that together have every kind of concern."""
    names, kinds = set(), set()
    for trap in traps:
        if not kinds.issuperset(trap.kinds):
            names.add(trap.name)
            kinds.update(trap.kinds)
    return names


QUICK_TRAPS = of_every_kind(TRAPPED.values())
QUICK_CLEAN = set(sorted(CLEAN)[::5])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    def fewer(sample, metrics, resamples, seed):
        return bootstrap(sample, metrics, RESAMPLES, seed)

    folder = tmp_path_factory.mktemp("traps")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "bootstrap", fewer)
        judge(CLEAN["hotel_reviews"], folder)  # imports what is imported late
        yield folder


def test_there_are_enough_clean_and_trapped_sets():
    assert min(len(CLEAN), len(TRAPPED)) >= 22


@pytest.mark.parametrize("trap", TRAPPED.values(), ids=lambda trap: trap.name)
def test_expected_kinds_exist(trap):
    assert set(trap.kinds) <= set(ConcernKind.__members__)


@pytest.mark.parametrize("made", SETS[::15], ids=lambda made: made.name)
def test_the_same_seed_makes_the_same_table(made):
    assert made.table(3).frame.equals(made.table(3).frame)


@pytest.mark.parametrize("trap", marked(TRAPPED, QUICK_TRAPS))
def test_the_answer_names_the_trap(trap, folder):
    verdict = judge(trap, folder)
    assert verdict.outcome == "hit", f"{trap.story} Concerns: {verdict.kinds}. Answer: {verdict.answer}"


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "names",
    [
        pytest.param(QUICK_CLEAN, id="quick"),
        pytest.param(set(CLEAN) - QUICK_CLEAN, id="others", marks=pytest.mark.slow),
    ],
)
def test_at_most_one_clean_set_has_a_serious_concern(names, folder):
    verdicts = [judge(CLEAN[name], folder) for name in sorted(names)]
    alarms = {verdict.source.name: verdict.answer for verdict in verdicts if verdict.outcome != "quiet"}
    assert len(alarms) <= FALSE_ALARMS, alarms


def test_the_answer_about_a_clean_set_begins_with_a_recommendation(folder):
    dataset = data.load(CLEAN["hotel_reviews"].table().write(folder, "recommended"))
    assert answer_of(dataset)[0].startswith("We recommend logistic regression (")
