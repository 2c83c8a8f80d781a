"""The chat, as a person meets it: a real server on loopback and a real headless Chromium."""

from __future__ import annotations

import itertools
import re
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import docx
import pytest

from index import Index, WenjuError, build, open_index
from index.errors import ModelFailed
from rag import Answer, Assistant, Turn
from rag.feedback import Feedback
from rag.filters import Filter
from ui.chat import build_app, launch
from ui.history import History, history_file
from ui.labels import EN, ZH

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
Page, expect = sync_api.Page, sync_api.expect

# Gradio counts its requests in a way that pandas has announced the end of.
pytestmark = pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)")

HOSTILE = (
    "云溪镇<script>alert(1)</script>[乙](javascript:alert(2))"
    "<img src=x onerror=alert(3)>[](http://evil.example/x.png)建成文化驿站17个。"
)
REPORTS = {
    "白沙县/白沙县2023年政府工作报告.md": """# 白沙县2023年政府工作报告

## 一、2022年工作回顾

过去一年全县上下同心协力。全县财政收入21.4亿元，比上年增长3.2%。新改建农村公路86公里，解决了三个乡镇的出行问题。

## 二、2023年工作安排

今年新增城镇就业4100人以上，城镇调查失业率控制在5.5%以内。
""",
    "白沙县/白沙县2024年政府工作报告.md": """# 白沙县2024年政府工作报告

## 一、2023年工作回顾

过去一年全县财政收入23.8亿元，比上年增长11.2%。新改建农村公路102公里。

回头看，2021年全县财政收入20.7亿元。
""",
    "云溪镇文化站简报.txt": f"云溪镇文化站简报\n\n{HOSTILE}全年放映露天电影126场。\n",
}
# What a link of the page may point to: all of it is on the page itself.
LINKS = (
    "#source-", "#mark-", "#open-", "#again-", "#copy-", "#retry-", "#edit-", "#change-", "#up-", "#down-",
    "#why-",
)  # fmt: skip
REVENUE = "2022年白沙县财政收入是多少？"
ROADS = "白沙县2023年新改建农村公路多少公里？"
UNANSWERABLE = "火星有几颗卫星？"


class Writer:
    """A language model that knows one answer, and breaks off where it is told to."""

    def stream(self, messages: list[dict[str, str]]) -> Iterator[str]:
        asked = messages[1]["content"]
        passages = re.findall(r"<资料 (\d+)>(.*?)</资料", asked, re.DOTALL)
        number = next(number for number, text in passages if "21.4亿元" in text)
        yield from ("<think>想", "一想</think>全县财政收入", "21.4亿元[", number)
        if "断开" in asked:
            message = "模型没有应答（连接被拒绝）"
            raise ModelFailed(message)
        yield "]。"


@dataclass
class Paced:
    """The real assistant, but one that can be made to wait or fail, so that a test needs no clock.

    A question that asks for it is answered by a language model.
    """

    assistant: Assistant
    written: Assistant
    go_on: threading.Event = field(default_factory=threading.Event)

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, keep: Filter | None = None
    ) -> Iterator[Answer]:
        if "失灵" in question:
            message = "模型没有应答（读不出 /home/someone/secret/model.bin），请稍后再试。"
            raise WenjuError(message)
        if "崩溃" in question:
            message = "a fault of our own"
            raise ZeroDivisionError(message)
        assistant = self.written if "模型" in question else self.assistant
        for answer in assistant.stream(question, history, keep=keep):
            yield answer
            if "慢慢" in question and answer.citations:
                self.go_on.wait(60)


@dataclass
class Server:
    """The running chat and what the tests need to reach of it."""

    address: str
    paced: Paced
    corpus: Path
    index_dir: Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("chat")
    corpus, index_dir = root / "corpus", root / "index"
    for name, text in REPORTS.items():
        path = corpus / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    build(corpus, index_dir)
    index: Index = open_index(index_dir)
    paced = Paced(Assistant(index), Assistant(index, Writer()))
    app = build_app(index, assistant=paced)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    yield Server(launch(app, host="127.0.0.1", port=port), paced, corpus, index_dir)
    paced.go_on.set()
    app.close(verbose=False)


@dataclass
class Visit:
    """An open page; remembers every host it asked and every error it reported."""

    page: Page
    hosts: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def ask(self, question: str) -> None:
        box = self.page.locator("#wj-box textarea")
        box.fill(question)
        box.press("Enter")

    def reload(self) -> None:
        """Load the page anew. Gradio may report that a stream ended with the page it was for."""
        self.page.reload()
        expect(self.page.locator("#wj-box textarea")).to_be_visible()
        self.errors.clear()

    def finished(self) -> None:
        """Wait until the next question can be asked."""
        expect(self.page.locator("#wj-box .stop-button")).to_have_count(0)
        expect(self.page.locator("#wj-box .submit-button")).to_be_visible()

    def answer(self, question: str) -> sync_api.Locator:
        """Ask, and return the complete answer."""
        before = self.page.locator(".wj-answer").count()
        self.ask(question)
        answer = self.page.locator(".wj-answer").nth(before)
        expect(answer.locator(".wj-notes:not(:empty)")).to_be_visible()
        self.finished()
        return answer


