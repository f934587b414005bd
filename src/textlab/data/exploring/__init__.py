"""Look at a dataset before training: descriptions, duplicates, vocabulary and unusual texts."""
