"""Decisions from probabilities: by costs, by a wanted precision or recall, with abstention, and sets of classes.

guarantees  thresholds that keep a promise on new examples, and exact intervals
rules       the rules of a bundle, computed from `evaluation.wishes` and validation predictions
outcomes    what the rules give on a split
costs       expected costs, compared between models
curves      the risk-coverage curve and the cost curve
"""
