"""What the chat serves beside Gradio's page: the collection, its changes, pages and files of
reports. Addresses are below `/wenju/`; everything asks first who is there."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from index import Index
from index.errors import CorpusError, UnreadableFile
from index.types import BuildReport, Document, Failure
from ui import collection
from ui.access import Access
from ui.api.mounted import Tools
from ui.collection import Files, Page, Row, View
from ui.collection_labels import COLLECTION_LABELS
from ui.document import Source, document_html
from ui.guard import Guard
from ui.labels import LABELS
from ui.library import LARGEST, Library, Refused, Why
from ui.originals import Originals
from ui.pictures import Pictures
from ui.rebuild import Rebuild
from ui.wording import said_in

UPLOADS = "/wenju/collection/file"
# Seconds for which what is in the folder is taken as known.
_FRESH = 2.0
_MIB = 2**20
# What a page of another site cannot send along.
_OWN = "x-wenju"
_FOREVER = {"cache-control": "private, max-age=31536000, immutable"}


class Site:
    """One collection, who may see and change it, and the pages and files of its reports."""

    def __init__(
        self,
        index: Index,
        corpus: Path | None = None,
        access: Access | None = None,
        report: BuildReport | None = None,
    ) -> None:
        """`corpus` is the folder that the index was built from and `report` that of its build, if
        they are known."""
        self.index, self.corpus, self.access = index, corpus, access or Access()
        self.originals = Originals(corpus)
        self.pictures = Pictures(index.document, self.originals)
        self.library = Library(corpus) if corpus else None
        self.rebuild = Rebuild(corpus, index.place, report) if corpus else None
        self._rows: tuple[float, str, list[Row]] = (0.0, "", [])

    def close(self) -> None:
        """End what was started."""
        if self.rebuild:
            self.rebuild.stop()

    def app_kwargs(self, tools: Tools | None = None) -> dict[str, Any]:
        """Return what Gradio's server is to be made with; `tools` are offered beside the page."""
        guard = Middleware(
            Guard, uploads=UPLOADS, only_local=self.access.local and not self.access.users
        )
        kwargs: dict[str, Any] = {"routes": self._routes(), "middleware": [guard]}
        if tools:
            kwargs["routes"].append(tools.route(self._admitted))
            kwargs["lifespan"] = tools.lifespan
        return kwargs

    def _routes(self) -> list[Route]:
        seen: dict[str, Callable[..., Response]] = {
            "/wenju/collection/page": self._page,
            "/wenju/collection/list": self._list,
            "/wenju/collection/build": self._progress,
            "/wenju/document/{id}": self._document,
            "/wenju/report/{id}/file": self._file,
            "/wenju/report/{id}/page/{number:int}": self._picture,
            "/wenju/report/{id}/page/{number:int}/boxes": self._boxes,
        }
        changed: dict[str, Callable[..., Response]] = {
            "/wenju/collection/build": self._build,
            "/wenju/collection/remove": self._remove,
            "/wenju/collection/restore": self._restore,
        }
        return [
            *(Route(path, partial(self._seen, do)) for path, do in seen.items()),
            *(Route(p, partial(self._changed, do), methods=["POST"]) for p, do in changed.items()),
            Route(UPLOADS, self._add, methods=["PUT"]),
        ]

    # ---- who is there ----
    def _user(self, request: Request) -> str | None:
        """Return who is signed in, as Gradio knows them."""
        app = request.app
        names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
        tokens = (request.cookies.get(name) for name in names)
        return next((app.tokens[token] for token in tokens if token in app.tokens), None)

    def _admitted(self, request: Request) -> bool:
        return not self.access.users or self._user(request) is not None

    def may_change(self, user: str | None) -> bool:
        """Return whether someone may change the collection, which must know its folder."""
        return self.library is not None and self.access.may_change(user)

    async def _seen(self, do: Callable[[Request], Response], request: Request) -> Response:
        if not self._admitted(request):
            return Response(status_code=401)
        try:
            return await run_in_threadpool(do, request)
        except (KeyError, ValueError, UnreadableFile):
            labels = COLLECTION_LABELS[_language(request)]
            return _told(labels.changed_since, 404)

    async def _changed(
        self, do: Callable[[Request, dict[str, Any]], Response], request: Request
    ) -> Response:
        """Do what changes the collection, for those who may."""
        labels = COLLECTION_LABELS[_language(request)]
        if _OWN not in request.headers or not self.may_change(self._user(request)):
            return _told(labels.not_allowed, 403)
        try:
            sent = json.loads(await request.body() or b"{}")
            return await run_in_threadpool(do, request, sent)
        except Refused as refusal:
            return _told(_sentence(refusal, _language(request)), 409)
        except (ValueError, KeyError, TypeError):
            return _told(labels.broken, 400)

    # ---- the collection ----
    def _page(self, request: Request) -> Response:
        page, manifest = self._page_for(request), self.index.manifest
        when = datetime.fromisoformat(manifest.built_at).astimezone()
        about = page.labels.about.format(
            count=manifest.documents, passages=manifest.chunks, when=f"{when:%Y-%m-%d %H:%M}"
        )
        note = page.labels.only_looking if self.library else page.labels.no_corpus
        return HTMLResponse(collection.shell_html(page, about, note, LARGEST // _MIB))

    def _list(self, request: Request) -> Response:
        asked = request.query_params
        only = asked.get("only", "every")
        view = View(
            find=asked.get("find", "")[:200],
            only=only if only in collection.ONLY else "every",
            sort=asked.get("sort", "title"),
            down=asked.get("down") == "1",
            at=max(0, int(asked.get("at", "0"))),
        )
        found, page = self._found(), self._page_for(request)
        report = self.rebuild.report if self.rebuild else None
        problems = [Failure(row.path, each) for row in found for each in row.problems]
        below = collection.report_html(report, problems, page)
        if self.library and page.may_change:
            below += collection.removed_html(self.library.removed(), page)
        listed = collection.list_html(found, view, page)
        counts = collection.counted(found, page.labels)
        return JSONResponse({"list": listed, "below": below, "counts": counts})

    def _page_for(self, request: Request) -> Page:
        language = _language(request)
        return Page(
            COLLECTION_LABELS[language],
            partial(said_in, language=language),
            self.may_change(self._user(request)),
            self._archives(),
        )

    def _archives(self) -> Counter[str]:
        """Return how many documents lie in each archive."""
        archives: Counter[str] = Counter()
        for entry in self.index.documents:
            for part in PurePosixPath(entry.path).parents:
                if part.suffix.lower() in _ARCHIVE_SUFFIXES:
                    archives[part.as_posix()] += 1
        return archives

    def _found(self) -> list[Row]:
        """Return the rows of the collection as it was no more than two seconds ago."""
        generation = self.index.generation
        since, name, found = self._rows
        if name == generation.name and time.monotonic() - since < _FRESH:
            return found
        documents = [document for document, _ in generation.records.described()]
        passages = {entry.id: entry.chunks for entry in generation.documents}
        report = self.rebuild.report if self.rebuild else None
        found = collection.rows(documents, passages, self._files(), report)
        self._rows = (time.monotonic(), generation.name, found)
        return found

    def _files(self) -> Files | None:
        """Return the files in the folder; None where it is not known."""
        if self.corpus is None:
            return None
        from index.corpus import report_files

        try:
            files = report_files(self.corpus, self.index.folder)
        except CorpusError:
            files = {}  # empty by now
        built_at = datetime.fromisoformat(self.index.manifest.built_at).timestamp()
        changed: dict[str, float] = {}
        for shown, file in files.items():
            try:
                changed[shown.as_posix()] = file.stat().st_mtime
            except OSError:
                continue  # gone since
        # The index says the second in which it was finished, not when each file was read.
        return Files(changed, built_at + 1)

    def _forget(self) -> None:
        self._rows = (0.0, "", [])

    # ---- its changes ----
    async def _add(self, request: Request) -> Response:
        """Take a report: the body is the file, its name is in the query."""
        language, name = _language(request), request.query_params.get("name", "")
        labels = COLLECTION_LABELS[language]
        allowed = _OWN in request.headers and self.may_change(self._user(request))
        if not allowed or self.library is None:
            return _told(labels.not_allowed, 403)
        try:
            with self.library.incoming() as arriving:
                with arriving.open("xb") as file:
                    size = 0
                    async for block in request.stream():
                        size += len(block)
                        if size > LARGEST:
                            raise Refused(Why.too_large, name=name, limit=LARGEST // _MIB)
                        file.write(block)
                if not size:
                    raise Refused(Why.empty, name=name)
                added = await run_in_threadpool(self.library.add, arriving, name)
        except Refused as refusal:
            return _told(_sentence(refusal, language), 409)
        self._forget()
        return _told(labels.added.format(name=added), 201)

    def _remove(self, request: Request, sent: dict[str, Any]) -> Response:
        removed = self._library().remove(str(sent["path"]))
        self._forget()
        labels = COLLECTION_LABELS[_language(request)]
        return _told(labels.removed.format(name=removed.path))

    def _restore(self, request: Request, sent: dict[str, Any]) -> Response:
        path = self._library().restore(str(sent["key"]))
        self._forget()
        labels = COLLECTION_LABELS[_language(request)]
        return _told(labels.put_back_done.format(name=path))

    def _library(self) -> Library:
        if self.library is None:
            raise KeyError(self.corpus)
        return self.library

    def _build(self, request: Request, sent: dict[str, Any]) -> Response:
        if self.rebuild:
            self.rebuild.start(self.index.manifest.model)
        return self._progress(request)

    def _progress(self, request: Request) -> Response:
        progress = self.rebuild.progress if self.rebuild else None
        if progress is None:
            return JSONResponse({"running": False})
        if not progress.running:
            self._forget()
        line = collection.progress_line(progress, self._page_for(request))
        return JSONResponse(
            {
                "running": progress.running,
                "done": progress.done,
                "total": progress.total,
                "line": line,
            }
        )

    # ---- documents, their pages and files ----
    def _document(self, request: Request) -> Response:
        document = self.index.document(request.path_params["id"])
        labels = LABELS[_language(request)]
        return HTMLResponse(document_html(document, labels, source=self.source_of(document)))

    def source_of(self, document: Document) -> Source:
        """Return what there is of a document beside its text."""
        there = self.originals.place(document.path) is not None
        return Source(there, self.pictures.has(document))

    def _file(self, request: Request) -> Response:
        document = self.index.document(request.path_params["id"])
        data = self.originals.data(document)
        if data is None:
            raise KeyError(document.id)
        name = quote(PurePosixPath(document.path).name, safe="")
        return Response(
            data,
            # Never shown by the browser itself: a saved web page would run as one of ours.
            media_type="application/octet-stream",
            headers={
                "content-disposition": f"attachment; filename*=UTF-8''{name}",
                "content-security-policy": "sandbox",
            },
        )

    def _picture(self, request: Request) -> Response:
        asked = request.path_params
        picture = self.pictures.page(asked["id"], asked["number"])
        return Response(picture, media_type="image/webp", headers=_FOREVER)

    def _boxes(self, request: Request) -> Response:
        asked, query = request.path_params, request.query_params
        start, end = int(query.get("start", "0")), int(query.get("end", "0"))
        found = self.pictures.boxes(asked["id"], asked["number"], max(0, start), max(0, end))
        return JSONResponse(found, headers=_FOREVER)


_ARCHIVE_SUFFIXES = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz"})


def _language(request: Request) -> str:
    language = request.query_params.get("lang", "zh")
    return language if language in ("zh", "zh-Hant", "en") else "zh"


def _told(sentence: str, status: int = 200) -> Response:
    return JSONResponse({"said": sentence}, status)


def _sentence(refusal: Refused, language: str) -> str:
    values = dict(refusal.values)
    if "reason" in values:
        values["reason"] = said_in(str(values["reason"]), language)
    return str(getattr(COLLECTION_LABELS[language], refusal.why.value)).format(**values)
