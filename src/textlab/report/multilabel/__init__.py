"""The report on models of several labels a text."""
