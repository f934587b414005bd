"""Text and picture together: features side by side (early fusion), or probabilities combined (late fusion)."""

from textlab.models.text_image.model import TextImageClassifier

__all__ = ["TextImageClassifier"]