def visit(context: sync_api.BrowserContext, server: Server) -> Iterator[Visit]:
    page = context.new_page()
    opened = Visit(page)
    page.on("request", lambda request: opened.hosts.add(urlsplit(request.url).hostname or ""))
    page.on(
        "console", lambda said: opened.errors.append(said.text) if said.type == "error" else None
    )
    page.on("pageerror", lambda error: opened.errors.append(str(error)))
    page.goto(server.address)
    expect(page.locator("#wj-box textarea")).to_be_visible()
    yield opened
    page.close()
    assert opened.hosts - {""} == {"127.0.0.1"}
    assert opened.errors == []


@pytest.fixture(scope="module")
def windows(browser: sync_api.Browser) -> Iterator[dict[str, sync_api.BrowserContext]]:
    """The windows a page is looked at in, by name; their caches outlive a test."""
    sizes = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 375, "height": 740}}
    opened = {
        "desk": browser.new_context(viewport=sizes["desk"]),
        "dark": browser.new_context(viewport=sizes["desk"], color_scheme="dark"),
        "phone": browser.new_context(viewport=sizes["phone"], has_touch=True),
        # Each of these is another person, with a history of their own.
        "own": browser.new_context(viewport=sizes["desk"]),
        "stranger": browser.new_context(viewport=sizes["desk"]),
        "two": browser.new_context(viewport=sizes["desk"]),
    }
    for context in opened.values():
        context.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    yield opened
    for context in opened.values():
        context.close()


@pytest.fixture
def desk(windows: dict[str, sync_api.BrowserContext], server: Server) -> Iterator[Visit]:
    """The page at a desk. Every test that uses it also checks that nothing else was asked for."""
    yield from visit(windows["desk"], server)


@pytest.fixture
def phone(windows: dict[str, sync_api.BrowserContext], server: Server) -> Iterator[Visit]:
    """The page on a phone."""
    yield from visit(windows["phone"], server)


def test_a_question_is_answered_and_its_source_shown(desk: Visit) -> None:
    page = desk.page
    answer = desk.answer(REVENUE)
    expect(answer).to_contain_text("21.4亿元")
    mark = answer.locator(".wj-mark a").first
    number = mark.inner_text().strip("[]")
    card = page.locator(f"#source-1-{number}")
    expect(card).not_to_have_class("wj-card wj-on")
    mark.click()
    expect(card).to_have_class("wj-card wj-on")
    expect(card).to_be_in_viewport()
    expect(card.locator("mark")).to_contain_text("全县财政收入21.4亿元")
    expect(card).to_contain_text("白沙县2023年政府工作报告")
    expect(card.locator(".wj-place")).to_have_text(re.compile(r"第\d+段$"))
    expect(card.locator(".wj-passage")).to_contain_text("过去一年全县上下同心协力。")


def test_marks_work_while_the_answer_is_being_written(desk: Visit, server: Server) -> None:
    page = desk.page
    server.paced.go_on.clear()
    desk.ask(f"慢慢说，{REVENUE}")
    answer = page.locator(".wj-answer")
    expect(answer.locator(".wj-mark a").first).to_be_visible()
    expect(answer.locator(".wj-notes:not(:empty)")).to_have_count(0)
    answer.locator(".wj-mark a").first.click()
    expect(page.locator(".wj-card.wj-on")).to_be_visible()
    server.paced.go_on.set()
    expect(answer.locator(".wj-notes:not(:empty)")).to_be_visible()
    expect(page.locator(".wj-card.wj-on")).to_be_visible()


def test_an_answer_can_be_stopped_while_its_writer_hangs(desk: Visit, server: Server) -> None:
    server.paced.go_on.clear()
    desk.ask(f"慢慢说，{REVENUE}")
    stopped = desk.page.locator(".wj-answer").first
    expect(stopped.locator(".wj-mark").first).to_be_visible()
    desk.page.get_by_role("button", name=ZH.stop).click()
    expect(stopped).to_contain_text(ZH.stopped)
    expect(desk.answer(ROADS)).to_contain_text("102公里")
    server.paced.go_on.set()
    expect(desk.answer(REVENUE)).to_contain_text("21.4亿元")
    expect(stopped).to_contain_text(ZH.stopped)


