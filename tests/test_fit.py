"""Weights fitted to one's own questions: taken where they hold on others, kept beside the index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from index import Index, build, open_index
from rag import Assistant, Retriever
from rag.confidence import Signals, confidence
from rag.fit import FOLDS, LEAST_EACH, LEAST_RANKED, Observed, Ranked, fit_confidence, fit_order
from rag.weights import BadWeights, Weights, read_weights, write_weights
from ui.cli import app

FINGERPRINT = "bundled-1-of-today"


def ranked(telling: int, count: int = 60) -> Iterator[Ranked]:
    """Questions of which one sign always tells the right passage, the others nothing."""
    random = np.random.default_rng(0)
    for number in range(count):
        signs = random.random((30, 3))
        signs[7, telling] = 1.2
        good = np.zeros(30, dtype=bool)
        good[7] = True
        yield Ranked(number % FOLDS, signs, good)


def observed(sharpness: float, count: int = 120) -> list[Observed]:
    """Answers that are right as often as a confidence of so steep a slope says."""
    random = np.random.default_rng(1)
    cosines = random.uniform(0.8, 0.9, count)
    right = random.random(count) < 1 / (1 + np.exp(-sharpness * (cosines - 0.85)))
    return [
        Observed(n % FOLDS, Signals(cosine, 0.5, 0.5), bool(is_right), True)
        for n, (cosine, is_right) in enumerate(zip(cosines.tolist(), right, strict=True))
    ]


@pytest.mark.parametrize(("telling", "share"), [(0, 1.0), (1, 0.0)])
def test_the_side_that_tells_gets_the_weight(telling: int, share: float) -> None:
    weights, trial = fit_order(list(ranked(telling)))
    assert trial.taken
    assert trial.before is not None
    assert trial.after is not None
    assert trial.after > trial.before
    assert weights.dense == pytest.approx(share, abs=0.2)
    assert weights.period == 0.0
    assert replace(weights, dense=0.5, period=0.5) == Weights()


def test_weights_that_win_by_chance_are_not_taken() -> None:
    random = np.random.default_rng(2)
    alike = [Ranked(n % FOLDS, random.random((30, 3)), random.random(30) < 0.1) for n in range(60)]
    weights, trial = fit_order(alike)
    assert not trial.taken
    assert weights == Weights()
    assert trial.questions == 60


def test_few_questions_change_nothing() -> None:
    weights, trial = fit_order(list(ranked(0, LEAST_RANKED - 1)))
    assert (weights, trial.before, trial.taken) == (Weights(), None, False)
    seen = observed(80, LEAST_EACH)
    weights, trial = fit_confidence(seen, Weights())
    assert (weights, trial.after, trial.taken) == (Weights(), None, False)


def test_the_confidence_is_that_of_the_answers_seen() -> None:
    seen = observed(80)
    weights, trial = fit_confidence(seen, Weights(dense=0.3))
    assert trial.taken
    assert weights.dense == 0.3
    sure = [confidence(one.signals, weights) for one in seen]
    assert np.mean(sure) == pytest.approx(np.mean([one.right for one in seen]), abs=0.02)
    assert weights.similarity > 0


def test_a_confidence_far_from_all_that_was_seen_is_still_a_probability() -> None:
    assert confidence(Signals(-1e6, 0, 0), Weights()) == 0.0
    assert confidence(Signals(1e6, 0, 0), Weights()) == 1.0


def test_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    mine = Weights(dense=0.7, period=0.25, constant=-1.5)
    assert write_weights(tmp_path, FINGERPRINT, mine) == tmp_path / "weights.json"
    assert read_weights(tmp_path, FINGERPRINT) == mine
    assert read_weights(tmp_path, "bundled-2-of-tomorrow") == Weights()
    # The project's own need no file: a later version may have better ones.
    assert write_weights(tmp_path, FINGERPRINT, Weights()) is None
    assert list(tmp_path.iterdir()) == []
    assert read_weights(tmp_path, FINGERPRINT) == Weights()


def test_the_cosines_of_another_model_do_not_decide(tmp_path: Path) -> None:
    weights = read_weights(tmp_path, "endpoint:m:1024")
    near, far = Signals(0.9, 0.6, 0.4), Signals(0.2, 0.6, 0.4)
    assert confidence(near, weights) == confidence(far, weights)
    typical = Signals(0.91, 0.6, 0.4)
    assert confidence(far, weights) == pytest.approx(confidence(typical, Weights()))
    assert replace(weights, constant=0, similarity=0) == replace(
        Weights(), constant=0, similarity=0
    )


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"model": "m", "dense": "much"}', "\ufeff\x00", "NaN"]
)
def test_a_file_that_holds_no_weights_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "weights.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadWeights, match=r"weights\.json.*--fit"):
        read_weights(tmp_path, FINGERPRINT)


def test_a_weight_that_is_no_number_is_told(tmp_path: Path) -> None:
    write_weights(tmp_path, FINGERPRINT, Weights(dense=float("nan")))
    with pytest.raises(BadWeights, match="不是数"):
        read_weights(tmp_path, FINGERPRINT)


@pytest.fixture
def own_index(corpus: Path, tmp_path: Path) -> Index:
    build(corpus, tmp_path / "own")
    return open_index(tmp_path / "own")


def test_what_was_fitted_is_used_and_outlives_a_rebuild(own_index: Index, corpus: Path) -> None:
    question = "青川县2021年财政收入是多少？"
    fingerprint = own_index.manifest.fingerprint
    write_weights(own_index.folder, fingerprint, Weights(dense=1.0, period=0.0, constant=-1e3))
    (corpus / "新.txt").write_text("临澜市有机井12眼。", encoding="utf-8")
    build(corpus, own_index.folder)
    best = Retriever(open_index(own_index.folder)).search(question, explain=True)[0]
    assert best.explanation is not None
    assert (best.explanation.lexical, best.explanation.period) == (0.0, 0.0)
    assert not Assistant(open_index(own_index.folder)).ask(question).grounded


def test_too_few_questions_are_told_on_the_command_line(own_index: Index, tmp_path: Path) -> None:
    questions = tmp_path / "问题.jsonl"
    record = {
        "id": "a",
        "type": "figure",
        "question": "青川县2021年财政收入是多少？",
        "answers": [["13.9亿元"]],
        "evidence": [{"doc": "青川县2022年政府工作报告.md", "quote": "财政收入13.9亿元"}],
        "answerable": True,
    }
    questions.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    run = CliRunner().invoke(
        app, ["eval", str(questions), "--index", str(own_index.folder), "--fit"]
    )
    assert run.exit_code == 0, run.output
    assert f"至少要 {LEAST_RANKED} 个" in run.output
    assert "仍用原有的权重" in run.output
    assert not (own_index.folder / "weights.json").exists()
