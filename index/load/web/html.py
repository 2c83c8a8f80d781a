"""Saved web pages: the article, without the menus, links and footers around it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
from index.load.content import Block, Content
from index.load.web.element import (
    blocks_of,
    decode_markup,
    drop_unseen,
    parse_html,
    rows_of,
    shown_line,
)
from index.load.web.lines import article_lines, date_in, is_about, is_page_line, issuer_in

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_SPACE = re.compile(r"\s+")

# trafilatura reads some 80,000 characters a second. In a page longer than this there is hardly
# anything to leave out.
_LONGEST = 300_000
# Shortest piece of text, in characters, that tells where an article stands; any of an article not
# longer than the other number.
_TELLING, _SHORT = 6, 1000
# A group of links has two or more of them and in them this share of its characters, dates aside.
_LINKED = 0.6
_AROUND = re.compile(
    r"(?<![\w-])(?:comments?|comment-?list|respond|breadcrumbs?|sidebar|skip-link)(?![\w-])"
)
_GROUPS = (
    *("ul", "ol", "dl", "div", "table", "tr", "td"),
    *("main", "article", "section", "aside", "header", "center", "form"),
)
_DATE = re.compile(r"[\d\s\-./:年月日()（）\[\]|·>]+")
# What stands above a group of links and goes with it.
_GROUP_HEADING = re.compile(
    r"(?:相关|热门|热点|最新|推荐|近期|更多|猜你|延伸|友情|往期|精彩)(?!附件)[^。]{0,10}"
)
# What Chinese government sites, Open Graph and others name the date and the source.
_DATES = ("pubdate", "publishdate", "article:published_time", "og:published_time", "datepublished")
_SOURCES = ("contentsource", "source")
# The name of a page: its separators, of which the first few are looked at, and sites' names.
_SEPARATOR = re.compile(r"\s*[-–—_|｜·•»>]+\s*|\s+")
_CUTS = 12
_SITE = re.compile(r".*(?:网|网站|门户|首页|频道|平台|在线|博客|人民政府|信息公开|新闻中心)")
# Shortest title, and share of a page's name that a title is at least.
_TITLE, _TITLE_SHARE = 6, 0.4
_TITLE_LINE = 60


def load_html(data: bytes) -> Content:
    """Return the article of a saved page; its title, date and issuer from its meta elements, else
    from the page.

    Raises UnreadableFile if it is no text or holds none: frames, or a script that makes it.
    """
    source, encoding = decode_markup(data)
    return replace(_content(parse_html(source)), encoding=encoding)


def load_mhtml(data: bytes) -> Content:
    """Return the article of a page that a browser saved with its pictures in one file.

    Raises UnreadableFile as `load_html` does, and if there is no page in the file.
    """
    from email import message_from_bytes

    for part in message_from_bytes(data).walk():
        page = part.get_payload(decode=True)
        if part.get_content_type() in {"text/html", "application/xhtml+xml"} and page:
            return load_html(bytes(page))
    message = "这个 MHT 文件里没有网页，请在浏览器中重新保存"
    raise UnreadableFile(message)


def _content(root: HtmlElement) -> Content:
    meta = _meta(root)
    page_title = shown_line(root.findtext(".//title") or "")
    frames = [frame.get("src", "") for frame in root.iter("frame", "iframe")]
    framed = next(root.iter("frameset"), None) is not None
    scripted = next(root.iter("script"), None) is not None
    drop_unseen(root)
    body = root.find("body")
    body = root if body is None else body
    everything = blocks_of(body)
    if framed or not everything:
        raise UnreadableFile(_why_empty(frames, scripted))
    article = _article(body, everything)
    lines = [block.text for block in everything]
    times = [time.get("datetime", "") for time in body.iter("time")]
    return Content(
        tuple(article),
        title=_stated(meta, ("articletitle",))
        or _title(_stated(meta, ("og:title",)) or page_title, everything, article),
        date=_stated(meta, _DATES) or date_in(lines) or next(iter(times), ""),
        issuer=issuer_in([f"来源：{_stated(meta, _SOURCES)}", *lines]),
    )


def _meta(root: HtmlElement) -> dict[str, str]:
    """Return what the meta elements state, by name in small letters; the first of each."""
    stated: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = meta.get("name") or meta.get("property") or meta.get("itemprop") or ""
        if content := shown_line(meta.get("content", "")):
            stated.setdefault(name.lower(), content)
    return stated


def _stated(meta: Mapping[str, str], names: Sequence[str]) -> str:
    return next((meta[name] for name in names if name in meta), "")


def _why_empty(frames: Sequence[str], scripted: bool) -> str:
    if frames:
        names = "、".join(dict.fromkeys(filter(None, frames)))
        return f"网页只是框架，正文在别的网页里（{names or '未注明'}），请保存那个网页"
    if scripted:
        return (
            "网页里没有正文，内容要由脚本在浏览器中生成；"
            "请在浏览器中打开，等内容出现后打印为 PDF 再试"
        )
    return "网页里没有文字"


def _title(name: str, everything: Sequence[Block], article: Sequence[Block]) -> str:
    """Return the title in a page's name, which may also name the site: the part that is a line of
    the page, else the one highest heading, else the name without what looks like a site's.

    Where the name is that of the site alone, the first line of the article is the title.
    """
    known = {_SPACE.sub("", block.text) for block in everything}
    least = max(_TITLE, len(name) * _TITLE_SHARE)
    parts = [part for part in _parts(name) if len(part) >= least]
    if shown := [part for part in parts if _SPACE.sub("", part) in known]:
        return max(shown, key=len)
    highest = [block.text for block in everything if block.level == 1]
    if len(highest) == 1:
        return highest[0]
    head, _, tail = name.rpartition(next(iter(_SEPARATOR.findall(name)[-1:]), "\0"))
    if len(head) >= _TITLE and _SITE.fullmatch(tail):
        return head
    if not _SITE.fullmatch(name):
        return name
    short = (block.text for block in article if _TITLE <= len(block.text) <= _TITLE_LINE)
    return next((line for line in short if not (is_about(line) or line[-1] in "。：；")), name)


def _parts(name: str) -> Iterator[str]:
    """Yield every part of a name from one separator to another, the whole name too."""
    cuts = [match.span() for match in _SEPARATOR.finditer(name)][:_CUTS]
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(name)]
    yield from (name[start:end] for start in starts for end in ends if start < end)


def _article(body: HtmlElement, everything: list[Block]) -> list[Block]:
    """Return the blocks of the article: of the smallest element around all that trafilatura takes
    for it, so that no table or line is lost, without what stands around it."""
    short = sum(len(block.text) for block in everything) < _LONGEST
    main = _around(body, _found_in(body)) if short else body
    others = _surroundings(main)
    whole = blocks_of(main) if main is not body else everything
    inside = blocks_of(main, others) if others else whole
    return article_lines(inside) or article_lines(whole) or whole


def _found_in(body: HtmlElement) -> str:
    """Return the text that trafilatura takes for the article, without white space."""
    # Imported here: asking a question reads no page.
    from trafilatura import bare_extraction

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    found = bare_extraction(body.getroottree().getroot(), include_comments=False)
    return _SPACE.sub("", found.text) if found is not None else ""


def _around(body: HtmlElement, article: str) -> HtmlElement:
    """Return the smallest element that holds every piece of text, links aside, that is also in
    `article`, and every table of data; no single paragraph."""
    above: list[HtmlElement] = []
    for element in _places(body, article):
        chain = [*reversed([element, *element.iterancestors()])]
        pairs = zip(above or chain, chain, strict=False)
        above = [ours for ours, theirs in pairs if ours is theirs]
    while len(above) > 1 and above[-1] is not body and above[-1].tag not in _GROUPS:
        above.pop()
    return above[-1] if above else body


def _places(body: HtmlElement, article: str) -> Iterator[HtmlElement]:
    least = _TELLING if len(article) > _SHORT else 1
    for text in body.xpath(".//text()[not(ancestor::a)]"):
        piece = _SPACE.sub("", text)
        if len(piece) >= least and piece in article and not is_page_line(text.strip()):
            parent = text.getparent()
            yield parent.getparent() if text.is_tail else parent
    for table in body.iter("table"):
        # The cells of a calendar hold two digits.
        full = any(len(cell) > 2 for row in rows_of(table)[1:] for cell in row)
        if full and not _is_linked(table):
            yield table


def _surroundings(main: HtmlElement) -> set[HtmlElement]:
    """Return the elements below `main` that are no part of an article: those that say so, and
    those that hold hardly anything but links, with their headings."""
    found: set[HtmlElement] = set(main.iter("nav", "footer"))
    found |= {
        e for e in main.iterdescendants() if _AROUND.search(f"{e.get('class')} {e.get('id')}")
    }
    # A page may carry such a name on what holds all of it.
    half = len(main.text_content()) / 2
    found = {e for e in found if len(e.text_content()) < half}
    for group in main.iterdescendants(*_GROUPS):
        if group.getparent() not in found and _is_linked(group):
            found.add(group)
            heading = group.getprevious()
            if heading is not None and _GROUP_HEADING.fullmatch(heading.text_content().strip()):
                found.add(heading)
    return found


def _is_linked(element: HtmlElement) -> bool:
    text = _DATE.sub("", element.text_content())
    links = [_DATE.sub("", link.text_content()) for link in element.iter("a")]
    before = element.getprevious()
    above = before.text_content().strip() if before is not None else ""
    # The attachments of a report are links as well.
    attached = text.startswith("附件") or above.startswith("附件")
    return len(links) > 1 and not attached and sum(map(len, links)) >= len(text) * _LINKED
