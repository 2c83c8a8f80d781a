"""What is said behind a sentence that leaves out its year, who reports, or that it is a plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import Index, build, open_index
from rag import Assistant
from rag.source_note import NOTE

REPORTS = {
    "云溪市2020年政府工作报告.md": "## 一、2019年工作回顾\n\n新增城镇就业3.2万人。\n\n"
    "## 二、2020年工作安排\n\n新增城镇就业3万人以上。计划改造老旧小区60个。",
    "云溪市2021年政府工作报告.md": "## 一、2020年工作回顾\n\n新增城镇就业3.05万人。"
    "因水灾影响，财政收入下降4.8%。\n\n2020年建成泵站17座。",
    "云溪市2020年农业公报.md": "## 一、产量\n\n| 品种 | 产量（万吨） | 增长（%） |\n| --- | --- | --- |\n"
    "| 粮食 | 62.4 | 1.2 |\n| 油料 | 8.1 | -3.5 |\n| 蔬菜 | 211.0 | 4.0 |\n",
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("noted")
    (folder / "corpus").mkdir()
    for name, text in REPORTS.items():
        title = Path(name).stem
        (folder / "corpus" / name).write_text(f"# {title}\n\n{text}\n", encoding="utf-8")
    build(folder / "corpus", folder / "index")
    return open_index(folder / "index")


@pytest.mark.parametrize(
    ("question", "line"),
    [
        # Of the year before that of the report; a plan, which its sentence does not say.
        ("2019年新增城镇就业多少人？", "3.2万人**。（2020年资料，列于“一、2019年工作回顾”）[1]"),
        ("2020年计划新增城镇就业多少人？", "以上。（2020年资料，列于“二、2020年工作安排”）[1]"),
        # One that says that it is a plan, and one that names its year.
        ("2020年计划改造老旧小区多少个？", "老旧小区**60个**。（2020年资料）[1]"),
        ("2020年建成泵站多少座？", "2020年建成泵站**17座**。（2021年资料）[1]"),
    ],
)
def test_a_sentence_carries_what_it_leaves_out(question: str, line: str, reports: Index) -> None:
    answer = Assistant(reports).ask(question)
    assert answer.grounded, answer.text
    first = answer.text.splitlines()[0]
    assert first.endswith(line), answer.text


def test_of_a_table_the_row_is_given_that_is_asked_for(reports: Index) -> None:
    answer = Assistant(reports).ask("2020年油料产量是多少？")
    assert "油料；产量（万吨）：8.1" in answer.text
    assert "粮食" not in answer.text
    assert "蔬菜" not in answer.text


def test_only_the_number_that_answers_is_set_off(reports: Index) -> None:
    answer = Assistant(reports).ask("2020年财政收入下降了多少？")
    assert "**4.8%**" in answer.text or "4.8%" in answer.text.splitlines()[0]
    for line in answer.text.splitlines()[1:]:
        assert "**" not in line


def test_who_reports_is_said_where_several_do(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    for name, share in (("云溪市", "3.1"), ("白沙市", "4.7")):
        text = (
            f"# {name}2021年统计公报\n\n城镇登记失业率为{share}%。\n\n2021年{name}粮食增产2.6%。\n"
        )
        (tmp_path / "corpus" / f"{name}.md").write_text(text, encoding="utf-8")
    build(tmp_path / "corpus", tmp_path / "index")
    assistant = Assistant(open_index(tmp_path / "index"))
    both = assistant.ask("云溪市和白沙市2021年城镇登记失业率分别是多少？")
    assert "**3.1%**。（云溪市2021年资料）[" in both.text
    assert "4.7%。（白沙市2021年资料）[" in both.text
    assert "（" not in assistant.ask("白沙市2021年粮食增产多少？").text  # the sentence says it
    assert [one.verdict for one in both.citations] == ["verified"] * len(both.citations)


@pytest.mark.parametrize(
    "text", ["规划（“十四五”）[1]", "空的（）[1]", "（2021年资料）是原文", "他说（列于“甲”）之后"]
)
def test_text_of_reports_is_not_taken_for_a_note(text: str) -> None:
    assert not NOTE.search(text)
