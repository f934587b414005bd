"""The defaults of every model family on a suite of datasets, beside the best parameters that a search finds."""
