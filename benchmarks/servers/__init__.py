"""The servers that `benchmarks/serving.py` compares, and the load on them."""