def test_one_question_at_a_time(desk: Visit, server: Server) -> None:
    server.paced.go_on.clear()
    desk.ask(f"慢慢说，{REVENUE}")
    answer = desk.page.locator(".wj-answer")
    expect(answer.locator(".wj-mark").first).to_be_visible()
    joins = itertools.count(1)
    # The second request of Gradio's follows once the first, the question, has been dealt with.
    with desk.page.expect_response(lambda got: "/queue/join" in got.url and next(joins) == 2):
        desk.ask(ROADS)
    server.paced.go_on.set()
    desk.finished()
    expect(answer.locator(".wj-notes:not(:empty)")).to_be_visible()
    expect(answer).to_have_count(1)
    expect(desk.page.locator("#wj-box textarea")).to_have_value(ROADS)


def test_clearing_drops_an_answer_that_is_being_written(desk: Visit, server: Server) -> None:
    server.paced.go_on.clear()
    desk.ask(f"慢慢说，{REVENUE}")
    expect(desk.page.locator(".wj-answer .wj-mark").first).to_be_visible()
    desk.page.get_by_role("button", name=ZH.clear).click()
    expect(desk.page.locator(".wj-answer")).to_have_count(0)
    server.paced.go_on.set()
    expect(desk.answer(ROADS)).to_contain_text("102公里")
    expect(desk.page.locator(".wj-answer")).to_have_count(1)


def test_older_answers_keep_their_sources(desk: Visit) -> None:
    page = desk.page
    first, second = desk.answer(REVENUE), desk.answer(ROADS)
    expect(second).to_contain_text("102公里")
    expect(page.locator("#source-2-1")).to_be_visible()
    expect(page.locator("#source-1-1")).to_be_hidden()
    first.locator(".wj-mark a").first.click()
    expect(page.locator("#source-1-1")).to_be_visible()
    expect(page.locator("#source-2-1")).to_be_hidden()
    page.locator("#source-1-1 .wj-number").click()
    expect(page.locator("#mark-1-1")).to_have_class("wj-flash")


def test_a_refusal_looks_like_one(desk: Visit) -> None:
    answer = desk.answer(UNANSWERABLE)
    expect(answer).to_have_class("wj-answer wj-refusal")
    expect(answer).to_have_css("border-left-color", "rgb(201, 162, 39)")
    expect(answer.locator(".wj-mark")).to_have_count(0)
    nearest = desk.page.locator(".wj-shown .wj-card")
    expect(nearest.first).to_contain_text(ZH.not_cited)
    answer.locator(".wj-near").first.click()
    expect(nearest.first).to_have_class("wj-card wj-on")


def test_a_follow_up_is_completed_and_can_be_asked_as_typed(desk: Visit) -> None:
    desk.answer(REVENUE)
    followed = desk.answer("那2023年呢？")
    expect(followed).to_contain_text("23.8亿元")
    expect(followed.locator(".wj-notes:not(:empty)")).to_contain_text(
        "按“2023年白沙县财政收入是多少”检索"
    )
    followed.get_by_text(ZH.as_typed).click()
    alone = desk.page.locator(".wj-answer").nth(2)
    expect(alone.locator(".wj-notes:not(:empty)")).to_be_visible()
    desk.finished()
    expect(desk.page.locator(".wj-question").nth(2)).to_have_text("那2023年呢？")
    expect(alone.get_by_text(ZH.as_typed)).to_have_count(0)


def test_what_was_asked_outlives_a_failure_and_a_stop(desk: Visit, server: Server) -> None:
    desk.answer(REVENUE)
    desk.ask("失灵了吗，白沙县2022年新改建农村公路多少公里？")
    expect(desk.page.get_by_role("alert")).to_be_visible()
    desk.finished()
    expect(desk.answer("那2023年呢？")).to_contain_text("102公里")
    server.paced.go_on.clear()
    desk.ask(f"慢慢说，{REVENUE}")
    expect(desk.page.locator(".wj-answer").nth(3).locator(".wj-mark").first).to_be_visible()
    desk.page.get_by_role("button", name=ZH.stop).click()
    desk.finished()
    expect(desk.answer("那2023年呢？")).to_contain_text("23.8亿元")
    server.paced.go_on.set()


def test_the_quantity_that_answers_stands_out(desk: Visit) -> None:
    answer = desk.answer(REVENUE)
    expect(answer.locator("strong").first).to_have_text("21.4亿元")
    expect(answer.locator("strong").first).to_have_css("font-weight", "700")
    expect(desk.page.locator("#source-1-1 mark strong")).to_have_text("21.4亿元")


