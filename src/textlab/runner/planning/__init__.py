"""Turn a grid file into cells: read it, check it, and look up notebooks and their parameters."""
