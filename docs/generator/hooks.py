"""The MkDocs hook: it adds every page that follows from the code or from a file outside docs/.

MkDocs calls `on_files` once for each build. `python -m mkdocs build` finds this file through mkdocs.yml.
"""

import os

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from docs.generator.default_grid import attachments
from docs.generator.pages import generated_pages


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages, and the executed notebooks of the default grid if there are any."""
    for address, text in generated_pages().items():
        files.append(File.generated(config, address, content=text))
    for address, path in attachments().items():
        files.append(File.generated(config, address, abs_src_path=os.fspath(path)))
    return files
