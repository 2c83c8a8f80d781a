"""How well and how fast files are read: files of each format made from reports whose text is known.

    python benchmarks/reading.py                 # every format, and encodings
    python benchmarks/reading.py --only scan     # the formats whose names hold this
    python benchmarks/reading.py FOLDER …        # seconds to read folders of one's own
    python benchmarks/reading.py --keep DIR      # also writes what was made, expected and read

`characters right` is 1 - edits / characters expected, without white space; `cells right` the share
of a table's values that stand behind their header and before their unit, in the row of their label.
A page of a format that has none is 1,000 characters.
"""

from __future__ import annotations

import argparse
import codecs
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np
from made_reports import (
    HEADER,
    Report,
    Sheet,
    as_csv,
    as_docx,
    as_epub,
    as_html,
    as_pdf,
    as_photo,
    as_pptx,
    as_scan,
    as_xlsx,
    as_zip,
    make_report,
    page_pictures,
)

from index.corpus import read_corpus
from index.errors import UnreadableFile
from index.load import load
from index.load.archive import members
from index.load.text.decode import decode
from index.types import Document

_REPORTS = 5
_PAGE = 1000
_DPI = 200


@dataclass(frozen=True, slots=True)
class Made:
    """A file, and the lines and tables that a perfect reader finds in it."""

    name: str
    data: bytes
    lines: Sequence[str]
    sheets: Sequence[Sheet]


