"""Files to a searchable index. Knows nothing of questions, LLMs or screens."""

from index.build import build
from index.errors import WenjuError
from index.store import Index, open_index
from index.types import BuildReport, Chunk, Document

__all__ = ["BuildReport", "Chunk", "Document", "Index", "WenjuError", "build", "open_index"]
