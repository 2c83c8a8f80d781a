"""Files to a searchable index. Knows nothing of questions, LLMs or screens."""

from index.build import build
from index.doctor import Finding, doctor
from index.embed.bulk import Workers
from index.errors import WenjuError
from index.publish import rollback
from index.store import Index, open_index
from index.types import BuildReport, Chunk, Document

__all__ = [
    "BuildReport",
    "Chunk",
    "Document",
    "Finding",
    "Index",
    "WenjuError",
    "Workers",
    "build",
    "doctor",
    "open_index",
    "rollback",
]
