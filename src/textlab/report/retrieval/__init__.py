"""The report on retrievers.

findings   floors, and reasons to doubt the choice
grid_data  the dataset, its leaks, and what documents are called
rankings   queries with what models found for them, for people to read
sections/  the parts of the page, as notebook 81_compare_search shows them
"""