def test_a_card_opens_its_document_at_the_place(desk: Visit) -> None:
    page = desk.page
    desk.answer("2022年和2023年白沙县财政收入各是多少？")
    page.locator("#source-1-1 .wj-open").click()
    dialog = page.get_by_role("dialog", name="白沙县2023年政府工作报告")
    here = dialog.locator("mark.wj-here")
    expect(here).to_have_text("全县财政收入21.4亿元，比上年增长3.2%。")
    expect(here).to_be_in_viewport()
    expect(dialog.get_by_role("heading", level=4)).to_have_text(
        ["一、2022年工作回顾", "二、2023年工作安排"]
    )
    expect(dialog.locator(".wj-doc-at")).to_have_text("1 / 2")
    dialog.get_by_role("button", name=ZH.next).click()
    other = page.get_by_role("dialog", name="白沙县2024年政府工作报告")
    expect(other.locator("mark.wj-here")).to_contain_text("全县财政收入23.8亿元")
    expect(other.locator(".wj-doc-at")).to_have_text("2 / 2")
    expect(other.get_by_role("button", name=ZH.next)).to_be_disabled()
    other.get_by_role("button", name=ZH.close).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator("#source-1-2 .wj-open").click()
    expect(other.locator("mark.wj-here")).to_contain_text("23.8亿元")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_words_are_found_in_a_document(desk: Visit) -> None:
    page = desk.page
    desk.answer(REVENUE)
    page.locator("#source-1-1 .wj-open").click()
    box, found = page.get_by_role("searchbox"), page.locator(".wj-doc-found")
    # Runs from the highlighted sentence into the next.
    box.fill("增长3.2%。新改建")
    expect(found).to_have_text("1 / 1")
    box.fill("城镇")
    expect(found).to_have_text("1 / 2")
    box.press("Enter")
    expect(found).to_have_text("2 / 2")
    box.press("Shift+Enter")
    expect(found).to_have_text("1 / 2")
    texts = "() => [...CSS.highlights.get('wj-found')].map(range => range.toString())"
    assert page.evaluate(texts) == ["城镇", "城镇"]
    box.fill("火星")
    expect(found).to_have_text("0 / 0")
    box.fill("")
    expect(found).to_have_text("")


def test_a_document_fills_a_phone(phone: Visit) -> None:
    page = phone.page
    phone.answer(REVENUE)
    page.locator("#source-1-1 .wj-open").tap()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("mark.wj-here")).to_be_in_viewport()
    box = dialog.bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 375, 740)
    inside = "() => [...document.querySelectorAll('#wj-document *')].every(e => e.getBoundingClientRect().right <= 375)"
    assert page.evaluate(inside)
    dialog.get_by_role("button", name=ZH.close).tap()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_refusal_opens_the_nearest_documents(desk: Visit) -> None:
    desk.answer(UNANSWERABLE)
    desk.page.locator("#source-1-1 .wj-open").click()
    expect(desk.page.locator("#wj-document mark.wj-here").first).to_be_in_viewport()
    expect(desk.page.locator(".wj-doc-at")).to_have_text("1 / 3")


def test_an_answer_is_copied_with_its_sources(
    windows: dict[str, sync_api.BrowserContext], server: Server
) -> None:
    windows["desk"].grant_permissions(["clipboard-read", "clipboard-write"])
    for opened in visit(windows["desk"], server):
        answer = opened.answer(REVENUE)
        answer.get_by_role("link", name=ZH.copy).click()
        expect(answer.get_by_text(ZH.copied)).to_be_visible()
        assert opened.page.evaluate("() => navigator.clipboard.readText()") == (
            "2022年白沙县财政收入是多少？\n\n"
            "全县财政收入21.4亿元，比上年增长3.2%。（2023年资料）[1]\n\n"
            "来源（按引用顺序）\n"
            "[1] 白沙县2023年政府工作报告 · 一、2022年工作回顾 · 第3段 · 白沙县/白沙县2023年政府工作报告.md\n"
            "“全县财政收入21.4亿元，比上年增长3.2%。”"
        )


def test_a_conversation_is_exported(desk: Visit) -> None:
    page = desk.page
    expect(page.get_by_role("button", name=ZH.export_word)).to_be_hidden()
    desk.answer(REVENUE)
    desk.answer(UNANSWERABLE)
    with page.expect_download() as begun:
        page.get_by_role("button", name=ZH.export_markdown).click()
    assert begun.value.suggested_filename == "问据.md"
    told = Path(begun.value.path()).read_text(encoding="utf-8")
    assert told.startswith(f"## {REVENUE}\n\n全县财政收入**21.4亿元**")
    assert "[1] 白沙县2023年政府工作报告\\[R\\]" in told
    assert f"## {UNANSWERABLE}\n\n" in told
    for _ in range(2):  # the same file can be had again
        with page.expect_download() as begun:
            page.get_by_role("button", name=ZH.export_word).click()
    assert begun.value.suggested_filename == "问据.docx"
    word = docx.Document(begun.value.path())
    assert word.paragraphs[0].text == REVENUE


