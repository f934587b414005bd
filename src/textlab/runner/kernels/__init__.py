"""Execute one notebook in a process of its own, with a plain kernel or one forked from a warm process."""
