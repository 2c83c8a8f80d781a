"""What the page shows: marks, cards, refusals, and that no report can be more than text."""

from __future__ import annotations

from datetime import datetime
from html.parser import HTMLParser

import pytest

from index.types import Chunk
from rag.types import Answer, Citation, Hit, Turn
from ui.answering import filter_of, history_of
from ui.labels import EN, LABELS, ZH
from ui.render import (
    Exchange,
    Passage,
    collection_line,
    conditions_line,
    exchange_html,
    inert,
    paragraph_around,
    question_html,
    sources_html,
    without_local_paths,
)

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> [1](javascript:alert(1)) "
    "![](http://evil.example/x.png) **粗** `码` $$x$$ <http://evil.example> &lt;b&gt; \"' {{v}} ${1}"
)
TEXT = "# 一、工作安排\n\n积极的财政政策要加力提效。今年赤字率拟按2.8%安排；财政赤字2.76万亿元。\n\n下一段。"
QUOTE = "今年赤字率拟按2.8%安排"


# What a link of the page may point to: all of it is on the page itself.
LINKS = (
    "#source-", "#mark-", "#open-", "#again-", "#copy-", "#retry-", "#edit-", "#change-", "#up-", "#down-",
    "#why-",
)  # fmt: skip


class Seen(HTMLParser):
    """Every tag, attribute and text of a piece of HTML; `copied` is what lies hidden in a <pre>."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = self.copied = ""
        self.hidden = False
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.hidden = tag == "pre"
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self.hidden:
            self.copied += data
        else:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        self.hidden = False

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]


def citation(number: int = 1, **changes: object) -> Citation:
    start = TEXT.index(QUOTE)
    values = {
        "number": number, "document_id": "d", "path": "国务院/2019.md", "title": "2019年政府工作报告",
        "year": 2019, "heading": "一、工作安排", "page": 12, "paragraph": 2, "start": start,
        "end": start + len(QUOTE), "quote": QUOTE, "verdict": "verified",
    }  # fmt: skip
    return Citation(**{**values, **changes})


def hit(text: str = "赤字率拟按3%安排。", **changes: object) -> Hit:
    values = {
        "id": "c", "document_id": "d", "path": "国务院/2024.md", "title": "2024年政府工作报告",
        "year": 2024, "heading": "二、要求", "page": None, "paragraph": 4, "start": 0,
        "end": len(text), "text": text,
    }  # fmt: skip
    return Hit(Chunk(**{**values, **changes}), 0.5)


def exchange(
    text: str = "今年赤字率拟按2.8%安排。[1]", *citations: Citation, **changes: object
) -> Exchange:
    cited = citations or (citation(),)
    answer = Answer("赤字率是多少", text, cited, (hit(),), grounded=True)
    passages = tuple(Passage("前文。", c.quote, "；后文。") for c in cited)
    return Exchange(
        **{"question": "赤字率是多少", "answer": answer, "passages": passages, **changes}
    )


def refusal(question: str = "火星有几颗卫星", **changes: object) -> Exchange:
    answer = Answer(
        question,
        "现有报告没有说到这一点。",
        (),
        (hit(), hit("另一段。", paragraph=5)),
        grounded=False,
    )
    return Exchange(**{"question": question, "answer": answer, **changes})


def test_marks_link_to_cards_of_their_own_turn() -> None:
    first, second = exchange(), exchange()
    answer = Seen(exchange_html(second, 2, ZH))
    cards = Seen(sources_html([first, second], ZH))
    assert answer.values("href") == ["#source-2-1"]
    assert answer.values("id") == ["mark-2-1"]
    assert cards.values("id") == ["source-1-1", "source-2-1"]
    assert cards.values("href") == ["#mark-1-1", "#open-1-1", "#mark-2-1", "#open-2-1"]
    assert "[1]" in answer.text


def test_a_mark_without_a_citation_stays_text() -> None:
    answer = Seen(exchange_html(exchange("见附表[7]。[1]"), 1, ZH))
    assert answer.values("href") == ["#source-1-1"]
    assert "见附表[7]。" in answer.text


def test_only_the_last_turn_is_shown() -> None:
    classes = Seen(sources_html([exchange(), exchange()], ZH)).values("class")
    assert [name for name in classes if "wj-group" in name] == ["wj-group", "wj-group wj-shown"]


def test_a_card_says_where_the_quotation_stands() -> None:
    source = sources_html([exchange()], ZH)
    card = Seen(source)
    for words in (
        "2019年政府工作报告",
        "第12页",
        "一、工作安排",
        "第2段",
        "✓ 已核实",
        "国务院/2019.md",
    ):
        assert words in card.text
    assert f"前文。<mark>{inert(QUOTE)}</mark>；后文。" in source


def test_a_card_leaves_out_what_its_format_lacks() -> None:
    bare = citation(page=None, heading="", year=None, title="通知")
    text = Seen(sources_html([exchange("说明。[1]", bare)], ZH)).text
    assert "第12页" not in text
    assert "2019年" not in text
    assert "第2段" in text


def test_the_title_is_not_said_twice() -> None:
    title = "2019年政府工作报告"
    for heading, shown in ((title, "第2段"), (f"{title} › 一、工作", "一、工作 · 第2段")):
        card = sources_html([exchange("说明。[1]", citation(heading=heading, page=None))], ZH)
        assert Seen(card).text.count(title) == 1
        assert shown in Seen(card).text


def test_the_year_is_shown_where_the_title_does_not_say_it() -> None:
    text = Seen(sources_html([exchange("说明。[1]", citation(title="工作总结"))], ZH)).text
    assert "2019年" in text


def test_cards_stand_in_the_order_of_their_marks() -> None:
    turn = exchange("甲。[1]乙。[2]", citation(2, title="乙"), citation(1, title="甲"))
    assert Seen(sources_html([turn], ZH)).values("id") == ["source-1-1", "source-1-2"]


@pytest.mark.parametrize(
    ("verdict", "words"),
    [("verified", "✓ 已核实"), ("partial", "部分核实"), ("unverified", "未核实")],
)
def test_verdicts_have_their_words(verdict: str, words: str) -> None:
    assert words in Seen(sources_html([exchange("甲。[1]", citation(verdict=verdict))], ZH)).text


def test_a_refusal_looks_like_one_and_offers_the_nearest_passages() -> None:
    answer = Seen(exchange_html(refusal(), 1, ZH))
    cards = Seen(sources_html([refusal()], ZH))
    assert "wj-answer wj-refusal" in answer.values("class")
    assert answer.values("href") == ["#source-1-1", "#source-1-2"]
    assert cards.values("href") == ["#open-1-1", "#open-1-2"]
    assert cards.values("id") == ["source-1-1", "source-1-2"]
    assert cards.text.count("未引用") == 3  # the heading and two cards
    assert "mark" not in cards.tags


def test_the_completed_question_is_shown_where_it_differs() -> None:
    asked = refusal("2020年的赤字率是多少", seconds=0.1)
    followed = Exchange("那2020年呢？", asked.answer, seconds=0.1)
    assert "按“2020年的赤字率是多少”检索" in Seen(exchange_html(followed, 1, ZH)).text
    assert "检索" not in Seen(exchange_html(asked, 1, ZH)).text


def test_a_completed_question_can_be_asked_as_typed() -> None:
    asked = refusal("2020年的赤字率是多少", seconds=0.1)
    followed = Seen(exchange_html(Exchange("那2020年呢？", asked.answer, seconds=0.1), 4, ZH))
    assert "按原话检索" in followed.text
    assert "#again-4" in followed.values("href")
    assert "#again-4" not in Seen(exchange_html(asked, 4, ZH)).values("href")


def test_the_quantity_that_answers_is_set_off_in_answer_and_quotation() -> None:
    said = exchange("拟按**2.8%**安排，见[3]。[1]")
    assert "拟按<strong>2.8%</strong>安排" in exchange_html(said, 1, ZH)
    assert "今年赤字率拟按<strong>2.8%</strong>安排</mark>" in sources_html([said], ZH)
    # Where it stands twice, neither is set off.
    twice = exchange("拟按**8%**安排。[1]", citation(quote="拟按8%安排，上年为8%。"))
    assert "<mark>拟按8%安排，上年为8%。</mark>" in sources_html([twice], ZH)
    hostile = exchange("**<b>8%**[1]", citation(quote="拟按<b>8%安排"))
    assert "<mark>拟按<strong>&#60;b&#62;8%</strong>安排</mark>" in sources_html([hostile], ZH)


def test_an_answer_is_copied_as_plain_text() -> None:
    said = exchange("拟按**2.8%**安排。[1]", citation(2), citation(1, page=None), seconds=1.0)
    assert "#copy-3" in Seen(exchange_html(said, 3, ZH)).values("href")
    copied = (
        "赤字率是多少\n\n拟按2.8%安排。[1]\n\n来源（按引用顺序）\n"
        "[1] 2019年政府工作报告 · 一、工作安排 · 第2段 · 国务院/2019.md\n“今年赤字率拟按2.8%安排”\n"
        "[2] 2019年政府工作报告 · 第12页 · 一、工作安排 · 第2段 · 国务院/2019.md\n“今年赤字率拟按2.8%安排”"
    )
    assert Seen(sources_html([said], ZH)).copied == copied
    growing = Seen(exchange_html(exchange(), 1, ZH))
    assert "#copy-1" not in growing.values("href")
    assert (
        Seen(sources_html([refusal()], ZH)).copied == "火星有几颗卫星\n\n现有报告没有说到这一点。"
    )


@pytest.mark.parametrize(
    ("first", "last", "titles", "zh", "en"),
    [
        ("", None, [], "", ""),
        ("2015", "2025", [], "2015–2025年", "2015–2025"),
        ("2019", " 2019 ", [], "2019年", "2019"),
        ("２０１５", "", [], "2015年及以后", "2015 and later"),
        (None, "2020", [], "2020年及以前", "2020 and earlier"),
        ("", "", ["公报", " ", "年鉴"], "标题含“公报”或“年鉴”", "title with “公报” or “年鉴”"),
        ("2019", "2020", ["公报"], "2019–2020年 · 标题含“公报”", "2019–2020 · title with “公报”"),
    ],
)
def test_a_filter_is_put_into_words(
    first: str | None, last: str | None, titles: list[str], zh: str, en: str
) -> None:
    keep = filter_of(first, last, titles)
    assert conditions_line(keep, ZH) == zh
    assert conditions_line(keep, EN) == en


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [("19", "", "应为四位数字"), ("去年", "", "写的是“去年”"), ("2021", "2019", "请对调")],
)
def test_a_filter_without_sense_is_said_to_be_one(first: str, last: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        filter_of(first, last, [])


def test_a_filter_is_named_with_its_answer() -> None:
    keep = filter_of("2019", "", ["公报"])
    refused = Seen(exchange_html(refusal(keep=keep), 1, ZH)).text
    assert "只检索了2019年及以后 · 标题含“公报”的报告。清除筛选，可以在全部报告中检索。" in refused
    answered = Seen(exchange_html(exchange(keep=keep), 1, ZH)).text
    assert "只检索2019年及以后 · 标题含“公报”" in answered
    assert "只检索" not in Seen(exchange_html(refusal(), 1, ZH)).text


def test_a_follow_up_may_speak_of_what_was_asked_before_it() -> None:
    said, failed, stopped = exchange(), Exchange("乙", error="错"), Exchange("丙", stopped=True)
    turns = history_of([said, failed, stopped])
    assert turns == [Turn("赤字率是多少", said.answer), Turn("乙", ""), Turn("丙", "")]
    # One that was asked alone begins anew.
    alone = Exchange("丁", said.answer, alone=True)
    assert history_of([said, failed, alone, stopped]) == [Turn("丁", said.answer), Turn("丙", "")]


def test_a_finished_answer_sums_up_its_verdicts() -> None:
    both = (citation(1), citation(2, verdict="partial"))
    growing = exchange("甲。[1]", citation())
    assert "核实" not in Seen(exchange_html(growing, 1, ZH)).text
    done = exchange("甲。[1]", citation(), seconds=0.5)
    assert "1 处引文均已核实" in Seen(exchange_html(done, 1, ZH)).text
    mixed = exchange("甲。[1]乙。[2]", *both, seconds=0.5)
    assert "2 处引文，1 处已核实" in Seen(exchange_html(mixed, 1, ZH)).text


def test_every_state_of_an_exchange_has_its_words() -> None:
    assert ZH.searching in Seen(exchange_html(Exchange("问"), 1, ZH)).text
    found = Exchange("问", Answer("问", "", (), (hit(),), grounded=True))
    assert ZH.searching in Seen(exchange_html(found, 1, ZH)).text
    assert ZH.stopped in Seen(exchange_html(Exchange("问", stopped=True), 1, ZH)).text
    failed = Seen(exchange_html(Exchange("问", error="模型没有应答。"), 1, ZH))
    assert "模型没有应答。" in failed.text
    assert failed.values("role") == ["alert"]


def test_the_empty_page_says_what_will_be_listed() -> None:
    assert ZH.no_sources in Seen(sources_html([], ZH)).text


def hostile_pieces() -> list[str]:
    bad = citation(
        title=HOSTILE, path=HOSTILE, heading=HOSTILE, quote=HOSTILE, start=0, end=len(HOSTILE)
    )
    passage = paragraph_around(HOSTILE * 3, len(HOSTILE), 2 * len(HOSTILE))
    answer = Answer(HOSTILE, f"{HOSTILE}[1]", (bad,), (), grounded=True)
    said = Exchange("问", answer, (passage,), seconds=1.0)
    refused = Exchange(
        "问",
        Answer(HOSTILE, HOSTILE, (), (hit(HOSTILE, title=HOSTILE, path=HOSTILE),), grounded=False),
    )
    failed = Exchange(HOSTILE, error=HOSTILE)
    return [
        question_html(HOSTILE),
        exchange_html(said, 1, ZH),
        exchange_html(refused, 1, ZH),
        exchange_html(failed, 1, ZH),
        sources_html([said, refused, failed], ZH),
    ]


@pytest.mark.parametrize("piece", hostile_pieces())
def test_hostile_text_stays_text(piece: str) -> None:
    seen = Seen(piece)
    assert not {"script", "img"} & set(seen.tags)
    assert not [name for name, _ in seen.attributes if name.startswith("on") or name == "src"]
    assert all(link.startswith(LINKS) for link in seen.values("href"))
    assert HOSTILE in seen.text
    # Nothing is left for a Markdown renderer either: no blank line ends the block of HTML, and
    # its signs stand there only as entities.
    assert "\n" not in piece
    assert piece.startswith("<")
    assert not [sign for sign in ("](", "**", "`", "$$") if sign in piece]


def test_paragraph_around_keeps_within_the_paragraph() -> None:
    start = TEXT.index(QUOTE)
    passage = paragraph_around(TEXT, start, start + len(QUOTE))
    assert passage == Passage("积极的财政政策要加力提效。", QUOTE, "；财政赤字2.76万亿元。")


def test_paragraph_around_shortens_at_sentences() -> None:
    text = "甲" * 30 + "。" + "乙" * 10 + "。" + "引文" + "。丙丙。" + "丁" * 40
    start = text.index("引文")
    passage = paragraph_around(text, start, start + 2, context=20)
    assert passage == Passage("……" + "乙" * 10 + "。", "引文", "。丙丙。……")


def test_paragraph_around_shortens_within_a_long_sentence() -> None:
    text = "甲" * 50 + "引文" + "乙" * 50
    passage = paragraph_around(text, 50, 52, context=20)
    assert passage == Passage("……" + "甲" * 20, "引文", "乙" * 20 + "……")


@pytest.mark.parametrize("span", [(0, 0), (0, 2), (7, 9), (3, 3)])
def test_paragraph_around_at_the_edges(span: tuple[int, int]) -> None:
    text = "甲乙丙。\n丁戊己。"
    passage = paragraph_around(text, *span)
    assert passage.quote == text[slice(*span)]
    assert "\n" not in passage.before + passage.after


def test_paragraph_around_refuses_a_place_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="need 0 <= start"):
        paragraph_around("短", 0, 9)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("索引已损坏：/home/me/reports/data/index 打不开。", "索引已损坏：…/index 打不开。"),
        (r"读不出 C:\Users\me\index\CURRENT。", "读不出 …/CURRENT。"),
        (
            "模型 http://127.0.0.1:8000/v1/chat 没有应答。",
            "模型 http://127.0.0.1:8000/v1/chat 没有应答。",
        ),
        ("2021/2022年度，增长2/3", "2021/2022年度，增长2/3"),
    ],
)
def test_folders_of_this_machine_are_not_shown(message: str, shown: str) -> None:
    assert without_local_paths(message) == shown


def test_the_collection_line() -> None:
    now = datetime(2025, 3, 2, 9, 0)
    line = collection_line(65, [2019, 1954, 2025], datetime(2025, 3, 2, 8, 12), now, ZH)
    assert line == "65 份报告 · 1954–2025 · 更新于 今天 08:12"
    assert (
        collection_line(1, [2019], datetime(2025, 3, 1, 8, 12), now, EN)
        == "1 reports · 2019 · updated yesterday 08:12"
    )
    assert collection_line(2, [], datetime(2024, 12, 31), now, ZH) == "2 份报告 · 更新于 2024-12-31"


def test_both_languages_say_everything() -> None:
    for labels in LABELS.values():
        assert Seen(exchange_html(exchange(seconds=1.0), 1, labels)).text
        assert Seen(sources_html([exchange(), refusal()], labels)).text
