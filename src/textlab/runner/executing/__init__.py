"""Execute notebooks: locally or on a Ray cluster, with placement, claims and searches."""
