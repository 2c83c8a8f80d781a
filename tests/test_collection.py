"""The list of a collection: what is in it, in which order, and as what HTML."""

from __future__ import annotations

import re
from functools import partial
from html.parser import HTMLParser

import pytest

from index.types import BuildReport, Document, Failure
from ui.collection import (
    Files,
    Page,
    Row,
    View,
    chosen,
    counted,
    list_html,
    progress_line,
    removed_html,
    report_html,
    rows,
)
from ui.collection_labels import COLLECTION_LABELS, EN, ZH
from ui.library import Removed
from ui.rebuild import Progress
from ui.wording import said_in

PAGE = Page(ZH, lambda sentence: sentence, may_change=True)
BUILT = 1000.0


def document(path: str, **known: object) -> Document:
    values = {"title": path.rpartition("/")[2], "year": None, "text": ""} | known
    return Document(id=f"id-{path}", path=path, **values)


def found(files: dict[str, float] | None, report: BuildReport | None = None) -> dict[str, Row]:
    documents = [
        document("a.md", year=2021),
        document("b.pdf", pages=(0, 9), scanned=((2, 0.8),), problems=("第 2 页没有读出文字",)),
        document("旧档.zip/c.txt"),
    ]
    passages = {each.id: 3 for each in documents}
    known = Files(files, BUILT) if files is not None else None
    return {row.path: row for row in rows(documents, passages, known, report)}


def test_what_became_of_each_file() -> None:
    report = BuildReport(failed=[Failure("d.doc", "旧版")], duplicates={"e.md": "a.md"})
    files = {"b.pdf": 1.0, "旧档.zip": BUILT + 1, "d.doc": 1.0, "e.md": 1.0, "f.md": 1.0}
    states = {path: row.state for path, row in found(files, report).items()}
    assert states == {
        "a.md": "gone",
        "b.pdf": "doubtful",
        "旧档.zip/c.txt": "changed",
        "d.doc": "failed",
        "f.md": "new",
    }


def test_without_the_folder_only_the_documents_are_known() -> None:
    listed = found(None)
    assert {row.state for row in listed.values()} == {"read", "doubtful"}
    assert listed["b.pdf"].kind == "PDF"
    assert (listed["b.pdf"].pages, listed["b.pdf"].scanned, listed["b.pdf"].passages) == (2, 1, 3)


def test_a_side_file_is_no_report() -> None:
    assert "a.md.meta.json" not in found({"a.md": 1.0, "a.md.meta.json": 1.0})


ROWS = [
    Row("甲.md", "青川县总结", "read", "1", year=2022, passages=4),
    Row("乙.pdf", "临澜市公报", "doubtful", "2", year=2024, pages=12, problems=("第 3 页已损坏",)),
    Row("丙.doc", "丙.doc", "failed", problems=("不能直接读取",)),
]


@pytest.mark.parametrize(
    ("view", "paths"),
    [
        (View(sort="year"), ["丙.doc", "甲.md", "乙.pdf"]),
        (View(sort="year", down=True), ["乙.pdf", "甲.md", "丙.doc"]),
        (View(sort="state"), ["丙.doc", "乙.pdf", "甲.md"]),
        (View(sort="pages", down=True), ["乙.pdf", "丙.doc", "甲.md"]),
        (View(sort="nonsense"), ["丙.doc", "乙.pdf", "甲.md"]),
        (View(find="青川縣"), ["甲.md"]),
        (View(find="2024 公报"), ["乙.pdf"]),
        (View(find="已损坏"), ["乙.pdf"]),
        (View(only="not_read"), ["丙.doc"]),
        (View(only="with_problems", find="市"), ["乙.pdf"]),
    ],
)
def test_rows_are_filtered_and_ordered(view: View, paths: list[str]) -> None:
    assert [row.path for row in chosen(ROWS, view)] == paths


def test_choices_say_how_many_there_are() -> None:
    assert list(counted(ROWS, EN).values()) == [
        "All (3)", "With problems (2)", "Not read (1)", "To be updated (0)",
    ]  # fmt: skip


def test_a_long_list_comes_in_parts() -> None:
    many = [Row(f"{n:03}.md", f"{n:03}", "read", str(n)) for n in range(250)]
    last = list_html(many, View(at=9), PAGE)
    assert "显示 201–250，共 250" in last
    assert re.findall(r'data-at="(\d+)"', last) == ["1"]
    assert re.findall(r'data-at="(\d+)"', list_html(many, View(at=1), PAGE)) == ["0", "2"]


def test_only_who_may_is_shown_how_to_change_it() -> None:
    looking = Page(ZH, lambda sentence: sentence)
    assert "data-remove" in list_html(ROWS, View(), PAGE)
    assert "data-remove" not in list_html(ROWS, View(), looking)


def test_removing_from_an_archive_is_warned_of() -> None:
    row = Row("旧档.zip/c.txt", "c", "read", "1")
    page = Page(ZH, lambda sentence: sentence, True, {"旧档.zip": 7})
    assert "其中 7 份文档都会移走" in list_html([row], View(), page)


NASTY = "<script>alert(1)</script>[乙](javascript:alert(2))\u202e\u2066</b>\"' onclick=x"


def test_names_and_problems_are_nothing_but_text() -> None:
    row = Row(NASTY, NASTY, "doubtful", "1", problems=(NASTY,))
    failures = [Failure(NASTY, NASTY)]
    report = BuildReport(
        failed=failures, problems=failures, duplicates={NASTY: NASTY}, similar={NASTY: [NASTY]},
        ignored=[NASTY], repairs={NASTY: 1}, encodings={NASTY: NASTY}, scanned={NASTY: (1, 0.5)},
    )  # fmt: skip
    page = Page(ZH, lambda sentence: sentence, True)
    made = (
        list_html([row], View(), page)
        + report_html(report, [], page)
        + removed_html([Removed(NASTY, NASTY)], page)
    )
    assert not re.search("[\u202e\u2066]", made)
    tags = Tags(made)
    assert tags.names.isdisjoint({"script", "img"})
    assert not [name for name in tags.attributes if name.startswith("on")]
    assert all(link.startswith("#read-") for link in tags.links)


class Tags(HTMLParser):
    """The names of tags and attributes in HTML, and where links lead."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]


def test_no_folder_of_this_machine_is_shown() -> None:
    progress = Progress(error="索引写不进 /home/someone/data/index（磁盘已满）")
    assert "/home/someone" not in progress_line(progress, PAGE)


@pytest.mark.parametrize("language", ["zh", "zh-Hant", "en"])
def test_a_build_is_told_in_each_language(language: str) -> None:
    labels = COLLECTION_LABELS[language]
    page = Page(labels, partial(said_in, language=language))
    told = [
        progress_line(Progress(True, stage, 3, 9), page)
        for stage in ("", "wait", "read", "embed", "write")
    ]
    assert len(set(told)) == 5
    assert told[2].endswith("3 / 9")
    assert progress_line(Progress(), page) == labels.build_done
