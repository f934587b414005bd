"""The report on a grid: which run to use, why, and how certain that is.

findings     the results of a grid's runs: champion, statistics, costs, behaviour
entries      the runs that can be compared, with their predictions
costs        training and serving cost of each model
behaviour    exported models on the behavioural tests
leaderboard  one row per run, ranked on validation; names of runs
recording    the findings written to the record
sections/    the parts of the page, as a notebook shows them
html         tables, images and sentences as HTML
pages        the executed notebook as a page and as slides
templates/   Jinja templates and the style sheet
"""

from textlab.report.findings import Findings, gather
from textlab.report.leaderboard import leaderboard, model_names, write_table

__all__ = ["Findings", "gather", "leaderboard", "model_names", "write_table"]
