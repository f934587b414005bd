"""Uncertainty: bootstrap intervals, paired tests, and the spread over seeds."""
