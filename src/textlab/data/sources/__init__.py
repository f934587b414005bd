"""One module a data source. A module here that has a DESCRIPTION and a `load` is a dataset; no list names it."""
