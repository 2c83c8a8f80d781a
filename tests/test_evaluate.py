"""Figures of an evaluation, and the files of questions and predictions that they come from."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index import Index
from rag import Assistant
from rag.evaluate import compare, evaluate, predict, read_predictions, record_of
from rag.gold import Task, draw_questions, read_tasks
from rag.lines import BadLines
from rag.measures import (
    Gold,
    Passage,
    Prediction,
    figures,
    holds,
    judge,
    overlaps,
    share,
    sign_test,
)

OLD, NEW, REVIEW = (
    "青川县2021年政府工作报告.md",
    "青川县2022年政府工作报告.md",
    "数字化改革综述.txt",
)
REVENUE = Gold("figure", (("13.9亿元", "13.9亿"),), (Passage(NEW, "财政收入13.9亿元"),), True)
RECORD = {
    "id": "a",
    "type": "figure",
    "question": "青川县2021年财政收入是多少？",
    "answers": [["13.9亿元", "13.9亿"]],
    "evidence": [{"doc": NEW, "quote": "财政收入13.9亿元"}],
    "answerable": True,
}


def prediction(answer: str = "财政收入13.9亿元。[1]", **changes: object) -> Prediction:
    right = Passage(NEW, "全县财政收入13.9亿元。")
    values = {
        "id": "a",
        "answer": answer,
        "grounded": True,
        "citations": (right,),
        "hits": (Passage(OLD, "财政收入13.9亿元"), right),
        "seconds": 0.5,
    }
    return Prediction(**{**values, **changes})


def write(path: Path, *records: object) -> Path:
    lines = [r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def complaints(path: Path, index: Index) -> list[str]:
    with pytest.raises(BadLines) as caught:
        read_tasks(path, index)
    return str(caught.value).replace(str(path), "q").splitlines()


def test_a_right_prediction_has_its_rank_its_elements_and_its_citation() -> None:
    mark = judge(REVENUE, prediction())
    assert (mark.rank, mark.found, mark.cites, mark.good_cites, mark.cited) == (2, 1.0, 1, 1, True)
    assert mark.right


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("财政收入１３．９億元", 1.0),
        ("财政收入 13.9 亿元", 1.0),
        ("财政收入13[1].9亿元", 1.0),
        ("财政收入1.39亿元", 0.0),
        ("长" * 200 + "13.9亿元", 0.0),
        ("长" * 194 + "[1]13.9亿元", 1.0),
    ],
)
def test_an_element_is_looked_for_folded_in_the_first_characters(answer: str, found: float) -> None:
    assert judge(REVENUE, prediction(answer)).found == found


def test_what_is_said_while_declining_counts_nothing() -> None:
    mark = judge(REVENUE, prediction(grounded=False))
    assert (mark.found, mark.cites, mark.cited, mark.right) == (0.0, 0, False, False)
    unanswerable = Gold("unanswerable", (), (), False)
    assert judge(unanswerable, prediction(grounded=False)).right
    assert not judge(unanswerable, prediction()).right


def test_a_question_of_several_documents_needs_them_all() -> None:
    quotes = (Passage(OLD, "财政收入12.6亿元"), Passage(NEW, "财政收入13.9亿元"))
    hits = (
        Passage(NEW, "财政收入13.9亿元"),
        Passage("x", "无关"),
        Passage(OLD, "财政收入12.6亿元"),
    )
    both = Gold("multi", (("1.3亿",),), quotes, True)
    assert judge(both, prediction(hits=hits)).rank == 3
    assert judge(replace(both, type="figure"), prediction(hits=hits)).rank == 1
    assert judge(both, prediction(hits=hits[:2])).rank is None


def test_two_thirds_of_a_quote_hold_it() -> None:
    assert holds("甲乙丙丁", "前文甲乙丙后文")
    assert not holds("甲乙丙丁", "前文甲乙后文")
    assert overlaps("甲乙丙丁戊己庚", "甲乙丙")
    assert not overlaps("甲乙丙丁戊", "甲乙戊己庚")


@pytest.mark.parametrize(
    # Wilson's interval for 8 of 10 is a textbook figure.
    ("right", "of", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 1, 0.2065, 1.0)],
)
def test_a_share_has_wilsons_interval(right: int, of: int, low: float, high: float) -> None:
    figure = share([n < right for n in range(of)])
    assert figure.value == right / of
    assert (figure.low, figure.high) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(
    ("better", "worse", "p"),
    [(0, 0, 1.0), (3, 3, 1.0), (1, 0, 1.0), (5, 0, 0.0625), (0, 6, 0.03125), (9, 1, 22 / 1024)],
)
def test_the_sign_test_is_exact(better: int, worse: int, p: float) -> None:
    assert sign_test(better, worse) == pytest.approx(p)
    assert sign_test(worse, better) == pytest.approx(p)


def test_figures_lie_in_their_intervals_and_those_of_nothing_are_left_out() -> None:
    marks = [
        judge(REVENUE, prediction(grounded=n % 3 > 0, seconds=0.1 * n, hits=hits))
        for n, hits in enumerate([prediction().hits, prediction().hits[1:], ()] * 4)
    ]
    found = figures(marks)
    assert "rejected" not in found
    assert found["mrr@10"].value == pytest.approx((1 / 2 + 1 + 0) / 3)
    for figure in found.values():
        assert figure.low <= figure.value <= figure.high
        assert figure.count == 12
    assert found["mrr@10"].high - found["mrr@10"].low > 0.2
    assert figures([]) == {}
    assert "p50" not in figures([judge(REVENUE, prediction(seconds=None))])


def test_the_same_questions_are_compared(tmp_path: Path) -> None:
    tasks = [Task(name, f"问题{name}", REVENUE) for name in "abcd"]
    tasks.append(Task("e", "问题e", Gold("unanswerable", (), (), False)))
    before = [prediction(id="a"), prediction("无", id="b", hits=()), prediction(id="e")]
    after = [
        prediction("无", id="a", hits=prediction().hits[1:]),
        *(prediction(id="b"), prediction(id="c"), prediction(id="e", grounded=False)),
    ]
    changes = compare(evaluate(tasks, before), evaluate(tasks, after))
    assert (changes["right"].better, changes["right"].worse) == (("b", "e"), ("a",))
    assert (changes["right"].old, changes["right"].new) == pytest.approx((1 / 3, 2 / 3))
    assert (changes["recall@1"].better, changes["recall@1"].worse) == (("a",), ())
    assert changes["mrr@10"].better == ("a", "b")
    assert changes["mrr@10"].p == 0.5
    assert compare(evaluate(tasks, []), evaluate(tasks, after)) == {}


def test_predictions_come_back_as_written(index: Index, tmp_path: Path) -> None:
    tasks = [
        Task("a", "青川县2021年财政收入是多少？", REVENUE),
        Task("b", "火星有几颗卫星？", None),
    ]
    given = list(predict(Assistant(index), tasks, top_k=2))
    assert [len(p.hits) for p in given] == [2, 2]
    assert given[0].grounded
    assert given[0].citations[0].doc == NEW
    path = write(tmp_path / "p.jsonl", *map(record_of, given))
    assert read_predictions(path) == given
    done = evaluate(tasks, given)
    assert list(done.marks) == ["a"]
    assert done.figures["answer"].value == 1
    assert set(done.by_type) == {"figure"}


def test_questions_are_read(index: Index, tmp_path: Path) -> None:
    declined = {**RECORD, "id": "b", "answers": [], "evidence": [], "answerable": False}
    path = write(tmp_path / "q.jsonl", RECORD, "", declined, {"question": "甲"})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_tasks(path, index) == [
        Task("a", RECORD["question"], REVENUE),
        Task("b", RECORD["question"], Gold("figure", (), (), False)),
        Task("4", "甲", None),
    ]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"question": 3}, "的 question 应为文字，写的是 3"),
        ({"id": None}, "的 id 应为文字，写的是 null"),
        ({"answerable": "是"}, '的 answerable 应为true 或 false，写的是 "是"'),
        ({"evidence": [{"doc": NEW}]}, '的 evidence 应为一组 {"doc": "…", "quote": "…"}'),
        ({"question": " "}, "还没有填写 question"),
        ({"answers": []}, "还没有填写 answers"),
        ({"answers": [["13.9亿元"], [""]]}, "还没有填写 answers"),
        ({"type": "", "answers": [[]], "evidence": []}, "还没有填写 type、answers、evidence"),
        ({"evidence": [{"doc": "无.md", "quote": "甲"}]}, "的 evidence 所说的“无.md”不在索引里"),
        (
            {"evidence": [{"doc": OLD, "quote": "财政收入13.9亿元"}]},
            f"的引文“财政收入13.9亿元”不在“{OLD}”里",
        ),
    ],
)
def test_a_wrong_value_is_told_with_its_line(
    index: Index, tmp_path: Path, changes: dict[str, Any], complaint: str
) -> None:
    path = write(tmp_path / "q.jsonl", {"question": "甲"}, {**RECORD, **changes})
    (told,) = complaints(path, index)
    assert told.startswith(f"q 第 2 行{complaint}")
    assert told.endswith("。")


def test_all_that_is_wrong_is_told_at_once(index: Index, tmp_path: Path) -> None:
    missing = {key: RECORD[key] for key in ("id", "question", "type")}
    path = write(tmp_path / "q.jsonl", RECORD, "{", "[1]", missing, "[" * 100_000)
    with path.open("ab") as file:
        file.write("乙".encode("gbk") + b"\n")
    assert complaints(path, index) == [
        "q 有 6 处要改：",
        "　第 2 行不是一个 JSON 对象（编码须为 UTF-8）。",
        "　第 3 行不是一个 JSON 对象（编码须为 UTF-8）。",
        "　第 4 行缺少 answers、evidence、answerable。",
        "　第 4 行的 id“a”与第 1 行相同。",
        "　第 5 行不是一个 JSON 对象（编码须为 UTF-8）。",
        "　第 6 行不是一个 JSON 对象（编码须为 UTF-8）。",
    ]


def test_of_many_problems_the_first_are_told(index: Index, tmp_path: Path) -> None:
    told = complaints(write(tmp_path / "q.jsonl", *["{"] * 23), index)
    assert told[0] == "q 有 23 处要改："
    assert len(told) == 22
    assert told[-1] == "　……另有 3 处"


def test_a_file_without_questions_is_told(index: Index, tmp_path: Path) -> None:
    assert complaints(write(tmp_path / "q.jsonl", ""), index) == [
        "q 里没有问题，应为每行一个 JSON 对象。"
    ]


def test_a_quote_is_found_in_the_other_script_and_with_other_spaces(
    index: Index, tmp_path: Path
) -> None:
    evidence = [{"doc": "關於加強防汛工作的通知.txt", "quote": "养猪户 转移安置由乡镇负责。"}]
    (task,) = read_tasks(write(tmp_path / "q.jsonl", {**RECORD, "evidence": evidence}), index)
    assert task.gold.evidence[0].text == "养猪户 转移安置由乡镇负责。"


def test_a_wrong_file_of_predictions_is_told(tmp_path: Path) -> None:
    good = record_of(prediction())
    path = write(tmp_path / "p.jsonl", good, {**good, "id": "b", "seconds": "快"}, {"id": "c"})
    with pytest.raises(BadLines) as caught:
        read_predictions(path)
    assert str(caught.value).splitlines()[1:] == [
        '　第 2 行的 seconds 应为秒数，写的是 "快"。',
        "　第 3 行缺少 answer、grounded、citations、hits。",
    ]


def test_questions_to_fill_in_are_drawn_from_all_documents(index: Index, tmp_path: Path) -> None:
    drawn = draw_questions(index, 4)
    assert {record["evidence"][0]["doc"] for record in drawn} == {e.path for e in index.documents}
    assert drawn == draw_questions(index, 4)
    assert drawn[:2] == draw_questions(index, 2)
    assert len(draw_questions(index, 99)) == 4
    orders = {tuple(r["note"] for r in draw_questions(index, 4, seed=n)) for n in range(9)}
    assert len(orders) > 1
    for record in drawn:
        ids = {entry.path: entry.id for entry in index.documents}
        (evidence,) = record["evidence"]
        assert evidence["quote"] in index.document(ids[evidence["doc"]]).text
        assert "#" not in evidence["quote"]
    unfilled = complaints(write(tmp_path / "q.jsonl", *drawn[:1]), index)
    assert unfilled == ["q 第 1 行还没有填写 type、question、answers。"]
    filled = {**drawn[0], "type": "figure", "question": "甲？", "answers": [["乙"]]}
    assert len(read_tasks(write(tmp_path / "q.jsonl", filled), index)) == 1


def made_up(
    record: dict[str, Any], others: list[dict[str, Any]], luck: random.Random
) -> dict[str, Any]:
    """Return a prediction that is right, wrong and half right now and then."""
    evidence = [e for other in [*luck.sample(others, 12), record] for e in other["evidence"]]
    luck.shuffle(evidence)
    pieces = [form for element in record["answers"] for form in luck.sample(element, 1)]
    pieces = [piece for piece in pieces if luck.random() < 0.8]
    return {
        "id": record["id"],
        "answer": "。".join(
            [*pieces, "据报告[1]", "长" * luck.choice([0, 3, 250])][:: luck.choice([1, -1])]
        ),
        "grounded": luck.random() < 0.8,
        "citations": [
            {"doc": e["doc"], "quote": e["quote"][: luck.randint(1, 40)]}
            for e in luck.sample(evidence, luck.randint(0, 3))
        ],
        "hits": [
            {"doc": e["doc"], "text": e["quote"][luck.choice([0, 0, 0, 5]) :]} for e in evidence
        ],
        "seconds": round(luck.random(), 4),
    }


@pytest.mark.parametrize("name", ["seed", "news", "gov"])
def test_the_figures_are_those_of_the_scorer_of_the_real_collections(
    collections: Path, tmp_path: Path, name: str
) -> None:
    questions = collections / name / "questions.jsonl"
    records = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    luck = random.Random(name)
    path = write(tmp_path / "p.jsonl", *(made_up(record, records, luck) for record in records))
    done = subprocess.run(
        [sys.executable, collections / "score.py", questions, path, "--by-type"],
        capture_output=True,
        text=True,
        check=True,
    )
    expected = {
        (line.split()[0], name): float(value)
        for line in done.stdout.splitlines()
        for name, value in re.findall(r"(\S+) (\d+\.\d+)", line)
    }
    tasks = [
        Task(
            record["id"],
            record["question"],
            Gold(
                record["type"],
                tuple(map(tuple, record["answers"])),
                tuple(Passage(e["doc"], e["quote"]) for e in record["evidence"]),
                record["answerable"],
            ),
        )
        for record in records
    ]
    ours = evaluate(tasks, read_predictions(path))
    groups = {"all": ours.figures, **ours.by_type}
    found = {(group, name): f.value for group in groups for name, f in groups[group].items()}
    assert len(found) > 12
    # The scorer prints three decimals.
    assert found == pytest.approx(expected, abs=0.00051)
