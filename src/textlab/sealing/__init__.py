"""Texts sealed at rest: encrypted lines and values that only the holder of a key can read or change."""
