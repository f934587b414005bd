"""The steps of which a `textlab.text.processor.TextProcessor` is made, one module each."""
