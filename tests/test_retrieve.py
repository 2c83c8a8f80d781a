import numpy as np
import pytest

from index import Index
from rag import Retriever
from rag.retrieve import fuse


def titles(index: Index, question: str) -> list[str]:
    return [hit.chunk.title for hit in Retriever(index).search(question)]


def test_the_report_of_the_year_asked_for_comes_first(index: Index) -> None:
    assert titles(index, "2021年新增城镇就业的目标是多少")[0] == "青川县2021年政府工作报告"
    assert titles(index, "2022年新增城镇就业的目标是多少")[0] == "青川县2022年政府工作报告"


def test_scripts_and_numerals_do_not_matter(index: Index) -> None:
    assert titles(index, "养猪户转移安置由谁负责")[0] == "關於加強防汛工作的通知"
    assert titles(index, "養豬戶怎樣降低豬價波動的風險")[0] == "数字化改革综述"
    assert titles(index, "新建農村公路156公里")[0] == "青川县2021年政府工作报告"


def test_hits_are_ordered_and_limited(index: Index) -> None:
    hits = Retriever(index).search("财政收入", top_k=2)
    assert len(hits) == 2
    assert hits[0].score >= hits[1].score
    assert len({hit.chunk.id for hit in Retriever(index).search("财政收入", top_k=50)}) == 4


def test_every_hit_stands_in_its_document(index: Index) -> None:
    for hit in Retriever(index).search("棚户区改造"):
        chunk = hit.chunk
        assert index.document(chunk.document_id).text[chunk.start : chunk.end] == chunk.text


@pytest.mark.parametrize("question", ["", "   ", "？！……", "\u200b", "\x00\x07"])
def test_a_question_without_words_finds_nothing(index: Index, question: str) -> None:
    assert Retriever(index).search(question) == []


@pytest.mark.parametrize(
    "question",
    ["多少", "2021", "😀 就业", "就业\ud800", "财政收入" * 2500, "a" * 10_000, "' OR 1=1 --"],
)
def test_odd_questions_are_answered_like_others(index: Index, question: str) -> None:
    assert len(Retriever(index).search(question, top_k=3)) <= 3


def test_a_senseless_limit_is_refused(index: Index) -> None:
    with pytest.raises(ValueError, match="top_k"):
        Retriever(index).search("就业", top_k=0)


def test_a_question_in_english_is_found_by_meaning(index: Index) -> None:
    assert (
        titles(index, "What is the satisfaction rate of the government services?")[0]
        == "数字化改革综述"
    )


def test_fusion_prefers_what_both_sides_find() -> None:
    scores = fuse({1: 10.0, 2: 9.0}, {1: 0.80, 2: 0.89, 3: 0.90}, {1: 0, 2: 0, 3: 0}, floor=0.8)
    assert max(scores, key=scores.get) == 2
    assert np.isfinite(list(fuse({}, {5: 0.8}, {5: 0}, floor=0.8).values())).all()
