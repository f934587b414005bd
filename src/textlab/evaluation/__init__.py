"""How good a model is and where it fails: nearly everything here reads one frame of predictions.

predictions  the frame itself, what it is made from and read by, the most confident mistakes
metrics      every score of a frame, and which of them may decide
calibration  Brier score, reliability bins, expected calibration error
temperature  calibration before and after temperature scaling
slices       scores of texts with something in common: long ones, those with a hashtag, ...

comparison   several models on one test set: `compare` gives all of the next three, `conclusion` its sentences
decisions    what the models said of the same texts, and scores from counts of it
bootstrap    scores on resamples of the texts, and BCa intervals
pairwise     paired bootstrap, McNemar, Holm, groups, the smallest difference a test set can detect
seeds        mean, spread and sign-flip test over seeds
conclusion   the answer in sentences
champion     which one to use: validation decides, and ties within noise go to the faster model
agreement    how far models decide alike
pareto       the models that no other beats in both quality and cost

behaviour    tests by phenomenon as in CheckList: this one asks a model, by its `predict`
figures      ROC, precision-recall, confusion, reliability and learning curves; pictures of a dataset and of vectors
"""
