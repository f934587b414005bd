"""Word vectors: train them, read and write their file formats, and cache them by content."""
