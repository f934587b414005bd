"""The parts of text_image.py."""
