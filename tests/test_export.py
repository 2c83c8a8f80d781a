"""Answers exported to Markdown and Word, read back by the libraries that others would use."""

from __future__ import annotations

import io
from pathlib import Path

import docx
from docx.oxml.ns import qn
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from index import Index
from index.types import Document
from rag import Answer, Assistant, Citation
from rag.export import cited_documents, reference, to_docx, to_markdown
from ui.cli import app

HOSTILE = "<b>乙</b>[丙](http://x.example) ![](y.png) `码` **粗** $1$ &lt; #题 | ~~删~~ \\n"
TEXT = "过去一年，全县财政收入**13.9亿元**，见附表[7]。[1](上年为12.6亿元。[2])"


def citation(number: int = 1, **changes: object) -> Citation:
    values = {
        "number": number, "document_id": f"d{number}", "path": "县府/2022.pdf",
        "title": "青川县2022年政府工作报告", "year": 2022,
        "heading": "青川县2022年政府工作报告 › 一、2021年工作回顾", "page": 3, "paragraph": 2,
        "start": 0, "end": 14, "quote": "全县财政收入13.9亿元。", "verdict": "verified",
    }  # fmt: skip
    return Citation(**{**values, **changes})


def answer(text: str = TEXT, **changes: object) -> Answer:
    values = {
        "question": "2021年青川县财政收入是多少？", "text": text,
        "citations": (citation(2, page=None, quote="财政收入\n12.6亿元。"), citation(1)),
        "hits": (), "grounded": True,
    }  # fmt: skip
    return Answer(**{**values, **changes})


def document(**changes: object) -> Document:
    values = {"id": "d1", "path": "a", "title": "b", "year": 2022, "text": "", **changes}
    return Document(**values)


def paragraphs(data: bytes) -> list[tuple[str, str]]:
    """Return the style and the text of each paragraph of a Word file."""
    return [(p.style.name, p.text) for p in docx.Document(io.BytesIO(data)).paragraphs]


def test_a_reference_says_what_is_known() -> None:
    known = document(issuer="青川县人民政府", published="2022-02-16")
    title = "青川县2022年政府工作报告[R]"
    assert reference(citation(), known) == f"青川县人民政府. {title}. (2022-02-16): 3."
    assert reference(citation(page=None), known) == f"青川县人民政府. {title}. (2022-02-16)."
    assert reference(citation(), document(published="2022")) == f"{title}. (2022): 3."
    assert reference(citation()) == f"{title}: 3."
    assert reference(citation(page=None)) == f"{title}."


def test_an_answer_as_markdown() -> None:
    documents = {"d1": document(issuer="青川县人民政府", published="2022-02-16")}
    assert to_markdown([answer()], documents) == (
        "## 2021年青川县财政收入是多少？\n\n"
        "过去一年，全县财政收入**13.9亿元**，见附表\\[7\\]。[1]\\(上年为12.6亿元。[2])\n\n"
        "### 参考文献\n\n"
        "[1] 青川县人民政府. 青川县2022年政府工作报告\\[R\\]. (2022-02-16): 3.\n\n"
        "> “全县财政收入13.9亿元。”（青川县2022年政府工作报告，一、2021年工作回顾，第2段，县府/2022.pdf）\n\n"
        "[2] 青川县2022年政府工作报告\\[R\\].\n\n"
        "> “财政收入 12.6亿元。”（青川县2022年政府工作报告，一、2021年工作回顾，第2段，县府/2022.pdf）\n"
    )


def test_a_conversation_keeps_its_order_and_says_what_was_refused() -> None:
    refused = Answer("火星有几颗卫星？", "资料里没有找到。", (), (), grounded=False)
    failed = answer("甲。[1]", notice="模型没有应答，以下是摘录。")
    told = to_markdown([refused, failed])
    assert told.startswith(
        "## 火星有几颗卫星？\n\n资料里没有找到。\n\n（未作回答）\n\n## 2021年青川县"
    )
    assert "模型没有应答，以下是摘录。\n\n甲。[1]\n\n### 参考文献" in told


