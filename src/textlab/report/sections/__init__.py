"""The parts of a page that the reports of every task have. Every number links to its MLflow run.

overview     the question, the data, the answer, and the concerns about it
preparation  what was done to the data
leaderboard  all runs with scores and intervals
differences  every model against the best on validation, and all pairs
input_gains  what each input adds
seeds        mean and standard deviation over seeds
cost         training time, memory, size and latency; the Pareto front
learning     learning curves of the trainings
label_curve  the score by the number of training examples
checklist    the method, as a reproducibility checklist
run_links    the link from a number to its run

A task's own package holds the others: `textlab.report.<task>.sections`.
"""
