from io import BytesIO
from pathlib import PurePosixPath
from zipfile import ZipFile

import pytest

from index.errors import UnreadableFile
from index.load import load
from index.load.web.epub import load_epub

CONTAINER = """<?xml version="1.0"?><container version="1.0"
xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
PACKAGE = """<?xml version="1.0" encoding="utf-8"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0"
xmlns:opf="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>青川县志</dc:title><dc:creator>青川县地方志办公室</dc:creator>
<dc:date opf:event="creation">2019-01-01</dc:date><dc:date opf:event="publication">2020-05-01</dc:date></metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="a" href="text/%E7%AC%AC%E4%B8%80%E7%AB%A0.xhtml" media-type="application/xhtml+xml"/>
<item id="b" href="text/b.xhtml" media-type="application/xhtml+xml"/>
<item id="c" href="style.css" media-type="text/css"/></manifest>
<spine><itemref idref="nav"/><itemref idref="b"/><itemref idref="a"/><itemref idref="c"/></spine></package>"""
CHAPTER = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml">
<head><title/><script src="x.js"/></head><body><h1>{0}</h1><p>　　{0}的&ldquo;正文&rdquo;。</p>
<table><tr><th>年份</th><th>人口</th></tr><tr><td>1949</td><td>12万</td></tr><tr><td>1978</td><td>19万</td></tr></table>
</body></html>"""


def book(**changes: str | None) -> bytes:
    """An e-book of two chapters; `changes` replaces parts, or leaves them out where None."""
    parts = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/content.opf": PACKAGE,
        "OEBPS/nav.xhtml": CHAPTER.format("目录"),
        "OEBPS/text/第一章.xhtml": CHAPTER.format("人口"),
        "OEBPS/text/b.xhtml": CHAPTER.format("地理"),
        **changes,
    }
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        for name, text in parts.items():
            if text is not None:
                archive.writestr(name, text)
    return file.getvalue()


def test_chapters_are_read_in_the_order_of_the_book() -> None:
    content = load_epub(book())
    assert [(block.text, block.level) for block in content.blocks] == [
        ("地理", 1),
        ("地理的“正文”。", None),
        ("年份：1949；人口：12万", None),
        ("年份：1978；人口：19万", None),
        ("人口", 1),
        ("人口的“正文”。", None),
        ("年份：1949；人口：12万", None),
        ("年份：1978；人口：19万", None),
    ]
    assert content.title == "青川县志"
    assert content.issuer == "青川县地方志办公室"
    assert content.date == "2020-05-01"


def test_a_book_becomes_a_document_whatever_its_suffix() -> None:
    document = load(PurePosixPath("县志.zip"), book())
    assert (document.title, document.published) == ("青川县志", "2020-05-01")
    assert document.text.startswith("地理\n\n地理的“正文”。")


def test_a_missing_chapter_is_named_and_the_others_are_read() -> None:
    content = load_epub(book(**{"OEBPS/text/b.xhtml": None}))
    assert content.blocks[0].text == "人口"
    assert content.problems == (
        "章节 text/b.xhtml 读不出来：电子书里缺少 OEBPS/text/b.xhtml，可能不完整，请重新下载",
    )


def encryption(algorithm: str) -> str:
    return f"""<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"
xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData><enc:EncryptionMethod Algorithm="{algorithm}"/>
<enc:CipherData><enc:CipherReference URI="OEBPS/text/b.xhtml"/></enc:CipherData></enc:EncryptedData></encryption>"""


def test_a_locked_book_is_refused_but_not_one_with_masked_fonts() -> None:
    name = "META-INF/encryption.xml"
    with pytest.raises(UnreadableFile, match="DRM"):
        load_epub(book(**{name: encryption("http://www.w3.org/2001/04/xmlenc#aes256-cbc")}))
    assert load_epub(book(**{name: encryption("http://www.idpf.org/2008/embedding")})).blocks


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (book()[:-40], "已损坏或不完整"),
        (book(**{"META-INF/container.xml": None}), "缺少 META-INF/container.xml"),
        (book(**{"OEBPS/content.opf": None}), "缺少 OEBPS/content.opf"),
        (book(**{"OEBPS/content.opf": ""}), "不是 XML"),
    ],
)
def test_what_is_no_book_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        load_epub(data)


def test_entities_of_a_package_are_not_expanded() -> None:
    bomb = PACKAGE.replace(
        '<?xml version="1.0" encoding="utf-8"?>',
        '<?xml version="1.0"?><!DOCTYPE package [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    ).replace("青川县志", "青川&x;县志")
    assert "root" not in load_epub(book(**{"OEBPS/content.opf": bomb})).title
