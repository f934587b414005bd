"""The report on a grid: which run to use, why, and how certain that is.

comparisons     the compared runs: champion, statistics, costs and seeds
findings        the verdict on them, and the concerns; what a task implements
gathering       the findings of the runs' task
entries         the runs that can be compared, with their predictions
costs           training and serving cost of each model
input_gains     the gain of each input
label_curves    the score by the number of training examples
leaderboard     one row per run, ranked on validation; names of runs
recording       the findings written to the record
sections/       the parts of the page that every task has
classification/ the findings and sections of classifiers
retrieval/      the findings and sections of retrievers
html            tables, images and sentences as HTML
pages           the executed notebook as a page and as slides
templates/      Jinja templates and the style sheet
"""

from textlab.report.findings import Findings
from textlab.report.gathering import gather
from textlab.report.leaderboard import leaderboard, model_names, write_table

__all__ = ["Findings", "gather", "leaderboard", "model_names", "write_table"]
