"""The collection and the pages of reports, as a person meets them in a real Chromium."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from ports import free_port
from reportlab.lib import colors
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table
from visit import Page, Visit, contrast, expect, sync_api, visit

from index import build, open_index
from ui.access import Access, read_users, user_line
from ui.chat import build_app, launch
from ui.collection_labels import EN, ZH
from ui.labels import ZH as WORDS
from ui.site import Site

pytestmark = pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)")

FONT = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(FONT))
WIDTH, HEIGHT = 595, 842
INVESTED = "全年完成水利投资8.6亿元，除险加固水库14座。"
# Script, a link that runs, a picture of elsewhere, and marks that turn the direction of writing.
HOSTILE = (
    "<script>alert(1)</script>[乙](javascript:alert(2))<img src=x onerror=alert(3)>"
    "![丙](http://evil.example/x.png)\u202e倒\u202c"
)
HOSTILE_NAME = "云溪镇\u202egpj.<img src=x onerror=alert(4)>.md"
REPORTS = {
    "白沙县2023年政府工作报告.md": "# 白沙县2023年政府工作报告\n\n## 一、回顾\n\n"
    "全县财政收入21.4亿元，比上年增长3.2%。\n",
    HOSTILE_NAME: f"# 云溪镇简报{HOSTILE}\n\n## 一、{HOSTILE}\n\n云溪镇建成文化驿站17个。{HOSTILE}\n\n"
    f"| 站点{HOSTILE} | 场次 |\n|---|---|\n| 东街{HOSTILE} | 126 |\n",
}
TEA = "# 竹园村2025年工作总结\n\n全村茶叶产量达到35.6吨，比上年增加4.1吨。\n"


def write_pdf(path: Path) -> None:
    """A report of two pages; the second holds a sentence and a ruled table."""
    canvas = Canvas(str(path), pagesize=(WIDTH, HEIGHT))
    canvas.setFont(FONT, 20)
    canvas.drawString(72, 760, "青川县2024年水利公报")
    canvas.setFont(FONT, 13)
    canvas.drawString(72, 700, "全县水资源总量为12.7亿立方米。")
    canvas.showPage()
    canvas.setFont(FONT, 13)
    canvas.drawString(72, 700, INVESTED)
    cells = [["水库", "库容"], ["青石水库", "3150万立方米"], ["白云水库", "870万立方米"]]
    style = [("FONT", (0, 0), (-1, -1), FONT, 12), ("GRID", (0, 0), (-1, -1), 0.5, colors.black)]
    table = Table(cells, colWidths=[160, 160], rowHeights=[24] * 3, style=style)
    table.wrapOn(canvas, WIDTH, HEIGHT)
    table.drawOn(canvas, 72, 560)
    canvas.save()


@dataclass
class Server:
    """A running chat and the folder of its reports."""

    address: str
    corpus: Path
    index_dir: Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("site")
    corpus = root / "corpus"
    corpus.mkdir()
    for name, text in REPORTS.items():
        (corpus / name).write_text(text, encoding="utf-8")
    write_pdf(corpus / "水利公报.pdf")
    (corpus / "坏文件.pdf").write_bytes(b"%PDF-1.4 broken off")
    report = build(corpus, root / "index")
    index = open_index(root / "index")
    app = build_app(index, site=Site(index, corpus, report=report))
    yield Server(launch(app, host="127.0.0.1", port=free_port()), corpus, root / "index")
    app.site.close()
    app.close(verbose=False)


def titles(page: Page) -> list[str]:
    return page.locator(".wj-table tbody th > :first-child").all_inner_texts()


def test_the_collection_lists_filters_and_sorts(desk: Visit) -> None:
    page = desk.page
    desk.collection()
    row = page.locator(".wj-table tbody tr").filter(has_text="水利公报")
    expect(row.locator("td")).to_have_text(["2024", "2", "PDF", "1", ZH.read, ZH.remove])
    broken = page.locator(".wj-table tbody tr").filter(has_text="坏文件")
    expect(broken).to_contain_text("不是完整的 PDF 文件")
    expect(broken.locator(".wj-state")).to_have_text(ZH.failed)
    year = page.get_by_role("button", name="年份")
    year.focus()
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("年份▴")
    assert titles(page)[-1] == "青川县2024年水利公报"
    page.keyboard.press("Enter")  # the button keeps the focus
    expect(page.locator("th[aria-sort=descending]")).to_have_text("年份▾")
    assert titles(page)[0] == "青川县2024年水利公报"
    page.get_by_label(ZH.find).fill("白沙縣")
    expect(page.locator(".wj-table tbody tr")).to_have_count(1)
    page.get_by_label(ZH.find).fill("火星")
    expect(page.get_by_text(ZH.nothing)).to_be_visible()
    page.get_by_label(ZH.find).fill("")
    page.get_by_label(ZH.which).select_option(label=f"{ZH.not_read} (1)")
    expect(page.locator(".wj-table tbody tr")).to_have_count(1)
    page.get_by_text(ZH.report_failed).click()
    expect(page.locator(".wj-report li").first).to_contain_text("坏文件.pdf — 不是完整的 PDF 文件")


def test_a_report_is_added_asked_removed_and_put_back(desk: Visit, server: Server) -> None:
    page = desk.page
    desk.collection()
    told = page.locator(".wj-told")
    tea = {"name": "../竹园村.md", "mimeType": "text/markdown", "buffer": TEA.encode()}
    page.locator(".wj-add input").set_input_files(tea)
    expect(told).to_have_text(ZH.added.format(name="竹园村.md"))
    assert (server.corpus / "竹园村.md").read_text(encoding="utf-8") == TEA
    expect(page.locator(".wj-table tbody tr").filter(has_text=ZH.new)).to_have_count(1)
    page.locator(".wj-add input").set_input_files(tea)
    expect(told).to_have_text(ZH.name_taken.format(name="竹园村.md"))
    desk.errors.clear()  # The browser reports the answer 409 on the console.
    page.get_by_role("button", name=ZH.rebuild).click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    # People go on asking meanwhile.
    page.locator("#wj-title a[href='#ask']").click()
    expect(desk.answer("白沙县财政收入是多少？")).to_contain_text("21.4亿元")
    page.locator("#wj-title a[href='#collection']").click()
    expect(told).to_have_text(ZH.build_done)
    expect(page.locator("#wj-collection h2 + p")).to_contain_text("4 份报告")
    expect(page.locator("#wj-title .wj-collection")).to_contain_text("4 份报告")
    page.locator("#wj-title a[href='#ask']").click()
    expect(desk.answer("竹园村2025年茶叶产量是多少？")).to_contain_text("35.6吨")
    page.locator("#wj-title a[href='#collection']").click()
    page.get_by_role("button", name="移走 竹园村2025年工作总结").click()
    asked = page.get_by_role("dialog", name="移走“竹园村2025年工作总结”？")
    expect(asked).to_contain_text(".removed")
    asked.get_by_role("button", name=ZH.cancel).click()
    assert (server.corpus / "竹园村.md").exists()
    page.get_by_role("button", name="移走 竹园村2025年工作总结").click()
    asked.get_by_role("button", name=ZH.remove).click()
    expect(told).to_have_text(ZH.removed.format(name="竹园村.md"))
    assert not (server.corpus / "竹园村.md").exists()
    page.get_by_text(ZH.removed_list.format(count=1)).click()
    page.get_by_role("button", name="放回 竹园村.md").click()
    expect(told).to_have_text(ZH.put_back_done.format(name="竹园村.md"))
    assert (server.corpus / "竹园村.md").read_text(encoding="utf-8") == TEA


def test_a_build_that_fails_says_why(desk: Visit, server: Server, tmp_path: Path) -> None:
    desk.collection()
    server.corpus.rename(tmp_path / "elsewhere")
    try:
        desk.page.get_by_role("button", name=ZH.rebuild).click()
        told = desk.page.locator(".wj-told")
        expect(told).to_contain_text("索引没有更新：报告文件夹 …/corpus 不存在")
    finally:
        (tmp_path / "elsewhere").rename(server.corpus)


def covers(box: dict[str, float], sheet: dict[str, float], place: tuple[float, float]) -> bool:
    """Whether a box on the picture of a page covers a place of the page, in points from its top
    left corner."""
    x = sheet["x"] + place[0] / WIDTH * sheet["width"]
    y = sheet["y"] + place[1] / HEIGHT * sheet["height"]
    inside = box["x"] <= x <= box["x"] + box["width"]
    return inside and box["y"] <= y <= box["y"] + box["height"]


def test_the_page_of_a_pdf_shows_the_sentence_in_a_box(desk: Visit, server: Server) -> None:
    page = desk.page
    dialog = desk.open("2024年青川县水利投资完成多少亿元？")
    box, sheet = dialog.locator(".wj-box.wj-here"), dialog.locator(".wj-sheet img")
    expect(box).to_have_count(1)
    expect(box).to_be_in_viewport()
    expect(dialog.locator(".wj-doc-page")).to_have_text("第 2 / 2 页")
    expect(sheet).to_have_js_property("naturalWidth", 1400)
    assert covers(box.bounding_box(), sheet.bounding_box(), (80, HEIGHT - 704))
    assert box.bounding_box()["height"] < 40
    dialog.get_by_role("button", name=WORDS.page_back).click()
    expect(dialog.locator(".wj-doc-page")).to_have_text("第 1 / 2 页")
    expect(dialog.get_by_role("button", name=WORDS.page_back)).to_be_disabled()
    expect(box).to_have_count(0)
    dialog.get_by_role("button", name=WORDS.page_on).click()
    expect(box).to_have_count(1)
    dialog.get_by_role("button", name=WORDS.sheet).click()
    expect(sheet).to_be_hidden()
    with page.expect_download() as begun:
        dialog.get_by_role("link", name=WORDS.original).click()
    assert begun.value.suggested_filename == "水利公报.pdf"
    original = (server.corpus / "水利公报.pdf").read_bytes()
    assert Path(begun.value.path()).read_bytes() == original


def test_the_row_of_a_table_is_boxed(desk: Visit) -> None:
    dialog = desk.open("青石水库的库容是多少？")
    box, sheet = dialog.locator(".wj-box.wj-here"), dialog.locator(".wj-sheet img")
    expect(dialog.locator("mark.wj-here")).to_contain_text("3150万立方米")
    expect(box.first).to_be_in_viewport()
    boxes = [one.bounding_box() for one in box.all()]
    for x in (80, 240):  # in both cells of the second row
        assert any(covers(one, sheet.bounding_box(), (x, HEIGHT - 596)) for one in boxes)


def test_a_file_that_has_changed_is_not_shown(desk: Visit, server: Server) -> None:
    path = server.corpus / "水利公报.pdf"
    original = path.read_bytes()
    identity = document_id(server, "水利公报.pdf")
    try:
        path.write_bytes(original + b"\n")
        with httpx.Client(base_url=server.address) as client:
            # Whatever was read before the change is still what the document was read from.
            fresh = Site(open_index(server.index_dir), server.corpus)
            assert fresh.originals.data(fresh.index.document(identity)) is None
            assert client.get("/wenju/report/nonsense/file").status_code == 404
        desk.collection()
        row = desk.page.locator(".wj-table tbody tr").filter(has_text="水利公报")
        expect(row.locator(".wj-state")).to_have_text(ZH.changed)
    finally:
        path.write_bytes(original)


def document_id(server: Server, path: str) -> str:
    return next(e.id for e in open_index(server.index_dir).documents if e.path == path)


def test_a_hostile_report_is_nothing_but_text(desk: Visit) -> None:
    page = desk.page
    dialog = desk.open("云溪镇建成文化驿站多少个？")
    expect(dialog.locator(".wj-text")).to_contain_text("[乙](javascript:alert(2))")
    expect(dialog.locator(".wj-text")).to_contain_text("东街<script>alert(1)</script>")
    for part in ("#wj-document", "#wj-main"):
        assert page.locator(part).locator("img, script, iframe").count() == 0
        links = page.locator(f"{part} a").evaluate_all(
            "all => all.map(a => a.getAttribute('href'))"
        )
        assert all(link.startswith(("#", "wenju/report/")) for link in links)
    dialog.get_by_role("button", name=WORDS.close).click()
    desk.collection()
    row = page.locator(".wj-table tbody tr").filter(has_text="云溪镇")
    # The marks of direction are gone, so that the name ends as the file does.
    expect(row.locator(".wj-path")).to_have_text(HOSTILE_NAME.replace("\u202e", ""))
    assert page.locator("#wj-collection img, #wj-collection script").count() == 0
    row.get_by_role("button").click()
    expect(page.locator(".wj-confirm h3")).to_contain_text("<script>alert(1)</script>")
    assert page.locator(".wj-confirm script").count() == 0
    page.keyboard.press("Escape")


def test_the_collection_speaks_three_languages(desk: Visit) -> None:
    page = desk.page
    desk.collection()
    page.get_by_text("EN", exact=True).click()
    expect(page.get_by_role("heading", name=EN.heading)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    broken = page.locator(".wj-table tbody tr").filter(has_text="坏文件")
    expect(broken).to_contain_text("not a whole PDF file; download or export it again")
    page.get_by_text("繁", exact=True).click()
    expect(page.get_by_role("heading", name="資料")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh-TW")
    expect(page.get_by_role("button", name="重建索引")).to_be_visible()
    page.locator("#wj-title a[href='#ask']").click()
    refused = desk.answer("红烧肉怎样炖才好吃？")
    expect(refused).to_contain_text("所以不作回答。")
    expect(refused).to_contain_text("資料裡沒有找到")
    page.get_by_text("EN", exact=True).click()
    expect(refused).to_contain_text("so there is no answer.")


def test_a_question_of_more_than_a_thousand_characters_is_refused(desk: Visit) -> None:
    box = desk.page.locator("#wj-box textarea")
    box.evaluate("box => box.removeAttribute('maxlength')")
    box.fill("问" * 1001)
    box.press("Enter")
    told = WORDS.too_long.format(count=1001, limit=1000)
    expect(desk.page.get_by_role("status").filter(has_text=told)).to_be_visible()


def test_everything_fits_a_phone(phone: Visit) -> None:
    page = phone.page
    wide = "() => document.documentElement.scrollWidth"
    phone.collection()
    assert page.evaluate(wide) == 375
    inside = "all => all.every(one => one.getBoundingClientRect().right <= 375)"
    assert page.locator("#wj-collection *").evaluate_all(inside)
    page.locator(".wj-table a", has_text="水利公报").tap()
    dialog = page.get_by_role("dialog", name="青川县2024年水利公报")
    dialog.get_by_role("button", name=WORDS.sheet).tap()
    expect(dialog.locator(".wj-sheet img")).to_be_in_viewport()
    assert page.locator("#wj-document *").evaluate_all(inside)


@pytest.mark.parametrize("window", ["desk", "dark"])
def test_words_of_the_collection_stand_out(
    windows: dict[str, sync_api.BrowserContext], server: Server, window: str
) -> None:
    with visit(windows[window], server.address) as opened:
        opened.collection()
        for selector in (
            "#wj-collection h2", "#wj-collection h2 + p", ".wj-add span", ".wj-changes button",
            ".wj-changes small", ".wj-table a", ".wj-path", ".wj-table thead button", ".wj-problems",
            ".wj-is-read", ".wj-is-failed", ".wj-col-do button", ".wj-report p", "summary small",
            "#wj-title nav a[aria-current]", "#wj-title nav a:not([aria-current])",
        ):  # fmt: skip
            assert contrast(opened.page.locator(selector).first) >= 4.5, selector


# ---- sharing ----
@pytest.fixture(scope="module")
def shared(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a chat that asks for a name and a password."""
    file = tmp_path_factory.mktemp("users") / "users.txt"
    lines = user_line("reader", "password-1"), user_line("editor", "password-2", editor=True)
    file.write_text("\n".join(lines), encoding="utf-8")
    index = open_index(server.index_dir)
    access = Access(read_users(file), local=False)
    app = build_app(index, site=Site(index, server.corpus, access))
    yield launch(app, host="127.0.0.1", port=free_port())
    app.close(verbose=False)


