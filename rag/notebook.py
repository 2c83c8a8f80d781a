"""Answers and passages as HTML for a notebook. Pure; whatever comes from a report is escaped.

The HTML has inline styles only: a notebook keeps no style sheet of ours, and some drop those.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.types import Chunk
    from rag.types import Answer, Citation, Hit

# Passages shown beside a refusal.
NEAREST = 3

_PIECE = re.compile(r"\*\*(?P<strong>.+?)\*\*|\[(?P<number>\d{1,4})\]")
_QUIET = "color:#888;font-size:90%"
_QUOTE = "margin:.2em 0 .6em;padding-left:.8em;border-left:3px solid #8bd"
_VERDICTS = {"verified": "", "partial": "（部分支持）", "unverified": "（未核实）"}


def answer_html(answer: Answer) -> str:
    """Return an answer with its sources, a refusal with the nearest passages."""
    known = {citation.number for citation in answer.citations}
    lines = [line for line in answer.text.splitlines() if line.strip()]
    parts = [f'<p style="{_QUIET}">{_text(answer.question)}</p>']
    parts += [f'<p style="{_QUIET}">{_text(answer.notice)}</p>'] if answer.notice else []
    parts += [f"<p>{_line(line, known)}</p>" for line in lines]
    ordered = sorted(answer.citations, key=lambda citation: citation.number)
    parts += [_source(citation) for citation in ordered]
    if not answer.grounded:
        parts += [hit_html(hit) for hit in answer.hits[:NEAREST]]
    return f"<div>{''.join(parts)}</div>"


def hit_html(hit: Hit) -> str:
    """Return a passage with where it stands."""
    score = f'<span style="{_QUIET}">{hit.score:.3f}</span>'
    body = "<br>".join(map(_text, hit.chunk.text.strip().splitlines()))
    return f'<div>{_place(hit.chunk)} {score}<div style="{_QUOTE}">{body}</div></div>'


def _source(citation: Citation) -> str:
    quote = _text(" ".join(citation.quote.split()))
    verdict = _VERDICTS[citation.verdict]
    return (
        f"<div>[{citation.number}] {_place(citation)}{verdict}"
        f'<div style="{_QUOTE}">{quote}</div></div>'
    )


def _place(spot: Chunk | Citation) -> str:
    known = [
        spot.heading,
        f"第{spot.page}页" if spot.page is not None else "",
        f"第{spot.paragraph}段",
        spot.path,
    ]
    about = " · ".join(_text(part) for part in known if part)
    return f'<b>{_text(spot.title)}</b> <span style="{_QUIET}">{about}</span>'


def _line(line: str, known: set[int]) -> str:
    """Return a line of an answer; a bracket that is no mark of its own stays as it is."""
    parts: list[str] = []
    position = 0
    for match in _PIECE.finditer(line):
        if match["number"] and int(match["number"]) not in known:
            continue
        parts.append(_text(line[position : match.start()]))
        strong = match["strong"]
        parts.append(f"<b>{_text(strong)}</b>" if strong else f"<sup>[{match['number']}]</sup>")
        position = match.end()
    parts.append(_text(line[position:]))
    return "".join(parts)


def _text(text: str) -> str:
    # Notebooks take $…$ for a formula, in HTML too.
    return escape(text).replace("$", "&#36;")
