"""Endpoints: each checks an HTTP request, calls a plain function or object, and translates the answer."""
