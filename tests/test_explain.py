import copy
import json
import pickle
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from index import Index, build, open_index
from rag import Hit, Retriever
from rag.explain import passage_years

QUESTIONS = ["2021年财政收入是多少", "养猪户", "What is the revenue?", "2022", "财政" * 300]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_terms_add_up_to_the_score(index: Index, question: str) -> None:
    for hit in Retriever(index).search(question, explain=True):
        told = hit.explanation
        assert told.dense + told.lexical + told.period == pytest.approx(hit.score, abs=1e-6)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_words_add_up_to_the_lexical_score(index: Index, question: str) -> None:
    for hit in Retriever(index).search(question, explain=True):
        total = sum(word.text + word.label for word in hit.explanation.words)
        assert total == pytest.approx(hit.lexical or 0.0, rel=1e-6)


def test_a_word_counts_where_it_stands(index: Index) -> None:
    best = Retriever(index).search("青川县2022年棚户区改造", explain=True)[0]
    words = {word.word: word for word in best.explanation.words}
    assert words["改造"].text > 0
    assert words["改造"].label == 0
    assert words["2022"].label > 0
    weights = [word.text + word.label for word in best.explanation.words]
    assert weights == sorted(weights, reverse=True)
    assert "2019" not in words


def test_explaining_changes_no_score_and_is_left_out_unless_asked_for(index: Index) -> None:
    retriever = Retriever(index)
    plain = retriever.search("财政收入")
    assert {hit.explanation for hit in plain} == {None}
    told = retriever.search("财政收入", explain=True)
    assert [replace(hit, explanation=None) for hit in told] == plain


def test_the_period_counts_for_the_reports_that_may_speak_of_the_year(index: Index) -> None:
    hits = Retriever(index).search("2022年财政收入", explain=True)
    periods = {hit.chunk.year: hit.explanation.period for hit in hits}
    assert periods == {2022: 0.5, 2021: 0.0, None: 0.0}


def test_a_passage_that_only_meaning_found_has_no_words(index: Index) -> None:
    hits = Retriever(index).search("What hurts the oxen?", explain=True)
    assert [(hit.lexical, hit.explanation.words) for hit in hits] == [(None, ())] * 4
    assert hits[0].explanation.lexical == 0


@pytest.mark.parametrize(
    ("heading", "stated", "years"),
    [
        ("一、2020年工作回顾", 2021, (2020,)),
        ("一、过去一年工作回顾", 2021, (2020,)),
        ("二、今年重点工作", 2021, (2021,)),
        ("", 2021, (2020, 2021)),
        ("一、2020年工作回顾", None, ()),
    ],
)
def test_the_years_that_a_passage_speaks_of(
    heading: str, stated: int | None, years: tuple[int, ...]
) -> None:
    assert passage_years(heading, stated) == years


def test_hits_carry_the_years_and_go_into_json(index: Index) -> None:
    hits = Retriever(index).search("防汛水库", explain=True)
    assert {hit.chunk.title: hit.years for hit in hits}["關於加強防汛工作的通知"] == ()
    stored = json.loads(json.dumps([asdict(hit) for hit in hits]))
    assert stored[0]["years"] == list(hits[0].years)
    assert stored[0]["explanation"]["words"][0]["word"] == hits[0].explanation.words[0].word


@pytest.fixture(scope="module")
def long_report(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """Two reports, each of several passages."""
    root = tmp_path_factory.mktemp("long")
    (root / "corpus").mkdir()
    for name in ("甲", "乙"):
        parts = [
            f"{name}镇第{n}村修建水渠{n + 3}公里，" + "惠及农户，" * 40 + "群众满意。"
            for n in range(5)
        ]
        text = f"{name}镇水利简报\n\n" + "\n\n".join(parts) + "\n"
        (root / "corpus" / f"{name}.txt").write_text(text, encoding="utf-8")
    build(root / "corpus", root / "index")
    return open_index(root / "index")


def chunks(index: Index, hit: Hit) -> list[str]:
    found = index.generation.records.chunks_of(hit.chunk.document_id)
    return [chunk.text for chunk in found]


def test_context_is_the_text_around_a_hit_within_its_document(long_report: Index) -> None:
    hits = Retriever(long_report).search("第2村修建水渠", top_k=20)
    for hit in hits:
        texts = chunks(long_report, hit)
        assert len(texts) >= 4
        at = texts.index(hit.chunk.text)
        for n in (0, 1, 2):
            assert hit.context(n) == "".join(texts[max(0, at - n) : at + n + 1])
        assert hit.context(100) == long_report.document(hit.chunk.document_id).text
        assert long_report.context(hit.chunk, 1) == hit.context() == hit.context(1)
    assert {hit.chunk.path for hit in hits} == {"甲.txt", "乙.txt"}


def test_context_stays_that_of_the_index_searched(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "index")
    opened = open_index(tmp_path / "index")
    hit = Retriever(opened).search("好评率")[0]
    (corpus / hit.chunk.path).write_text("数字化改革综述\n\n好评率99.91%。\n", encoding="utf-8")
    build(corpus, tmp_path / "index")
    assert opened.refresh()
    assert "99.89%" in hit.context(1)
    with pytest.raises(KeyError):
        opened.context(hit.chunk)


def test_a_hit_is_a_plain_record_beside_its_context(index: Index) -> None:
    hit = Retriever(index).search("好评率")[0]
    assert "eneration" not in repr(hit)
    for twin in (replace(hit), copy.deepcopy(hit), pickle.loads(pickle.dumps(hit))):
        assert twin == hit
        assert hash(twin) == hash(hit)
        with pytest.raises(ValueError, match="Index.context"):
            twin.context()
    with pytest.raises(ValueError, match="at least 0"):
        hit.context(-1)
