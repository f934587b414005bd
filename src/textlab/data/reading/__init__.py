"""Read data files strictly: verified downloads, tables, their columns, and escapes left in texts."""
