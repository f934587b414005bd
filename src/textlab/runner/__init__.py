"""Grids of notebooks: read a grid file, plan its cells, execute them, say how it went.

The runner knows notebooks, their parameters and MLflow; it never knows a model by name.
"""
