"""The chat, as a person meets it: a real server on loopback and a real headless Chromium."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from chatting import HOSTILE, REVENUE, ROADS, UNANSWERABLE, Server, running
from visit import Page, Visit, contrast, expect, sync_api, visit

from ui.labels import EN, ZH

# Gradio counts its requests in a way that pandas has announced the end of.
pytestmark = pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)")
# What a link of the page may point to: all of it is on the page itself.
LINKS = (
    "#source-", "#mark-", "#open-", "#again-", "#copy-", "#retry-", "#edit-", "#change-", "#up-", "#down-",
    "#why-",
)  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("chat")) as opened:
        yield opened


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
    with visit(windows["desk"], server.address) as opened:
        answer = opened.answer(REVENUE)
        answer.get_by_role("link", name=ZH.copy).click()
        expect(answer.get_by_text(ZH.copied)).to_be_visible()
        assert opened.page.evaluate("() => navigator.clipboard.readText()") == (
            "2022年白沙县财政收入是多少？\n\n"
            "全县财政收入21.4亿元，比上年增长3.2%。（2023年资料，列于“一、2022年工作回顾”）[1]\n\n"
            "来源（按引用顺序）\n"
            "[1] 白沙县2023年政府工作报告 · 一、2022年工作回顾 · 第3段 · 白沙县/白沙县2023年政府工作报告.md\n"
            "“全县财政收入21.4亿元，比上年增长3.2%。”"
        )


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


def test_a_browser_may_have_many_pages_open(
    windows: dict[str, sync_api.BrowserContext], server: Server
) -> None:
    """A browser keeps six connections to a server, so no page may hold one."""
    with ExitStack() as open_pages:
        visits = [
            open_pages.enter_context(visit(windows["desk"], server.address)) for _ in range(8)
        ]
        for each in (visits[-1], visits[0]):
            expect(each.answer(REVENUE)).to_contain_text("21.4亿元")


def test_clearing_starts_over(desk: Visit) -> None:
    desk.answer(REVENUE)
    desk.page.get_by_role("button", name=ZH.clear).click()
    expect(desk.page.locator(".wj-answer")).to_have_count(0)
    expect(desk.page.locator(".wj-card")).to_have_count(0)
    expect(desk.page.locator(".wj-welcome")).to_be_visible()
    desk.answer(REVENUE)
    expect(desk.page.locator("#source-1-1")).to_be_visible()


def test_text_of_a_report_can_be_nothing_but_text(desk: Visit) -> None:
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
    assert desk.errors == []  # among them, a box that popped up


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
    with visit(windows[window], server.address) as opened:
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


def test_a_link_that_is_replaced_under_the_pointer_is_followed(desk: Visit) -> None:
    """As while an answer grows: Gradio writes its links anew between press and release."""
    page = desk.page
    desk.answer(REVENUE)
    card = page.locator("#source-1-1 .wj-open")
    for link, anew in (
        (card, "#source-1-1"),
        (page.locator("#wj-title a[href='#collection']"), "#wj-title"),
    ):
        link.hover()
        page.mouse.down()
        page.locator(anew).evaluate("part => { part.innerHTML = part.innerHTML; }")
        page.mouse.up()
        if link is card:
            expect(page.locator("#wj-document mark.wj-here")).to_contain_text("21.4亿元")
            page.keyboard.press("Escape")
    expect(page.locator("#wj-collection h2")).to_be_visible()


def test_documents_and_the_collection_open_while_an_answer_is_being_written(
    desk: Visit, server: Server
) -> None:
    page = desk.page
    server.paced.go_on.clear()
    desk.ask(f"慢慢说，{REVENUE}")
    page.locator("#source-1-1 .wj-open").click()
    expect(page.locator("#wj-document mark.wj-here")).to_contain_text("21.4亿元")
    page.keyboard.press("Escape")
    page.locator("#wj-title a[href='#collection']").click()
    expect(page.locator("#wj-collection h2")).to_be_visible()
    page.locator("#wj-title a[href='#ask']").click()
    server.paced.go_on.set()
    desk.finished()


def focused(page: Page) -> str:
    """Return what of the page has the focus: its id, else its address or words."""
    return page.evaluate(
        "() => (e => e.id || e.getAttribute('href') || e.textContent.trim())(document.activeElement)"
    )


def tab_to(page: Page, wanted: str, presses: int = 40) -> None:
    """Go on with the Tab key until something has the focus."""
    for _ in range(presses):
        page.keyboard.press("Tab")
        if focused(page) == wanted:
            return
    raise AssertionError(wanted)


def test_from_the_question_to_the_place_and_back_by_keyboard(desk: Visit) -> None:
    page = desk.page
    page.locator("#wj-box textarea").focus()
    page.keyboard.type(REVENUE)
    page.keyboard.press("Enter")
    expect(page.locator(".wj-answer .wj-notes:not(:empty)")).to_be_visible()
    desk.finished()
    expect(page.locator("#wj-box textarea")).to_be_focused()
    page.locator("#wj-title a").first.focus()
    tab_to(page, "mark-1-1")
    assert (
        page.locator("#mark-1-1").evaluate("link => getComputedStyle(link).outlineStyle") == "solid"
    )
    page.keyboard.press("Enter")
    expect(page.locator("#source-1-1")).to_be_focused()
    tab_to(page, "#open-1-1", presses=4)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="白沙县2023年政府工作报告")
    expect(dialog.locator("mark.wj-here")).to_be_in_viewport()
    expect(dialog.locator(".wj-text")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#source-1-1 .wj-open")).to_be_focused()


def test_what_can_be_operated_has_a_name(desk: Visit) -> None:
    page = desk.page
    answer = desk.answer(REVENUE)
    answer.get_by_role("link", name=ZH.useless).click()
    expect(answer.get_by_role("textbox", name=ZH.comment)).to_be_visible()
    nameless = """all => all.filter(e => e.checkVisibility() && !(
      e.textContent.trim() || e.ariaLabel || e.title || e.placeholder || e.labels?.length
    )).map(e => e.outerHTML)"""
    assert page.locator("a, button, input, textarea, select").evaluate_all(nameless) == []


def test_a_finger_finds_what_it_is_meant_to_touch(phone: Visit) -> None:
    page = phone.page
    phone.answer(REVENUE)
    for selector in (".wj-action", ".wj-mark a", ".wj-open", ".wj-number", "#wj-title nav a"):
        for box in (link.bounding_box() for link in page.locator(selector).all()):
            assert box is None or min(box["height"], box["width"]) >= 24, selector
