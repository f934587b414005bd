"""Run grids of notebooks.

command        the command line
campaign       plan a grid, execute the due cells, write the report
reporting      write the report of a grid
reproduction   execute a finished run once more, and compare the numbers
options        the options of the command line
collection     the garbage collector, paused while the command starts
planning/      from a grid file to cells and searches
due/           the state of each cell: whether it is due, and why
executing/     execute several cells at once, on this machine or a cluster
kernels/       execute one notebook in its own process
display/       progress, plans and results in the terminal

The runner knows notebooks, their parameters and the record. It does not know any model family.
"""
