"""The documents of a collection as rows of a table, and this table and the report of the last build
as HTML. Pure functions, as in `render`: what stands in a report or a name goes through `inert`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from index.fold import fold
from index.types import BuildReport, Document, Failure
from ui.collection_labels import CollectionLabels
from ui.library import REMOVED, Removed
from ui.rebuild import Progress
from ui.render import inert, without_local_paths

State = Literal["read", "doubtful", "failed", "new", "changed", "gone"]
Only = Literal["every", "with_problems", "not_read", "pending"]

# Rows sent at once, problems shown in a row, and entries in a list of the report.
ROWS, _PROBLEMS, _ENTRIES = 100, 3, 200
SIDE_FILE = ".meta.json"
_ONLY: dict[Only, frozenset[State]] = {
    "with_problems": frozenset({"doubtful", "failed"}),
    "not_read": frozenset({"failed", "new"}),
    "pending": frozenset({"new", "changed", "gone"}),
}
ONLY: tuple[Only, ...] = ("every", *_ONLY)
_ORDER: tuple[State, ...] = ("failed", "doubtful", "new", "changed", "gone", "read")

Say = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Row:
    """A document, or a file that is none yet; `id` is "" then. `scanned` counts its pages read by
    OCR, `passages` its chunks."""

    path: str
    title: str
    state: State
    id: str = ""
    year: int | None = None
    pages: int = 0
    scanned: int = 0
    passages: int = 0
    problems: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The format, by its name: PDF."""
        return PurePosixPath(self.path).suffix.lstrip(".").upper()


@dataclass(frozen=True, slots=True)
class View:
    """What of the rows is shown: those that hold `find` and are of the states of `only`, ordered
    by a column, from the page `at`, from 0, on."""

    find: str = ""
    only: Only = "every"
    sort: str = "title"
    down: bool = False
    at: int = 0


@dataclass(frozen=True, slots=True)
class Files:
    """The files in the folder of reports, each with the time it was changed, in seconds; and since
    when the index is in force."""

    changed: Mapping[str, float]
    built_at: float


def rows(
    documents: Iterable[Document],
    passages: Mapping[str, int],
    files: Files | None,
    report: BuildReport | None,
) -> list[Row]:
    """Return the documents of an index and, where their folder is known, what else is in it.

    `passages` gives the number of chunks by document.
    """
    found = [_row(document, passages[document.id], files) for document in documents]
    known = {row.path for row in found}
    failed = [f for f in report.failed if f.path not in known] if report else []
    found += [
        Row(f.path, f.path, "failed", problems=(f.reason,)) for f in failed if _there(f.path, files)
    ]
    if files:
        tops = {part for row in found for part in _above(row.path)}
        twins = set(report.duplicates) if report else set()
        found += [
            Row(path, path, "new")
            for path in files.changed
            if path not in tops and path not in twins and not path.endswith(SIDE_FILE)
        ]
    return found


def _row(document: Document, passages: int, files: Files | None) -> Row:
    state: State = "doubtful" if document.problems else "read"
    if files:
        times = [files.changed[part] for part in _above(document.path) if part in files.changed]
        if not times:
            state = "gone"
        elif times[0] > files.built_at:
            state = "changed"
    return Row(
        path=document.path,
        title=document.title,
        state=state,
        id=document.id,
        year=document.year,
        pages=len(document.pages),
        scanned=len(document.scanned),
        passages=passages,
        problems=document.problems,
    )


def _above(path: str) -> list[str]:
    """Return a path and the archives and folders that it may lie in, the nearest first."""
    inside = PurePosixPath(path)
    return [part.as_posix() for part in (inside, *inside.parents[:-1])]


def _there(path: str, files: Files | None) -> bool:
    return files is None or any(part in files.changed for part in _above(path))


