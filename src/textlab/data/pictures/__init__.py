"""Pictures of a table: from the cells that name or hold them to checked references.

    found = column_references(table["picture"], Path("shop/catalogue.csv"))
    found.references      a reference per row, "" where there is no picture, see `textlab.inputs.references`
    found.problems        the pictures that cannot be used, with line, name and reason

A picture of a file stays where it is. What a table holds as bytes, and what had to be encoded again, goes to the store
`data/processed/pictures`, under the sha256 of its content.
"""

from textlab.data.pictures.column import ColumnPictures, Problem, column_references

__all__ = ["ColumnPictures", "Problem", "column_references"]
