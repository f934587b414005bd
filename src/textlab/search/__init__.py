"""Search: an index of documents, filters, and the reading of requests.

The laboratory and the service share this package. It imports nothing else of textlab, and nothing heavy when imported.
MLflow copies it into registered models, so its modules import one another by relative names.
"""
