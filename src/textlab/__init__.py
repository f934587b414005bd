"""textlab: a notebook-first laboratory for text classifiers."""
