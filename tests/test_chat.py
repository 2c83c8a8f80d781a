"""The chat, as a person meets it: a real server on loopback and a real headless Chromium."""

from __future__ import annotations

import itertools
import re
import shutil
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from index import Index, WenjuError, build, open_index
from rag import Answer, Assistant, Turn
from ui.chat import build_app, launch
from ui.labels import EN, ZH

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
Page, expect = sync_api.Page, sync_api.expect

# Gradio counts its requests in a way that pandas has announced the end of.
pytestmark = pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

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
""",
    "云溪镇文化站简报.txt": f"云溪镇文化站简报\n\n{HOSTILE}全年放映露天电影126场。\n",
}
REVENUE = "2022年白沙县财政收入是多少？"
ROADS = "白沙县2023年新改建农村公路多少公里？"
UNANSWERABLE = "火星有几颗卫星？"


@dataclass
class Paced:
    """The real assistant, but one that can be made to wait or fail, so that a test needs no clock."""

    assistant: Assistant
    go_on: threading.Event = field(default_factory=threading.Event)

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        return self.assistant.ask(question, history)

    def stream(self, question: str, history: Sequence[Turn] = ()) -> Iterator[Answer]:
        if "失灵" in question:
            message = "模型没有应答（读不出 /home/someone/secret/model.bin），请稍后再试。"
            raise WenjuError(message)
        if "崩溃" in question:
            message = "a fault of our own"
            raise ZeroDivisionError(message)
        for answer in self.assistant.stream(question, history):
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
    paced = Paced(Assistant(index))
    app = build_app(index, assistant=paced)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    yield Server(launch(app, host="127.0.0.1", port=port), paced, corpus, index_dir)
    paced.go_on.set()
    app.close(verbose=False)


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip("no Chromium or Chrome is installed, so the chat page cannot be opened")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield opened
        opened.close()


@dataclass
class Visit:
    """An open page; remembers every host it asked and every error it reported."""

    page: Page
    hosts: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def ask(self, question: str) -> None:
        box = self.page.get_by_role("textbox")
        box.fill(question)
        box.press("Enter")

    def finished(self) -> None:
        """Wait until the next question can be asked."""
        expect(self.page.locator("#wj-box .stop-button")).to_have_count(0)
        expect(self.page.locator("#wj-box .submit-button")).to_be_visible()

    def answer(self, question: str) -> sync_api.Locator:
        """Ask, and return the complete answer."""
        before = self.page.locator(".wj-answer").count()
        self.ask(question)
        answer = self.page.locator(".wj-answer").nth(before)
        expect(answer.locator(".wj-notes")).to_be_visible()
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
    expect(page.get_by_role("textbox")).to_be_visible()
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
    expect(answer.locator(".wj-notes")).to_have_count(0)
    answer.locator(".wj-mark a").first.click()
    expect(page.locator(".wj-card.wj-on")).to_be_visible()
    server.paced.go_on.set()
    expect(answer.locator(".wj-notes")).to_be_visible()
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
    expect(answer.locator(".wj-notes")).to_be_visible()
    expect(answer).to_have_count(1)
    expect(desk.page.get_by_role("textbox")).to_have_value(ROADS)


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


def test_the_language_can_be_switched(desk: Visit) -> None:
    page = desk.page
    expect(page.get_by_role("textbox")).to_have_attribute("placeholder", ZH.placeholder)
    desk.answer(REVENUE)
    page.get_by_text("EN", exact=True).click()
    expect(page.get_by_role("textbox")).to_have_attribute("placeholder", EN.placeholder)
    expect(page.get_by_role("button", name=EN.send)).to_be_visible()
    expect(page.locator("#wj-header")).to_contain_text("3 reports · 2023–2024 · updated today")
    expect(page.locator(".wj-shown h2")).to_have_text(EN.sources)
    expect(page.locator(".wj-answer")).to_contain_text("21.4亿元")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_text("中文", exact=True).click()
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
    assert all(link.startswith(("#source-", "#mark-")) for link in links)
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