def chosen(found: Sequence[Row], view: View) -> list[Row]:
    """Return the rows that a view lets through, in its order."""
    words = fold(view.find).split()
    states = _ONLY.get(view.only)
    kept = [
        row
        for row in found
        if (states is None or row.state in states) and all(word in _words(row) for word in words)
    ]
    keys: dict[str, Callable[[Row], object]] = {
        "year": lambda row: row.year or 0,
        "pages": lambda row: row.pages,
        "kind": lambda row: row.kind,
        "passages": lambda row: row.passages,
        "state": lambda row: _ORDER.index(row.state),
    }
    by_title = sorted(kept, key=lambda row: (fold(row.title), row.path))
    key = keys.get(view.sort)
    if key is None:
        return by_title[::-1] if view.down else by_title
    return sorted(by_title, key=key, reverse=view.down)  # type: ignore[arg-type]


def counted(found: Sequence[Row], labels: CollectionLabels) -> dict[Only, str]:
    """Return the name of each choice of rows, with how many there are."""
    names: dict[Only, str] = {}
    for only in ONLY:
        states = _ONLY.get(only)
        count = sum(states is None or row.state in states for row in found)
        names[only] = f"{getattr(labels, only)} ({count})"
    return names


def _words(row: Row) -> str:
    return fold(" ".join((row.title, row.path, str(row.year or ""), *row.problems)))


COLUMNS = ("title", "year", "pages", "kind", "passages", "state")


@dataclass(frozen=True, slots=True)
class Page:
    """What the list is made with: its words, how sentences are said in its language, whether its
    reader may change the collection, and how many documents lie in each archive."""

    labels: CollectionLabels
    say: Say
    may_change: bool = False
    archives: Mapping[str, int] = field(default_factory=dict)


