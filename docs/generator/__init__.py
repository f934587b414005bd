"""Generates pages of the site from the code, when MkDocs builds it."""
