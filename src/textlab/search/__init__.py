"""Search: an index of documents, filters, and the reading of requests.

The laboratory and the service share this package. It imports only `bundle_format`, and nothing heavy when imported.
"""
