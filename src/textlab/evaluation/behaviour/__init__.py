"""What a model can do, phenomenon by phenomenon, rather than how many texts it gets right.

Ribeiro et al. (2020), "Beyond accuracy: behavioral testing of NLP models with CheckList". Three kinds of test:

minimum functionality  a plain sentence whose class is beyond doubt; another class fails
invariance             a text and the same with something changed that does not matter; another class fails
direction              a text and the same with something changed that can only help one class; a fall fails

    cases = behaviour_cases(dataset.test["text"], dataset.label_names)
    results = {"lstm": run_cases(lstm.predict_proba, cases, dataset.label_names)}
    capability_table(results)      # failure rates with intervals; figures.capability_figure draws them
    failure_examples(results)
"""

from textlab.evaluation.behaviour.capabilities import capability_table, failure_examples, run_cases
from textlab.evaluation.behaviour.cases import behaviour_cases

__all__ = ["behaviour_cases", "capability_table", "failure_examples", "run_cases"]
