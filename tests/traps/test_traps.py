"""The answer names the trap in every trapped set, and raises at most one false alarm among the clean ones."""

import gc

import pytest
from trap_answers import answer_of
from trap_sets import SETS
from trap_tables import CLEAN, TRAPPED

from textlab import data


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    gc.collect()
    gc.freeze()  # statsmodels collects garbage with each correction, which takes long after many imports
    yield tmp_path_factory.mktemp("traps")
    gc.unfreeze()


def test_there_are_enough_sets_and_half_of_them_are_clean():
    assert len(CLEAN) >= 22
    assert len(TRAPPED) >= 22


@pytest.mark.parametrize("made", SETS[::15], ids=lambda made: made.name)
def test_the_same_seed_makes_the_same_table(made):
    assert made.table(3).frame.equals(made.table(3).frame)


def test_the_answer_about_a_clean_set_begins_with_a_recommendation(folder):
    dataset = data.load(CLEAN["hotel_reviews"].table().write(folder, "recommended"))
    assert answer_of(dataset)[0].startswith("We recommend logistic regression (")