def test_a_search_can_be_kept_to_some_reports(desk: Visit) -> None:
    page = desk.page
    chip = page.locator("#wj-filter .label-wrap")
    expect(chip).to_have_text(re.compile(ZH.everything))
    chip.click()
    page.get_by_label(ZH.first_year).fill("2024")
    expect(chip).to_contain_text("筛选：2024年及以后")
    answer = desk.answer("白沙县财政收入是多少？")
    expect(answer).to_contain_text("23.8亿元")
    expect(answer).not_to_contain_text("21.4亿元")
    expect(answer.locator(".wj-notes:not(:empty)")).to_contain_text("只检索2024年及以后")
    page.get_by_label(ZH.last_year).fill("2020")
    expect(chip).to_contain_text("起始年份 2024 晚于结束年份 2020")
    desk.ask(REVENUE)
    expect(page.get_by_role("status").filter(has_text="请对调")).to_be_visible()
    page.get_by_label(ZH.last_year).fill("去年")
    expect(chip).to_contain_text("年份应为四位数字，例如 2019，写的是“去年”。")
    page.get_by_role("button", name=ZH.widen).click()
    expect(chip).to_have_text(re.compile(ZH.everything))
    expect(desk.answer(REVENUE)).to_contain_text("21.4亿元")


def test_a_filter_that_leaves_no_answer_is_named(desk: Visit) -> None:
    page = desk.page
    page.locator("#wj-filter .label-wrap").click()
    titles = page.get_by_label(ZH.titles)
    titles.fill("文化站")
    titles.press("Enter")
    expect(page.locator("#wj-filter .label-wrap")).to_contain_text("筛选：标题含“文化站”")
    refused = desk.answer("云溪镇财政收入是多少？")
    expect(refused).to_have_class("wj-answer wj-refusal")
    expect(refused).to_contain_text(
        "只检索了标题含“文化站”的报告。清除筛选，可以在全部报告中检索。"
    )
    page.get_by_label(ZH.first_year).fill("1990")
    page.get_by_label(ZH.last_year).fill("1999")
    nothing = desk.answer(REVENUE)
    expect(nothing).to_contain_text("没有符合条件的报告。索引里共 3 份报告")
    expect(nothing).to_contain_text("只检索了1990–1999年 · 标题含“文化站”的报告。")


def test_an_empty_question_gets_a_friendly_line(desk: Visit) -> None:
    desk.ask("   ")
    expect(desk.page.get_by_role("status").filter(has_text=ZH.empty_question)).to_be_visible()
    expect(desk.page.locator(".wj-answer")).to_have_count(0)
    desk.answer(REVENUE)
    expect(desk.page.get_by_text(ZH.empty_question)).to_have_count(0)


def test_an_example_is_asked_with_one_click(desk: Visit) -> None:
    example = desk.page.locator("#wj-chat .example").first
    question = example.inner_text().strip()
    example.click()
    expect(desk.page.locator(".wj-question")).to_have_text(question)
    expect(desk.page.locator(".wj-answer .wj-mark").first).to_be_visible()
    desk.finished()


def test_what_went_wrong_is_said_in_the_chat(desk: Visit) -> None:
    desk.ask("失灵了吗")
    trouble = desk.page.get_by_role("alert")
    expect(trouble).to_contain_text("模型没有应答（读不出 …/model.bin）")
    assert "/home/someone" not in desk.page.content()
    desk.finished()
    desk.answer(REVENUE)


def test_a_fault_of_our_own_leaves_the_page_usable(desk: Visit) -> None:
    desk.ask("崩溃了吗")
    expect(desk.page.get_by_role("alert").filter(has_text=ZH.fault)).to_be_visible()
    desk.finished()
    desk.answer(REVENUE)
    desk.errors.clear()  # Gradio reports the fault on the console, as it should.


def test_a_model_writes_and_sentences_take_over_when_it_fails(desk: Visit) -> None:
    written = desk.answer(f"请模型说，{REVENUE}")
    expect(written).to_contain_text("全县财政收入21.4亿元[1]。")
    expect(written.locator(".wj-kind")).to_have_text(ZH.model)
    expect(written.locator(".wj-notice")).to_have_count(0)
    expect(desk.page.locator("#source-1-1 mark")).to_contain_text("全县财政收入21.4亿元")
    failed = desk.answer(f"请模型断开，{REVENUE}")
    expect(failed.locator(".wj-notice")).to_have_text("模型没有应答（连接被拒绝），以下是摘录。")
    expect(failed.locator(".wj-kind")).to_have_text(ZH.extract)
    expect(failed.locator(".wj-mark").first).to_be_visible()
    assert contrast(failed.locator(".wj-notice")) >= 4.5