@contextmanager
def signed_in(address: str, name: str, password: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers={"x-wenju": "1"}) as client:
        client.post("/login", data={"username": name, "password": password}).raise_for_status()
        yield client


PRIVATE = (
    "/wenju/collection/page", "/wenju/collection/list", "/wenju/collection/build",
    "/wenju/document/{id}", "/wenju/report/{id}/file", "/wenju/report/{id}/page/1",
    "/wenju/report/{id}/page/1/boxes", "/gradio_api/info",
)  # fmt: skip


def test_nothing_is_told_to_strangers(shared: str, server: Server) -> None:
    identity = document_id(server, "水利公报.pdf")
    with httpx.Client(base_url=shared, headers={"x-wenju": "1"}) as stranger:
        for path in PRIVATE:
            assert stranger.get(path.format(id=identity)).status_code == 401, path
        assert stranger.put("/wenju/collection/file?name=a.md", content=b"a").status_code == 403
        assert stranger.post("/wenju/collection/build").status_code == 403
        wrong = {"username": "reader", "password": "password-2"}
        assert stranger.post("/login", data=wrong).status_code == 400
        assert "青川县" not in stranger.get("/").text


def test_readers_look_and_editors_change(shared: str, server: Server) -> None:
    before = {path.name for path in server.corpus.iterdir()}
    with signed_in(shared, "reader", "password-1") as reader:
        assert ZH.only_looking in reader.get("/wenju/collection/page").text
        assert "data-remove" not in reader.get("/wenju/collection/list").text
        for sent in (
            reader.put("/wenju/collection/file?name=a.md", content=b"a"),
            reader.post("/wenju/collection/remove", json={"path": "水利公报.pdf"}),
            reader.post("/wenju/collection/restore", json={"key": "a/b"}),
            reader.post("/wenju/collection/build"),
        ):
            assert (sent.status_code, sent.json()["said"]) == (403, ZH.not_allowed)
    with signed_in(shared, "editor", "password-2") as editor:
        assert ZH.rebuild in editor.get("/wenju/collection/page").text
        listed = editor.get("/wenju/collection/list?at=x")
        assert listed.status_code == 404
        assert "data-remove" in editor.get("/wenju/collection/list").text
        sent = editor.put("/wenju/collection/file?name=a.exe&lang=en", content=b"MZ\x90\x00\x00")
        assert sent.status_code == 409
        assert sent.json()["said"].startswith("“a.exe” ")
        assert editor.post("/wenju/collection/remove", content=b"[1").status_code == 400
        del editor.headers["x-wenju"]
        assert editor.post("/wenju/collection/build").status_code == 403
    assert {path.name for path in server.corpus.iterdir()} == before


