"""Predictions of retrievers, and their scores.

predictions       the frame of predictions that all other modules read, and how it is made
metrics           every metric of every query, and their means
paired            the scores of several models for the same queries, for `textlab.evaluation.statistics`
comparison        intervals and paired tests of several retrievers
ranks             the place of the first good document
floors            rankings that ignore the query
kinds             scores by kind of request
kind_differences  the difference between two retrievers on each kind of request
conditions        share of answers that meet the conditions of their request
fairness          changes of rankings and profiles under swapped names and places
doubts            reasons to doubt the choice of a retriever
differences       single queries: where two models differ most, and where one does worst
similarity        pairs of texts: rank correlation, error after calibration, accuracy at the best threshold
leaks             test queries that also occur in training, and queries copied from the documents that answer them
task              retrieval, described for the mechanisms that serve every task
"""