def test_the_language_can_be_switched(desk: Visit) -> None:
    page = desk.page
    expect(page.locator("#wj-box textarea")).to_have_attribute("placeholder", ZH.placeholder)
    desk.answer(REVENUE)
    page.get_by_text("EN", exact=True).click()
    expect(page.locator("#wj-box textarea")).to_have_attribute("placeholder", EN.placeholder)
    expect(page.get_by_role("button", name=EN.send)).to_be_visible()
    expect(page.locator("#wj-header")).to_contain_text("3 reports · 2023–2024 · updated today")
    expect(page.locator(".wj-shown h2")).to_have_text(EN.sources)
    expect(page.locator(".wj-answer")).to_contain_text("21.4亿元")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_text("简", exact=True).click()
    expect(page.get_by_role("button", name=ZH.send)).to_be_visible()
    expect(page.locator(".wj-shown h2")).to_have_text(ZH.sources)


def test_clearing_starts_over(desk: Visit) -> None:
    desk.answer(REVENUE)
    desk.page.get_by_role("button", name=ZH.clear).click()
    expect(desk.page.locator(".wj-answer")).to_have_count(0)
    expect(desk.page.locator(".wj-card")).to_have_count(0)
    expect(desk.page.locator(".wj-welcome")).to_be_visible()
    desk.answer(REVENUE)
    expect(desk.page.locator("#source-1-1")).to_be_visible()


def test_text_of_a_report_can_be_nothing_but_text(desk: Visit) -> None:
    said: list[str] = []
    desk.page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    answer = desk.answer("云溪镇建成文化驿站多少个？")
    expect(answer).to_contain_text("[乙](javascript:alert(2))")
    card = desk.page.locator(".wj-shown .wj-card").first
    expect(card.locator("mark")).to_contain_text("<script>alert(1)</script>")
    links = desk.page.locator("#wj-main a").evaluate_all(
        "all => all.map(a => a.getAttribute('href'))"
    )
    assert links
    assert all(link.startswith(LINKS) for link in links)
    desk.page.locator("#source-1-1 .wj-open").click()
    opened = desk.page.locator("#wj-document")
    expect(opened.locator(".wj-text")).to_contain_text(HOSTILE)
    assert opened.locator("a, img, script").count() == 0
    assert desk.page.locator("#wj-main img").count() == 0
    assert said == []


def test_no_folder_of_this_machine_reaches_the_page(desk: Visit, server: Server) -> None:
    desk.answer(REVENUE)
    assert str(server.index_dir.parent) not in desk.page.content()
    config = desk.page.evaluate("() => JSON.stringify(window.gradio_config)")
    assert str(server.index_dir.parent) not in config
    assert str(Path(__file__).parents[1]) not in config


def test_on_a_phone_everything_stands_in_one_column(phone: Visit) -> None:
    page = phone.page
    wide = "() => document.documentElement.scrollWidth"
    assert page.evaluate(wide) == 375
    answer = phone.answer(REVENUE)
    assert page.evaluate(wide) == 375
    answer.locator(".wj-mark a").first.tap()
    card = page.locator(".wj-card.wj-on")
    expect(card).to_be_in_viewport()
    box, above = card.bounding_box(), page.locator("#wj-left").bounding_box()
    assert box["y"] >= above["y"] + above["height"]
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 375


@pytest.mark.parametrize("window", ["desk", "dark"])
def test_text_stands_out_from_its_ground(
    windows: dict[str, sync_api.BrowserContext], server: Server, window: str
) -> None:
    for opened in visit(windows[window], server):
        opened.answer(REVENUE)
        for selector in (
            ".wj-answer p",
            ".wj-notes",
            ".wj-passage",
            ".wj-passage mark",
            ".wj-place",
            ".wj-question",
            ".wj-collection",
            ".wj-action",
            ".wj-export",
        ):
            assert contrast(opened.page.locator(selector).first) >= 4.5, selector


