"""Adding reports to their folder and taking them out of it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from index import build, open_index
from ui.library import REMOVED, Library, Refused, Why, safe_name
from ui.originals import Originals

TEXT = "# 竹园村2025年工作总结\n\n全村茶叶产量达到35.6吨。\n"


@pytest.fixture
def library(corpus: Path) -> Library:
    return Library(corpus)


def add(library: Library, name: str, data: bytes = TEXT.encode()) -> str:
    with library.incoming() as arriving:
        arriving.write_bytes(data)
        return library.add(arriving, name)


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("年报.pdf", "年报.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        (r"C:\报告\年报.pdf", "年报.pdf"),
        (".隐藏.md", "隐藏.md"),
        ("~$年报.docx", "年报.docx"),
        ("年\u202efdp.exe\u202c报.md", "年 fdp.exe 报.md"),
        ('a\x00b\nc<d>:"|?*.md', "a b c d.md"),
        ("con.md", "con_.md"),
        ("...", "未命名"),
        ("", "未命名"),
        (".md", "md"),
        ("字" * 200 + ".md", "字" * 65 + ".md"),
        ("半个\ud800字.md", "半个 字.md"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert len(safe_name(name).encode()) <= 204


def test_a_report_is_added_and_nothing_else_left_behind(library: Library) -> None:
    before = files(library.corpus)
    assert add(library, "竹园村.md") == "竹园村.md"
    assert files(library.corpus) - before == {"竹园村.md"}
    assert (library.corpus / "竹园村.md").read_text(encoding="utf-8") == TEXT


def test_a_file_is_never_overwritten(library: Library) -> None:
    add(library, "竹园村.md")
    with pytest.raises(Refused) as refused:
        add(library, "竹园村.md", b"other")
    assert refused.value.why is Why.name_taken
    assert (library.corpus / "竹园村.md").read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("程序.exe", b"MZ\x90\x00\x03\x00", Why.wrong_kind),
        (
            "旧稿.doc",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"),
            Why.unreadable,
        ),
        ("README.md", TEXT.encode(), Why.is_readme),
    ],
)
def test_what_cannot_be_read_is_not_taken(
    library: Library, name: str, data: bytes, why: Why
) -> None:
    before = files(library.corpus)
    with pytest.raises(Refused) as refused:
        add(library, name, data)
    assert refused.value.why is why
    assert files(library.corpus) == before


def test_a_report_is_removed_and_put_back(library: Library) -> None:
    folder = library.corpus / "县里"
    folder.mkdir()
    (folder / "总结.md").write_text(TEXT, encoding="utf-8")
    (folder / "总结.md.meta.json").write_text('{"year": 2025}', encoding="utf-8")
    before = files(library.corpus)
    library.remove("县里/总结.md")
    assert not list(folder.iterdir())
    (removed,) = library.removed()
    assert removed.path == "县里/总结.md"
    assert library.restore(removed.key) == "县里/总结.md"
    assert files(library.corpus) == before
    assert library.removed() == []


def test_a_build_leaves_out_what_was_removed(library: Library, tmp_path: Path) -> None:
    path = "数字化改革综述.txt"
    library.remove(path)
    build(library.corpus, tmp_path / "index")
    assert path not in {entry.path for entry in open_index(tmp_path / "index").documents}
    assert (library.corpus / REMOVED).is_dir()


def test_what_is_put_back_takes_nobodys_place(library: Library) -> None:
    add(library, "总结.md")
    removed = library.remove("总结.md")
    add(library, "总结.md", "另一份总结".encode())
    with pytest.raises(Refused) as refused:
        library.restore(removed.key)
    assert refused.value.why is Why.name_taken
    assert (library.corpus / "总结.md").read_text(encoding="utf-8") == "另一份总结"


@pytest.mark.parametrize("path", ["../secret.md", "/etc/passwd", "absent.md", "link.md", ""])
def test_nothing_outside_the_folder_is_touched(library: Library, path: str) -> None:
    secret = library.corpus.parent / "secret.md"
    secret.write_text("secret", encoding="utf-8")
    (library.corpus / "link.md").symlink_to(secret)
    with pytest.raises(Refused):
        library.remove(path)
    with pytest.raises(Refused):
        library.restore(f"../{path}")
    assert secret.read_text(encoding="utf-8") == "secret"


def test_a_document_is_read_from_its_file_only_while_it_is_the_same(
    library: Library, tmp_path: Path
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("竹园村.md", TEXT)
    add(library, "年报.zip", packed.getvalue())
    build(library.corpus, tmp_path / "index")
    index = open_index(tmp_path / "index")
    documents = {entry.path: index.document(entry.id) for entry in index.documents}
    originals = Originals(library.corpus)
    assert originals.data(documents["年报.zip/竹园村.md"]) == TEXT.encode()
    plain = documents["数字化改革综述.txt"]
    (library.corpus / plain.path).write_text("换了", encoding="utf-8")
    assert originals.data(plain) is None
    assert Originals(None).data(plain) is None