def test_text_of_a_report_stays_text_in_markdown() -> None:
    bad = citation(title=HOSTILE, path=HOSTILE, heading=HOSTILE, quote=HOSTILE)
    for start in ("", "1. ", "- ", "# ", "> ", "    ", "+ ", "=== ", "[1]: "):
        text = start + HOSTILE.replace("**", "")
        told = to_markdown([answer(f"{text}[1]", question=text, citations=(bad,))])
        tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(told)
        kinds = {t.type for token in tokens for t in [token, *(token.children or [])]}
        assert kinds <= {
            "heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline",
            "blockquote_open", "blockquote_close", "text", "text_special",
        }  # fmt: skip
        shown = ["".join(c.content for c in t.children) for t in tokens if t.type == "inline"]
        assert shown[0] == text.strip()
        assert shown[1] == f"{text.strip()}[1]"
        assert HOSTILE in shown[4]


def test_an_answer_as_word() -> None:
    documents = {"d1": document(issuer="青川县人民政府", published="2022-02-16")}
    data = to_docx([answer()], documents)
    assert paragraphs(data) == [
        ("Heading 1", "2021年青川县财政收入是多少？"),
        ("Normal", "过去一年，全县财政收入13.9亿元，见附表[7]。[1](上年为12.6亿元。[2])"),
        ("Heading 2", "参考文献"),
        ("Normal", "[1] 青川县人民政府. 青川县2022年政府工作报告[R]. (2022-02-16): 3."),
        ("Quote", "“全县财政收入13.9亿元。”（青川县2022年政府工作报告，一、2021年工作回顾，第2段，县府/2022.pdf）"),
        ("Normal", "[2] 青川县2022年政府工作报告[R]."),
        ("Quote", "“财政收入 12.6亿元。”（青川县2022年政府工作报告，一、2021年工作回顾，第2段，县府/2022.pdf）"),
    ]  # fmt: skip
    word = docx.Document(io.BytesIO(data))
    runs = word.paragraphs[1].runs
    assert [run.text for run in runs if run.bold] == ["13.9亿元"]
    assert [run.text for run in runs if run.font.superscript] == ["[1]", "[2]"]
    fonts = word.styles["Heading 1"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "宋体"
    assert fonts.get(qn("w:eastAsiaTheme")) is None
    assert word.core_properties.author == ""


def test_word_takes_any_text() -> None:
    odd = "甲\x00乙\x0b丙\ud83d丁\ufffe戊😀<w:t>"
    data = to_docx([answer(f"{odd}[1]", question=odd, citations=(citation(quote=odd, title=odd),))])
    assert paragraphs(data)[0][1] == "甲\ufffd乙\ufffd丙\ufffd丁\ufffd戊😀<w:t>"


def test_the_documents_of_an_answer_come_from_the_index(index: Index) -> None:
    said = Assistant(index).ask("2021年新增城镇就业实际是多少人")
    gone = answer(citations=(citation(),))
    documents = cited_documents([said, gone], index)
    assert set(documents) == {c.document_id for c in said.citations}
    assert "青川县2022年政府工作报告" in to_markdown([said], documents)


def test_the_command_line_writes_either_kind(index_dir: Path, tmp_path: Path) -> None:
    question = "2021年新增城镇就业实际是多少人"
    asked = ["ask", question, "--index", str(index_dir), "--export"]
    told = tmp_path / "答.md"
    done = CliRunner().invoke(app, [*asked, str(told)])
    assert done.exit_code == 0
    assert f"已存为 {told}" in done.stderr
    assert told.read_text(encoding="utf-8").startswith(f"## {question}\n\n")
    word = tmp_path / "答.DOCX"
    assert CliRunner().invoke(app, [*asked, str(word)]).exit_code == 0
    assert paragraphs(word.read_bytes())[0] == ("Heading 1", question)
    wrong = CliRunner().invoke(app, [*asked, str(tmp_path / "答.pdf")])
    assert wrong.exit_code == 1
    assert "--export 的文件名应以 .md 或 .docx 结尾" in wrong.stderr
    nowhere = CliRunner().invoke(app, [*asked, str(tmp_path / "无" / "答.md")])
    assert nowhere.exit_code == 1
    assert "不能读写" in nowhere.stderr
