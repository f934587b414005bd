"""The report on models of several labels per text."""
