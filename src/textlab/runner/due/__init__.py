"""The state of each cell: what decides its numbers, whether it is due and why, and how it ended."""
