"""Read files strictly: downloads with checksums, tables, columns, and escapes that sources left in their texts."""
