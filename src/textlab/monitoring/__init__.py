"""Recorded traffic of a service, compared with what its model was trained and validated on."""