def contrast(element: sync_api.Locator) -> float:
    """Return the contrast ratio of an element's text to what is behind it, as WCAG 2 defines it."""
    text, ground = element.evaluate(
        """element => {
          let behind = element;
          while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
          const numbers = color => color.match(/[\\d.]+/g).slice(0, 3).map(Number);
          return [numbers(getComputedStyle(element).color), numbers(getComputedStyle(behind).backgroundColor)];
        }"""
    )
    bright, dark = sorted((luminance(text), luminance(ground)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(color: Sequence[float]) -> float:
    parts = [value / 255 for value in color]
    linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_running_chat_takes_up_a_new_index(desk: Visit, server: Server) -> None:
    desk.answer(REVENUE)
    (server.corpus / "竹园村2025年工作总结.md").write_text(
        "# 竹园村2025年工作总结\n\n全村茶叶产量达到35.6吨，比上年增加4.1吨。\n", encoding="utf-8"
    )
    build(server.corpus, server.index_dir)
    expect(desk.answer("竹园村2025年茶叶产量是多少？")).to_contain_text("35.6吨")
    expect(desk.page.locator("#wj-header")).to_contain_text("4 份报告")
    desk.page.locator("#mark-1-1").click()
    expect(desk.page.locator("#source-1-1 mark")).to_contain_text("21.4亿元")


def test_a_reloaded_page_comes_back_to_its_conversation(desk: Visit) -> None:
    page = desk.page
    desk.answer(REVENUE)
    desk.answer("那2023年呢？")
    desk.reload()
    expect(page.locator(".wj-answer")).to_have_count(2)
    expect(page.locator("#source-2-1 mark")).to_contain_text("23.8亿元")
    expect(desk.answer("那2022年呢？")).to_contain_text("21.4亿元")
    page.get_by_role("button", name=ZH.clear).click()
    expect(page.locator(".wj-welcome")).to_be_visible()
    desk.reload()
    expect(page.locator(".wj-welcome")).to_be_visible()


def test_past_conversations_are_found_renamed_taken_and_deleted(
    windows: dict[str, sync_api.BrowserContext], server: Server
) -> None:
    context = windows["own"]
    for opened in visit(context, server):
        page = opened.page
        opened.answer(REVENUE)
        page.get_by_role("button", name=ZH.clear).click()
        expect(page.locator(".wj-welcome")).to_be_visible()
        opened.answer(UNANSWERABLE)
        history = page.get_by_role("button", name=ZH.history, exact=True)
        history.click()
        shelf, entries = page.get_by_role("dialog", name=ZH.history), page.locator("#wj-history li")
        expect(entries.locator("span")).to_have_text([UNANSWERABLE, REVENUE])
        shelf.get_by_role("searchbox").fill("政收")
        expect(entries.locator("span")).to_have_text([REVENUE])
        entries.get_by_role("button", name=ZH.history_rename).click()
        entries.get_by_role("textbox").fill("财政这些年")
        page.keyboard.press("Enter")
        expect(entries.locator("span")).to_have_text(["财政这些年"])
        with page.expect_download() as begun:
            entries.get_by_role("button", name=ZH.history_markdown).click()
        assert "21.4亿元" in Path(begun.value.path()).read_text(encoding="utf-8")
        entries.locator(".wj-shelf-open").click()
        expect(shelf).to_have_count(0)
        expect(page.locator(".wj-question")).to_have_text([REVENUE])
        expect(page.locator("#source-1-1 mark")).to_contain_text("21.4亿元")
        page.locator("#source-1-1 .wj-open").click()
        expect(page.locator("#wj-document mark.wj-here")).to_contain_text("21.4亿元")
        page.keyboard.press("Escape")
        history.click()
        expect(entries).to_have_count(2)
        gone = entries.filter(has_text="财政这些年")
        gone.get_by_role("button", name=ZH.history_remove).click()
        gone.get_by_role("button", name=ZH.history_sure).click()
        expect(entries.locator("span")).to_have_text([UNANSWERABLE])
        page.keyboard.press("Escape")
        expect(page.locator(".wj-welcome")).to_be_visible()
    for other in visit(windows["stranger"], server):
        other.page.get_by_role("button", name=ZH.history, exact=True).click()
        expect(other.page.locator("#wj-history")).to_contain_text(ZH.history_empty)


def test_two_pages_of_one_browser_keep_both_conversations(
    windows: dict[str, sync_api.BrowserContext], server: Server
) -> None:
    for one in visit(windows["two"], server):
        for other in visit(windows["two"], server):
            one.ask(REVENUE)
            other.ask(ROADS)
            for opened, answer in ((one, "21.4亿元"), (other, "102公里")):
                expect(opened.page.locator(".wj-answer")).to_contain_text(answer)
                opened.finished()
            other.page.get_by_role("button", name=ZH.history, exact=True).click()
            expect(other.page.locator("#wj-history li span")).to_have_count(2)
            expect(other.page.locator("#wj-history")).to_contain_text(REVENUE)


def test_an_answer_is_judged_with_reasons(desk: Visit, server: Server) -> None:
    page = desk.page
    answer = desk.answer(REVENUE)
    answer.get_by_role("link", name=ZH.useless).click()
    expect(answer.locator(".wj-wish")).to_contain_text(ZH.thanks)
    answer.get_by_role("link", name=ZH.reasons["number"]).click()
    expect(answer.locator(".wj-wish .wj-chosen")).to_have_text(ZH.reasons["number"])
    answer.get_by_placeholder(ZH.comment).fill("应为全市")
    with page.expect_response(lambda got: "/queue/join" in got.url):
        page.keyboard.press("Enter")
    expect(answer.get_by_placeholder(ZH.comment)).to_have_attribute("value", "应为全市")
    desk.reload()
    expect(answer.get_by_placeholder(ZH.comment)).to_have_value("应为全市")
    rated = list(History(history_file(server.index_dir)).rated())[-1]
    assert rated.feedback == Feedback(False, ("number",), "应为全市")
    assert rated.answer.hits
    assert rated.answer.question == REVENUE
    answer.get_by_role("link", name=ZH.useful, exact=True).click()
    expect(answer.get_by_role("link", name=ZH.reasons["number"])).to_have_count(0)
    answer.get_by_role("link", name=ZH.useful, exact=True).click()
    expect(answer.locator(".wj-wish")).to_have_count(0)


def test_the_last_question_is_changed_in_its_place(desk: Visit) -> None:
    page = desk.page
    box = page.locator("#wj-box textarea")
    desk.answer(REVENUE)
    followed = desk.answer("那2023年呢？")
    expect(page.locator(".wj-edit")).to_have_count(1)
    followed.get_by_role("link", name=ZH.change, exact=True).click()
    expect(box).to_have_value("2023年白沙县财政收入是多少")
    expect(box).to_be_focused()
    expect(page.locator("#wj-hint")).to_contain_text(ZH.editing)
    box.press("Escape")
    expect(box).to_have_value("")
    expect(page.locator("#wj-hint")).not_to_contain_text(ZH.editing)
    page.locator(".wj-question").last.hover()
    page.get_by_role("link", name=ZH.edit, exact=True).click()
    expect(box).to_have_value("那2023年呢？")
    desk.ask("那2022年呢？")
    expect(page.locator(".wj-question")).to_have_text([REVENUE, "那2022年呢？"])
    expect(page.locator(".wj-answer").last).to_contain_text("21.4亿元")
    desk.finished()
    page.get_by_role("link", name=ZH.retry).click()
    expect(page.locator("#wj-box .submit-button")).to_be_visible()
    expect(page.locator(".wj-answer").last).to_contain_text("21.4亿元")
    desk.finished()
    desk.reload()
    expect(page.locator(".wj-question")).to_have_text([REVENUE, "那2022年呢？"])


def test_enter_sends_and_the_enter_of_an_input_method_does_not(desk: Visit) -> None:
    page = desk.page
    box = page.locator("#wj-box textarea")
    box.click()
    keyboard = page.context.new_cdp_session(page)
    keyboard.send(
        "Input.imeSetComposition", {"text": "baisha", "selectionStart": 6, "selectionEnd": 6}
    )
    # What Chromium reports of a key that the input method takes.
    taken = {"type": "rawKeyDown", "key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229}
    keyboard.send("Input.dispatchKeyEvent", taken)
    box.dispatch_event(
        "keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True}
    )
    expect(box).to_have_value("baisha")
    keyboard.send("Input.insertText", {"text": "白沙县2022年"})
    expect(box).to_have_value("白沙县2022年")
    box.press("Shift+Enter")
    page.keyboard.insert_text("财政收入是多少")
    expect(box).to_have_value("白沙县2022年\n财政收入是多少")
    expect(page.locator(".wj-question")).to_have_count(0)
    box.press("Enter")
    expect(page.locator(".wj-question")).to_have_count(1)
    expect(page.locator(".wj-answer")).to_contain_text("21.4亿元")
    desk.finished()


def test_why_these_sources_unfolds_beside_them(desk: Visit) -> None:
    page = desk.page
    answer = desk.answer(REVENUE)
    why = answer.get_by_role("link", name=ZH.why)
    why.click()
    panel = page.locator("#why-1")
    expect(panel).to_be_focused()
    expect(panel).to_be_in_viewport()
    expect(panel.locator(".wj-reasons").first).to_contain_text("[1]")
    why.click()
    expect(panel).to_have_count(0)


def test_an_indicator_over_years_is_drawn_with_its_sources(desk: Visit) -> None:
    page = desk.page
    answer = desk.answer("白沙县2021年到2023年的财政收入")
    points = answer.locator(".wj-plot a")
    expect(points).to_have_count(3)
    expect(points.locator("text")).to_have_text(["20.7亿元", "21.4亿元", "23.8亿元"])
    expect(answer.locator(".wj-unit")).to_have_text("单位：亿元")
    points.last.click()
    card = page.locator(".wj-card.wj-on")
    expect(card.locator("mark")).to_contain_text("全县财政收入23.8亿元")
    card.locator(".wj-open").click()
    expect(page.locator("#wj-document mark.wj-here")).to_contain_text("23.8亿元")
