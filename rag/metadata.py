"""What a passage is accompanied by where it is handed to another library."""

from __future__ import annotations

from rag.types import Hit

# What tells a reader, or a language model, which passage it is.
TELLING = ("title", "year", "heading", "page")


def metadata_of(hit: Hit) -> dict[str, str | int | float | None]:
    """Return where a passage stands and its score.

    `page` and `paragraph` count from 1; the passage is characters `start` to `end` of the text of
    `Index.document(document_id)`; `path` is relative to the corpus root.
    """
    chunk = hit.chunk
    return {
        "title": chunk.title,
        "year": chunk.year,
        "heading": chunk.heading,
        "page": chunk.page,
        "paragraph": chunk.paragraph,
        "path": chunk.path,
        "document_id": chunk.document_id,
        "start": chunk.start,
        "end": chunk.end,
        "score": hit.score,
    }