def list_html(found: Sequence[Row], view: View, page: Page) -> str:
    """Return the table of the rows that a view shows, and how to see others."""
    shown = chosen(found, view)
    first = min(view.at, max(0, (len(shown) - 1) // ROWS)) * ROWS
    part = shown[first : first + ROWS]
    labels = page.labels
    if not part:
        return f'<p class="wj-empty" role="status">{inert(labels.nothing)}</p>'
    heads = "".join(_head(column, view, labels) for column in COLUMNS)
    if page.may_change:
        heads += f'<th scope="col"><span class="wj-unseen">{inert(labels.actions)}</span></th>'
    body = "".join(_row_html(row, page) for row in part)
    told = labels.shown.format(first=first + 1, last=first + len(part), count=len(shown))
    return (
        f'<table class="wj-table"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'
        f'<div class="wj-more"><span role="status">{inert(told)}</span>'
        f"{_turn(first // ROWS - 1, first > 0, labels.earlier)}"
        f"{_turn(first // ROWS + 1, first + ROWS < len(shown), labels.later)}</div>"
    )


def _turn(at: int, there: bool, words: str) -> str:
    return f'<button type="button" data-at="{at}">{inert(words)}</button>' if there else ""


def _head(column: str, view: View, labels: CollectionLabels) -> str:
    name = getattr(labels, column)
    ordered = view.sort == column
    order = ("descending" if view.down else "ascending") if ordered else "none"
    sign = ("▾" if view.down else "▴") if ordered else ""
    said = inert(labels.sort_by.format(column=name))
    return (
        f'<th scope="col" aria-sort="{order}" class="{_class(column)}"><button type="button" '
        f'data-sort="{column}" title="{said}">{inert(name)}'
        f'<span aria-hidden="true">{sign}</span></button></th>'
    )


def _class(column: str) -> str:
    digits = " wj-digits" if column in ("year", "pages", "passages") else ""
    return f"wj-col-{column}{digits}"


def _row_html(row: Row, page: Page) -> str:
    labels = page.labels
    title = f"<b>{inert(row.title)}</b>"
    if row.id:
        title = f'<a href="#read-{row.id}">{inert(row.title)}</a>'
    path = f'<div class="wj-path">{inert(row.path)}</div>' if row.path != row.title else ""
    pages = str(row.pages or "")
    if row.scanned:
        pages += f" <small>{inert(labels.scanned.format(count=row.scanned))}</small>"
    state = f'<span class="wj-state wj-is-{row.state}">{inert(getattr(labels, row.state))}</span>'
    cells = {
        "year": str(row.year or ""),
        "pages": pages,
        "kind": inert(row.kind),
        "passages": str(row.passages or ""),
        "state": state,
    }
    tail = "".join(
        f'<td class="wj-cell {_class(name)}" data-name="{inert(getattr(labels, name))}">{cell}</td>'
        for name, cell in cells.items()
    )
    if page.may_change:
        tail += f'<td class="wj-cell wj-col-do">{_remove(row, page)}</td>'
    return (
        f'<tr><th scope="row" class="wj-cell wj-col-title">{title}{path}'
        f"{_problems(row.problems, page)}</th>{tail}</tr>"
    )


def _problems(problems: Sequence[str], page: Page) -> str:
    if not problems:
        return ""
    told = [page.say(without_local_paths(problem)) for problem in problems[:_PROBLEMS]]
    if len(problems) > _PROBLEMS:
        told.append(page.labels.more.format(count=len(problems) - _PROBLEMS))
    return f'<ul class="wj-problems">{"".join(f"<li>{inert(each)}</li>" for each in told)}</ul>'


def _remove(row: Row, page: Page) -> str:
    if row.state == "gone":
        return ""
    archive = next((part for part in _above(row.path)[1:] if part in page.archives), "")
    count = page.archives.get(archive, 0)
    said = inert(f"{page.labels.remove} {row.title}")
    warned = page.labels.remove_archive.format(count=count) if archive else ""
    return (
        f'<button type="button" data-remove="{inert(row.path)}" data-name="{inert(row.title)}" '
        f'data-warned="{inert(warned)}" aria-label="{said}">{inert(page.labels.remove)}</button>'
    )


def report_html(report: BuildReport | None, problems: Sequence[Failure], page: Page) -> str:
    """Return what a build did, and the problems it found, as lists; of an index whose build was
    not seen, the problems of its documents."""
    labels, say = page.labels, page.say
    if report is None:
        line = labels.report_none
        lists: list[tuple[str, list[str]]] = [(labels.report_problems, _failures(problems, say))]
    else:
        line = labels.report_line.format(
            added=len(report.added), changed=len(report.changed), removed=len(report.removed),
            moved=len(report.moved), unchanged=len(report.unchanged), seconds=report.seconds,
        )  # fmt: skip
        lists = list(_lists(report, page))
    parts = "".join(_details(name, entries, page.labels) for name, entries in lists if entries)
    return (
        f'<section class="wj-report"><h3>{inert(labels.report)}</h3>'
        f"<p>{inert(line)}</p>{parts}</section>"
    )


def _lists(report: BuildReport, page: Page) -> Iterator[tuple[str, list[str]]]:
    labels, say = page.labels, page.say
    yield labels.report_failed, _failures(report.failed, say)
    yield labels.report_problems, _failures(report.problems, say)
    twins = report.duplicates.items()
    yield labels.report_duplicates, [f"{p} — {labels.same_as.format(path=t)}" for p, t in twins]
    alike = report.similar.items()
    yield (
        labels.report_similar,
        [f"{path} — {labels.mostly_as.format(paths=', '.join(paths))}" for path, paths in alike],
    )
    yield (
        labels.report_scanned,
        [
            f"{path} — {labels.pages_with.format(count=count, confidence=confidence)}"
            for path, (count, confidence) in report.scanned.items()
        ],
    )
    repairs = report.repairs.items()
    yield labels.report_repairs, [f"{say(k)} — {labels.times.format(count=n)}" for k, n in repairs]
    yield labels.report_encodings, [f"{p} — {name}" for p, name in report.encodings.items()]
    yield labels.report_ignored, list(report.ignored)


def _failures(failures: Sequence[Failure], say: Say) -> list[str]:
    return [f"{f.path} — {say(without_local_paths(f.reason))}" for f in failures]


def _details(name: str, entries: Sequence[str], labels: CollectionLabels) -> str:
    items = [f"<li>{inert(entry)}</li>" for entry in entries[:_ENTRIES]]
    if len(entries) > _ENTRIES:
        items.append(f"<li>{inert(labels.more.format(count=len(entries) - _ENTRIES))}</li>")
    return (
        f"<details><summary>{inert(name)} <small>{len(entries)}</small></summary>"
        f"<ul>{''.join(items)}</ul></details>"
    )


def removed_html(removed: Sequence[Removed], page: Page) -> str:
    """Return what was taken out of the collection, each with a button that puts it back."""
    if not removed:
        return ""
    labels = page.labels
    items = "".join(
        f'<li>{inert(each.path)} <button type="button" data-restore="{inert(each.key)}" '
        f'aria-label="{inert(f"{labels.put_back} {each.path}")}">{inert(labels.put_back)}'
        "</button></li>"
        for each in removed
    )
    words = inert(labels.removed_list.format(count=len(removed)))
    return f'<details class="wj-removed"><summary>{words}</summary><ul>{items}</ul></details>'


def shell_html(page: Page, about: str, note: str, limit: int) -> str:
    """Return the page around the list: what it is about, the filter, and what changes it.

    `note` says why it can only be looked at, "" where it can be changed; `limit` is the size of a
    report that may be added, in megabytes.
    """
    labels = page.labels
    options = "".join(
        f'<option value="{name}">{inert(getattr(labels, name))}</option>' for name in ONLY
    )
    changes = f'<p class="wj-note">{inert(note)}</p>'
    if page.may_change:
        hint = inert(labels.add_hint.format(limit=limit))
        changes = (
            f'<div class="wj-changes"><label class="wj-add"><input type="file" multiple>'
            f"<span>{inert(labels.add)}</span></label>"
            f'<button type="button" data-do="rebuild" title="{inert(labels.rebuild_hint)}">'
            f"{inert(labels.rebuild)}</button><small>{hint}</small></div>"
        )
    return (
        f"<h2>{inert(labels.heading)}</h2><p>{inert(about)}</p>{changes}"
        f'<div class="wj-told" role="status" data-adding="{inert(labels.adding)}" '
        f'data-broken="{inert(labels.broken)}"></div>'
        '<div class="wj-building" hidden><progress></progress><span></span></div>'
        f'<form class="wj-narrow" role="search"><input type="search" '
        f'placeholder="{inert(labels.find)}" aria-label="{inert(labels.find)}">'
        f'<select aria-label="{inert(labels.which)}">{options}</select></form>'
        '<div class="wj-list"></div><div class="wj-below"></div>'
        f"{_confirmation(labels) if page.may_change else ''}"
    )


def _confirmation(labels: CollectionLabels) -> str:
    return (
        f'<dialog class="wj-confirm" aria-labelledby="wj-confirm-title" '
        f'data-asked="{inert(labels.remove_asked)}"><h3 id="wj-confirm-title"></h3>'
        f'<p class="wj-warned"></p><p>{inert(labels.remove_where.format(folder=REMOVED))}</p><div>'
        f'<button type="button" data-do="cancel">{inert(labels.cancel)}</button>'
        f'<button type="button" data-do="remove">{inert(labels.remove)}</button></div></dialog>'
    )


def progress_line(progress: Progress, page: Page) -> str:
    """Return in a line how far a build is, or what came of it."""
    labels = page.labels
    if not progress.running:
        if not progress.error:
            return labels.build_done
        reason = page.say(without_local_paths(progress.error))
        return labels.build_failed.format(reason=reason)
    stages = {"wait": labels.build_wait, "read": labels.build_read,
              "embed": labels.build_embed, "write": labels.build_write}  # fmt: skip
    words = stages.get(progress.stage, labels.build_started)
    counted = progress.stage in ("read", "embed") and progress.total
    return f"{words} {progress.done} / {progress.total}" if counted else words