def main() -> None:
    """Print the figures that are asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    if arguments.folders:
        for folder in arguments.folders:
            read_folder(folder)
        return
    load(PurePosixPath("a.txt"), "青川县水利工作总结。".encode())  # what is loaded only once
    reports = [make_report(seed) for seed in range(_REPORTS)]
    print(
        f"{'format':28}characters right   cells right   pages   pages/s   CPU s/page   confidence"
    )
    for kind, make in _FORMATS.items():
        if arguments.only in kind:
            measure(kind, [made for report in reports for made in make(report)], arguments.keep)
    if arguments.only in "encodings":
        measure_encodings(reports)


def measure(kind: str, files: Sequence[Made], keep: Path | None) -> None:
    """Read the files of one format and print what is right of them."""
    seconds = busy = characters = edits = cells = right = pages = 0.0
    sure = []
    for number, made in enumerate(files):
        started, processor = time.perf_counter(), time.process_time()
        document = load(PurePosixPath(made.name), made.data)
        seconds += time.perf_counter() - started
        busy += time.process_time() - processor
        expected = _squeezed("".join(made.lines))
        characters += len(expected)
        edits += distance(expected, _squeezed(document.text))
        pages += len(document.pages) or len(expected) / _PAGE
        found = [_holds(document, *cell) for sheet in made.sheets for cell in _cells(sheet)]
        cells, right = cells + len(found), right + sum(found)
        sure += [confidence for _, confidence in document.scanned]
        if keep:
            _write(keep / kind.replace(" ", "-") / str(number), made, document)
    told = f"{right / cells:11.1%}" if cells else f"{'':11}"
    confidence = f"{np.mean(sure):10.3f}" if sure else ""
    print(
        f"{kind:28}{1 - edits / characters:16.2%}   {told}{pages:8.0f}{pages / seconds:10.2f}"
        f"{busy / pages:13.3f}   {confidence}",
        flush=True,
    )


def _write(folder: Path, made: Made, document: Document) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / made.name).write_bytes(made.data)
    (folder / f"{made.name}.expected.txt").write_text("\n".join(made.lines), encoding="utf-8")
    (folder / f"{made.name}.read.txt").write_text(
        document.text.replace("\n\n", "\n"), encoding="utf-8"
    )


def _squeezed(text: str) -> str:
    return "".join(text.split())


def distance(one: str, other: str) -> int:
    """Return how many characters must be put in, taken out or replaced to make one text of the
    other (Levenshtein's distance)."""
    sought = np.array([ord(char) for char in other])
    steps = np.arange(len(other) + 1)
    above = steps
    for number, char in enumerate(one, 1):
        row = np.empty_like(above)
        row[0] = number
        row[1:] = np.minimum(above[1:] + 1, above[:-1] + (sought != ord(char)))
        above = np.minimum.accumulate(row - steps) + steps
    return int(above[-1])


def _cells(sheet: Sheet) -> Iterator[tuple[str, str, str]]:
    """Yield label, `header：value` and unit of each value."""
    for label, *values in sheet.rows:
        for name, value in zip(sheet.header[1:], values, strict=True):
            yield label, f"{name}：{value}", sheet.unit


def _holds(document: Document, *parts: str) -> bool:
    return any(all(part in line for part in parts) for line in document.text.split("\n"))


def _scans(dpi: int) -> Callable[[Report], Iterator[Made]]:
    def make(report: Report) -> Iterator[Made]:
        short = replace(report, sections=report.sections[:2])
        data = as_scan(page_pictures(as_pdf(short), dpi), dpi)
        yield Made("a.pdf", data, short.lines, short.sheets)

    return make


def _photos(suffix: str, format: str) -> Callable[[Report], Iterator[Made]]:
    def make(report: Report) -> Iterator[Made]:
        short = replace(report, sections=report.sections[:1])
        data = as_photo(page_pictures(as_pdf(short), _DPI)[0], format)
        # What runs over the pages of a file cannot be told on one alone.
        yield Made(f"a{suffix}", data, [HEADER, *short.lines], short.sheets)

    return make


def _page(report: Report) -> Iterator[Made]:
    """Yield a page whose title stands apart from its text."""
    yield Made("a.html", as_html(report), report.lines[1:], report.sheets)


def _whole(name: str, write: Callable[[Report], bytes]) -> Callable[[Report], Iterator[Made]]:
    return lambda report: iter([Made(name, write(report), report.lines, report.sheets)])


def _sheets(report: Report) -> Iterator[Made]:
    lines = [
        line
        for section in report.sections
        for line in (section.heading, f"{section.heading}表", *section.sheet.lines)
    ]
    yield Made("a.xlsx", as_xlsx(report), lines, report.sheets)


def _delimited(report: Report) -> Iterator[Made]:
    for at, sheet in enumerate(report.sheets):
        yield Made(f"表{at}.csv", as_csv(sheet), sheet.lines, [sheet])


def _archived(report: Report) -> Iterator[Made]:
    """Yield the files as they come out of an archive: a wrong name would not be found."""
    names = [f"年报汇编/{report.title}{at}.txt" for at in range(10)]
    text = "\n\n".join(report.prose)
    packed = as_zip({name: text.encode("gb18030") for name in names})
    out = {member.path.as_posix(): member.data for member in members(packed, lambda path: True)}
    for name in names:
        yield Made(PurePosixPath(name).name, out[name] or b"", report.prose, [])


_FORMATS: dict[str, Callable[[Report], Iterator[Made]]] = {
    "PDF, one column": _whole("a.pdf", as_pdf),
    "PDF, tables of three lines": _whole("a.pdf", lambda report: as_pdf(report, "open")),
    "PDF, two columns": _whole("a.pdf", lambda report: as_pdf(report, "ruled columns")),
    "PDF scan at 150 dpi": _scans(150),
    "PDF scan at 200 dpi": _scans(200),
    "PDF scan at 300 dpi": _scans(300),
    "photo, PNG": _photos(".png", "PNG"),
    "photo, JPEG": _photos(".jpg", "JPEG"),
    "DOCX": _whole("a.docx", as_docx),
    "PPTX": _whole("a.pptx", as_pptx),
    "XLSX": _sheets,
    "CSV, GB18030": _delimited,
    "HTML with menus": _page,
    "EPUB": _whole("a.epub", as_epub),
    "ZIP, names in cp936": _archived,
}


def measure_encodings(reports: Sequence[Report]) -> None:
    """Print how many short and long files of each encoding are read as they were written."""
    import opencc

    traditional = opencc.OpenCC("s2t").convert
    long = ["\n".join(report.lines) for report in reports[:3]]
    short = [report.prose[at] for at, report in enumerate(reports)]
    short += ["临澜市工作总结", "会议纪要（第7期）", "单位：万元\n合计\t1,204.5\n"]
    short += ["GDP 同比增长 5.2%，其中：一产 3.1%", "小麦\n玉米\n大豆\n油菜"]
    every = ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
    files = [(text, encoding) for text in long + short for encoding in every]
    old = [(traditional(text), encoding) for text in long + short for encoding in (*every, "big5")]
    right: dict[str, list[bool]] = {}
    for text, encoding in files + old:
        try:
            data = text.encode(encoding)
        except UnicodeEncodeError:
            continue  # Big5 lacks a few characters
        right.setdefault(encoding, []).append(_reads(data, text, encoding))
    told = [each for found in right.values() for each in found]
    print(f"\nencodings: {sum(told)} of {len(told)} files told right, three of four short")
    for encoding, found in right.items():
        print(f"  {encoding:12}{sum(found):3} of {len(found)}")


def _reads(data: bytes, text: str, encoding: str) -> bool:
    try:
        read, named = decode(data)
    except UnreadableFile:
        return False
    plain = all(ord(char) < 0x80 for char in text)
    return read == text and (plain or codecs.lookup(named) == codecs.lookup(encoding))


def read_folder(folder: Path) -> None:
    """Print how long reading and cutting a folder's files takes, without an index."""
    started = time.perf_counter()
    reading = read_corpus(folder, folder / ".index", {}, False, lambda step, done, total: None)
    seconds = time.perf_counter() - started
    characters = sum(len(document.text) for document, _ in reading.documents.values())
    print(
        f"{folder}: {len(reading.documents)} documents, {characters / 1e6:.2f} million characters,"
        f" {len(reading.failed)} not read: {seconds:.1f} s"
        f" ({characters / _PAGE / seconds:.0f} pages/s)"
    )
    for failure in reading.failed[:20]:
        print(f"  {failure}")


if __name__ == "__main__":
    main()
