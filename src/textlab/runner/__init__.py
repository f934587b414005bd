"""Run grids of notebooks.

command        the command line
campaign       the use case: plan a grid, execute what is due, write the report
reporting      the report of a grid
reproduction   another use case: execute a finished run once more, and compare
options        the options of the command line
collection     the garbage collector, paused while the command starts
planning/      from a grid file to cells and searches
due/           the state of each cell: whether it is due, and why
executing/     cells executed several at once, on this machine or a cluster
kernels/       one notebook executed in a process of its own
display/       what the terminal shows

The runner knows notebooks, their parameters and the record. It knows no model by name.
"""
