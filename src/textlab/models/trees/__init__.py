"""Ensembles of decision trees on n-grams, for the families that grow them: features, nodes, and the graph."""
