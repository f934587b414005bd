"""Choose a model: the champion, the Pareto front, and the conclusion in sentences."""
