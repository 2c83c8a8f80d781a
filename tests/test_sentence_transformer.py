"""A sentence-transformers model of the test's own: tiny, random, but loaded and run for real."""

from pathlib import Path

import numpy as np
import pytest

from index import build, open_index
from index.errors import EmbedderUnavailable
from rag import Assistant


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A one-layer BERT over single characters, with prompts of its own."""
    from sentence_transformers import SentenceTransformer, models
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("model")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"全县共有中学小所多少问文年的是12340:"]
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
    )
    BertModel(config).save_pretrained(folder / "bert")
    BertTokenizerFast(vocab={word: number for number, word in enumerate(words)}).save_pretrained(
        folder / "bert"
    )
    word = models.Transformer(str(folder / "bert"))
    made = SentenceTransformer(
        modules=[word, models.Pooling(32)], prompts={"query": "问: ", "document": "文: "}
    )
    made.save(str(folder / "tiny"))
    return folder / "tiny"


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_model_in_a_folder_builds_and_answers(model: Path, tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "短.txt").write_text("全县共有中学12所。", encoding="utf-8")
    build(tmp_path / "c", tmp_path / "i", model=str(model))
    index = open_index(tmp_path / "i")
    assert index.manifest.dimension == 32
    asked, stored = index.embedder.embed_query("中学"), index.embedder.embed_documents(["中学"])[0]
    assert asked.dtype == stored.dtype == np.float32
    assert np.linalg.norm(asked) == pytest.approx(1, abs=1e-4)
    assert not np.allclose(asked, stored)  # each has its own prompt
    assert index.embedder.embed_documents([]).shape == (0, 32)
    assert "12所" in Assistant(index).ask("全县共有多少所中学").text


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmbedderUnavailable, match=str(tmp_path)):
        build(Path(__file__).parents[1] / "corpus", tmp_path / "i", model=str(tmp_path))
