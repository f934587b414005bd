"""Search: an index of documents, filters, and the reading of requests.

    from textlab.search import Document, Index, IndexSettings, build_index, parse_filters

The laboratory and the service share this package. Its modules import one another by relative names, because MLflow
copies the package into registered models, where it runs without textlab. NumPy is all it needs when imported.
"""

from .columns import check_fields
from .description import read_settings
from .fields import FieldKind
from .filters import FilterError, Filters, parse_filters
from .index import Index
from .ranking import fused
from .settings import Document, Hit, IndexSettings, SearchIndexError
from .writing import add_documents, build_index, remove_documents, set_encoder

__all__ = [
    "Document",
    "FieldKind",
    "FilterError",
    "Filters",
    "Hit",
    "Index",
    "IndexSettings",
    "SearchIndexError",
    "add_documents",
    "build_index",
    "check_fields",
    "fused",
    "parse_filters",
    "read_settings",
    "remove_documents",
    "set_encoder",
]
