"""Behavioural tests: a model's capabilities, phenomenon by phenomenon.

Ribeiro et al. (2020), "Beyond accuracy: behavioral testing of NLP models with CheckList". Three kinds of test:

minimum functionality  a plain sentence whose class is beyond doubt; any other class is a failure
invariance             a change that must not matter; a change of the predicted class is a failure
direction              a change that can only favour one class; a fall of its probability is a failure

    cases = behaviour_cases(dataset.test["text"], dataset.label_names)
    results = {"lstm": run_cases(lstm.predict_proba, cases, dataset.label_names)}
    capability_table(results)      # failure rates with intervals, which figures.capability_figure draws
    failure_examples(results)

perturbations  changes of a text
cases          the test cases: sentences from a grammar, and changed test texts
capabilities   running the cases, failure rates, and examples of failures
english        whether the texts are in English, as the sentences are
"""

from textlab.evaluation.behaviour.capabilities import capability_table, failure_examples, run_cases
from textlab.evaluation.behaviour.cases import behaviour_cases
from textlab.evaluation.behaviour.english import why_left_out

__all__ = ["behaviour_cases", "capability_table", "failure_examples", "run_cases", "why_left_out"]
