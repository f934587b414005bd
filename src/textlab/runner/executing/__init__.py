"""Execute cells: on this machine or a Ray cluster, several at once, with claims, placement and searches."""
