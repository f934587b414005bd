"""A grid's runs compared: the numbers, and the pages that show them.

leaderboard  one row a run, ranked on validation; names of runs
findings     what the predictions of all runs say: champion, statistics, cost, behaviour
recording    the findings and pages in MLflow
sections     the parts of the page, as a notebook shows them
checklist    how it was done
html         tables, pictures and texts as HTML in which every text is escaped
pages        the executed notebook as page and as slides
"""

from textlab.report.findings import Findings, gather
from textlab.report.leaderboard import leaderboard, model_names, write_table

__all__ = ["Findings", "gather", "leaderboard", "model_names", "write_table"]
