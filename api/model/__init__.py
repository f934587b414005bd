"""Models: checking a promoted bundle, loading it into an engine, and naming its versions."""
