"""Serving: predictions in batches, feedback, and swapping the model in every worker at once."""
