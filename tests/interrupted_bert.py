"""A BERT whose training is interrupted, as by Ctrl-C."""

from textlab.models.bert import BERT


class StoppedAtTheThirdEvaluation(BERT):
    def _measures_of(self, *arguments):
        measures, calls = super()._measures_of(*arguments), []

        def measured():
            calls.append(None)
            if len(calls) == 3:
                raise KeyboardInterrupt
            return measures()

        return measured
