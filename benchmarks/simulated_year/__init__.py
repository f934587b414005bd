"""The parts of `benchmarks/year.py`: the world that moves, the files that a service would leave, and the page."""
