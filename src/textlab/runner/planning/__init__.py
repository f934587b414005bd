"""Plan a grid: read its file, load its notebooks, and expand it into cells and searches."""
