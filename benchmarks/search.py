"""Compare search with its peers: python benchmarks/search.py encoding | requests | index

`encoding` is search_encoding.py, `requests` is search_requests.py, and `index` is search_index.py. Each runs textlab
and its peers side by side in one process. txtai takes part if it is installed; it needs no place in textlab's
environment:

    pip install --no-deps --target FOLDER txtai
    PYTHONPATH=FOLDER python benchmarks/search.py requests
"""

import search_encoding
import search_index
import search_requests
import typer

app = typer.Typer(add_completion=False, help=__doc__)
app.command("encoding")(search_encoding.main)
app.command("requests")(search_requests.main)
app.command("index")(search_index.main)

if __name__ == "__main__":
    app()
