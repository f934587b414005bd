"""Drawings of articles: polygons of whole pixels in few colours, so that every machine draws the same bytes."""
