"""Show a grid in the terminal: its plan, its progress and its results."""
