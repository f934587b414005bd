"""Show a grid in the terminal: progress, tables, and rendered notebooks."""