def test_an_upload_beyond_the_limit_leaves_nothing(
    shared: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.site.LARGEST", 2**20)
    before = {path.name for path in server.corpus.iterdir()}
    with signed_in(shared, "editor", "password-2") as editor:
        sent = editor.put("/wenju/collection/file?name=a.md", content=b"x" * (2**20 + 1))
        assert (sent.status_code, sent.json()["said"]) == (
            409,
            ZH.too_large.format(name="a.md", limit=1),
        )
        sent = editor.put("/wenju/collection/file?name=a.md", content=b"")
        assert (sent.status_code, sent.json()["said"]) == (409, ZH.empty.format(name="a.md"))
    assert {path.name for path in server.corpus.iterdir()} == before


def test_no_folder_of_this_machine_is_told(server: Server) -> None:
    identity = document_id(server, "水利公报.pdf")
    with httpx.Client(base_url=server.address) as client:
        answers = [client.get(path.format(id=identity)) for path in PRIVATE]
        answers.append(client.get("/wenju/report/..%2f..%2fetc%2fpasswd/file"))
    for answer in answers:
        assert str(server.corpus.parent).encode() not in answer.content
    download = answers[PRIVATE.index("/wenju/report/{id}/file")]
    assert download.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    boxes = json.loads(answers[PRIVATE.index("/wenju/report/{id}/page/1/boxes")].text)
    assert boxes == []


def test_someone_signs_in_and_out(windows: dict[str, sync_api.BrowserContext], shared: str) -> None:
    page = windows["desk"].new_page()
    page.goto(shared)
    page.locator("input").nth(0).fill("reader")
    page.locator("input[type=password]").fill("password-1")
    page.keyboard.press("Enter")
    expect(page.locator("#wj-box textarea")).to_be_visible()
    page.get_by_role("link", name=WORDS.sign_out).click()
    expect(page.locator("input[type=password]")).to_be_visible()
    page.close()


def test_a_chat_that_does_not_know_its_folder_only_shows(server: Server) -> None:
    site = Site(open_index(server.index_dir))
    assert not site.may_change(None)
    document = site.index.document(document_id(server, "水利公报.pdf"))
    assert not site.source_of(document).file
