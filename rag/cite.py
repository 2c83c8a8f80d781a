"""From a sentence of a report to the citation that shows it."""

from __future__ import annotations

import re

from index.generation import Generation
from rag.extract import Evidence
from rag.types import Citation, Verdict


def cite(number: int, part: Evidence, generation: Generation, verdict: Verdict) -> Citation:
    """Return the citation of a sentence under the mark `number`."""
    chunk = part.hit.chunk
    return Citation(
        number=number,
        document_id=chunk.document_id,
        path=chunk.path,
        title=chunk.title,
        year=chunk.year,
        heading=part.heading,
        # A passage may run over pages: the quote's own.
        page=generation.records.page(chunk.document_id, part.start),
        paragraph=chunk.paragraph + len(re.findall("\n+", chunk.text[: part.start - chunk.start])),
        start=part.start,
        end=part.end,
        quote=part.text,
        verdict=verdict,
    )
