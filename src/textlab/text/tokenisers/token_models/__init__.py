"""Models of a tokenizer.json in a graph. `KINDS` in each module lists the types that it reads."""
