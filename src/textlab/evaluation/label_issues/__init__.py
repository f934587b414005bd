"""Labels that are likely to be wrong, from out-of-fold predictions and near-duplicates."""

from textlab.evaluation.label_issues.contradictions import contradictions
from textlab.evaluation.label_issues.issues import LabelIssues, find_label_issues
from textlab.evaluation.label_issues.wrong_share import Estimate, estimate_wrong, label_scores

__all__ = ["Estimate", "LabelIssues", "contradictions", "estimate_wrong", "find_label_issues", "label_scores"]
