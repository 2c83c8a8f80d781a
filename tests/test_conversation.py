"""Conversations that are kept: across reloads, stops and rebuilds, renamed, judged, exported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from chatting import REVENUE, ROADS, UNANSWERABLE, Server, running
from visit import Visit, expect, sync_api, visit

from index import build
from rag.feedback import Feedback
from ui.history import History, history_file
from ui.labels import ZH

# Gradio counts its requests in a way that pandas has announced the end of.
pytestmark = pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("chat")) as opened:
        yield opened


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
    with visit(context, server.address) as opened:
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
    with visit(windows["stranger"], server.address) as other:
        other.page.get_by_role("button", name=ZH.history, exact=True).click()
        expect(other.page.locator("#wj-history")).to_contain_text(ZH.history_empty)


def test_two_pages_of_one_browser_keep_both_conversations(
    windows: dict[str, sync_api.BrowserContext], server: Server
) -> None:
    with (
        visit(windows["two"], server.address) as one,
        visit(windows["two"], server.address) as other,
    ):
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


def test_the_history_stays_closed_once_it_is_closed(desk: Visit) -> None:
    page = desk.page
    desk.answer(REVENUE)
    page.get_by_role("button", name=ZH.history, exact=True).click()
    shelf = page.get_by_role("dialog", name=ZH.history)
    with page.expect_request(lambda sent: "/queue/join" in sent.url):
        shelf.get_by_role("searchbox").fill("财政")
    shelf.get_by_role("button", name=ZH.close).click()
    desk.answer(ROADS)  # by then the list has come
    expect(shelf).to_have_count(0)
