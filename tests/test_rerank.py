"""A cross-encoder of the test's own: tiny, random, but loaded and run for real."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index import Index
from index.embed import Vectors
from index.errors import EmbedderUnavailable
from rag import Assistant, Retriever
from rag.rerank import CrossEncoderReranker, RerankerUnavailable

QUESTION = "青川县2021年财政收入是多少？"


def made(folder: Path, labels: int = 1) -> Path:
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"全县财政收入年报告亿元2021340"]
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=labels,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(vocab={word: n for n, word in enumerate(words)}).save_pretrained(folder)
    return folder


def test_a_cross_encoder_in_a_folder_scores_pairs(tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(str(made(tmp_path / "model")))
    scores = reranker.scores(QUESTION, ["财政收入13亿元", "全县"])
    assert (scores.shape, scores.dtype) == ((2,), np.float32)
    assert ((scores > 0) & (scores < 1)).all()
    assert scores[0] == pytest.approx(reranker.scores(QUESTION, ["财政收入13亿元"])[0], abs=1e-5)


class Likes:
    """Thinks well of passages that hold a text, and of no others."""

    def __init__(self, text: str) -> None:
        self._text = text

    def scores(self, question: str, passages: Sequence[str]) -> Vectors:
        assert question == QUESTION
        return np.array([self._text in passage for passage in passages], dtype=np.float32)


def test_it_reorders_the_first_passages_and_the_numbers_still_add_up(index: Index) -> None:
    plain = Retriever(index).search(QUESTION)
    second = plain[1].chunk
    hits = Retriever(index, reranker=Likes(second.text.strip())).search(QUESTION, explain=True)
    assert [hit.chunk.id for hit in hits[:2]] == [second.id, plain[0].chunk.id]
    assert {hit.chunk.id for hit in hits} == {hit.chunk.id for hit in plain}
    for hit in hits:
        told = hit.explanation
        assert told is not None
        assert told.reranked == (hit.chunk.id == second.id)
        assert told.dense + told.lexical + told.period + told.reranked == pytest.approx(hit.score)


def test_an_assistant_asks_it_too(index: Index) -> None:
    second = Retriever(index).search(QUESTION)[1].chunk
    answer = Assistant(index, reranker=Likes(second.text.strip())).ask(QUESTION)
    assert answer.hits[0].chunk.id == second.id


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RerankerUnavailable, match="没有这个文件夹"):
        CrossEncoderReranker("nobody/no-such-reranker")
    with pytest.raises(RerankerUnavailable, match=f"{tmp_path}.*文件夹中没有"):
        CrossEncoderReranker(str(tmp_path))


def test_a_model_with_several_scores_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RerankerUnavailable, match="3 个得分"):
        CrossEncoderReranker(str(made(tmp_path / "model", labels=3)))


def test_a_folder_with_a_program_is_refused(tmp_path: Path) -> None:
    (made(tmp_path / "model") / "modeling.py").write_text("print(1)\n", encoding="utf-8")
    with pytest.raises(EmbedderUnavailable, match="带有程序"):
        CrossEncoderReranker(str(tmp_path / "model"))


def test_the_command_line_names_a_model_that_is_not_there(index: Index) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "ui.cli", "search", QUESTION]
        + ["--index", str(index.folder), "--reranker", "nobody/no-such-reranker"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert "找不到重排模型 nobody/no-such-reranker" in run.stderr
    assert "Traceback" not in run.stderr
