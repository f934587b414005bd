"""How well models predict, how sure that is, and which model to choose.

tasks            what the mechanisms ask of a task; each task's answers are in <task>/task.py
wishes           what a user wants of decisions, read from a grid or from options
predicted_examples  what frames with probabilities have in common
showing          predictions and scores for a notebook, of one class per example or of several labels
classification/  predictions of one classifier and their scores: metrics, calibration, slices, agreement
multilabel/      predictions of several labels per text, their thresholds and their scores
label_issues/    labels that are likely to be wrong
statistics/      uncertainty for any task: bootstrap intervals, paired tests, variation over seeds
choice/          the champion, the Pareto front of score and latency, and the conclusion in sentences
behaviour/       CheckList tests: minimum functionality, invariance and direction
figures/         every figure that notebooks and reports draw
"""
