"""The index as a retriever of LangChain and of LlamaIndex: the real libraries, without a network."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
from pathlib import Path

import pytest
from without import run_without

from index import Index
from rag import Retriever
from rag.metadata import metadata_of

ROOT = Path(__file__).parents[1]
QUESTION = "青川县2021年财政收入是多少？"
NAMES = {"title", "year", "heading", "page", "paragraph", "path", "document_id", "start", "end", "score"}  # fmt: skip


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No address can be looked up or reached."""

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError(f"network: {arguments}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_langchain_gets_the_passages_and_where_they_stand(index: Index) -> None:
    pytest.importorskip("langchain_core")
    from rag.langchain import WenjuRetriever

    retriever = WenjuRetriever(index=index, top_k=3)
    found = retriever.invoke(QUESTION)
    hits = Retriever(index).search(QUESTION, 3)
    assert [document.id for document in found] == [hit.chunk.id for hit in hits]
    assert [document.metadata for document in found] == [metadata_of(hit) for hit in hits]
    for document in found:
        place = document.metadata
        assert set(place) == NAMES
        whole = index.document(place["document_id"]).text
        assert whole[place["start"] : place["end"]] == document.page_content
    assert asyncio.run(retriever.ainvoke(QUESTION)) == found


def test_langchain_puts_it_into_a_chain(index: Index) -> None:
    pytest.importorskip("langchain_core")
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_core.runnables import RunnablePassthrough

    from rag.langchain import WenjuRetriever

    retriever = WenjuRetriever(index=index, top_k=1, titles=["综述"])
    prompt = ChatPromptTemplate.from_template("{context}\n\n{question}")
    shown = lambda found: "\n".join(document.page_content for document in found)  # noqa: E731
    chain = {"context": retriever | shown, "question": RunnablePassthrough()} | prompt
    assert "99.89%" in chain.invoke("好评率").to_string()


@pytest.mark.parametrize(
    "wrong",
    [
        {"top_k": 0}, {"years": (2022, 2021)}, {"titles": "报告"}, {"titles": [" "]},
        {"path": ""}, {"topk": 3}, {"index": "data/index"},
    ],
)  # fmt: skip
def test_langchain_refuses_what_makes_no_sense(index: Index, wrong: dict[str, object]) -> None:
    pytest.importorskip("langchain_core")
    from rag.langchain import WenjuRetriever

    with pytest.raises(ValueError, match=next(iter(wrong)) if "years" not in wrong else "晚于"):
        WenjuRetriever(**{"index": index, **wrong})


def test_llamaindex_gets_the_passages_and_where_they_stand(index: Index) -> None:
    pytest.importorskip("llama_index.core")
    from llama_index.core.schema import MetadataMode

    from rag.llamaindex import WenjuRetriever

    retriever = WenjuRetriever(index, 3, years=(2021, 2022))
    found = retriever.retrieve(QUESTION)
    hits = Retriever(index).search(QUESTION, 3, years=(2021, 2022))
    assert [(node.node_id, node.score) for node in found] == [(h.chunk.id, h.score) for h in hits]
    for node in found:
        place = node.metadata
        assert set(place) == NAMES
        whole = index.document(node.node.ref_doc_id).text
        assert whole[node.node.start_char_idx : node.node.end_char_idx] == node.text
        shown = node.node.get_content(MetadataMode.LLM)
        assert place["title"] in shown
        assert place["document_id"] not in shown
    assert [n.node_id for n in asyncio.run(retriever.aretrieve(QUESTION))] == [
        n.node_id for n in found
    ]


@pytest.mark.parametrize(
    "wrong", [{"top_k": 0}, {"years": (2022, 2021)}, {"titles": "报告"}, {"path": " "}]
)
def test_llamaindex_refuses_what_makes_no_sense(index: Index, wrong: dict[str, object]) -> None:
    pytest.importorskip("llama_index.core")
    from rag.llamaindex import WenjuRetriever

    with pytest.raises(ValueError, match="条件|top_k"):
        WenjuRetriever(index, **wrong)


@pytest.mark.parametrize(
    ("module", "package", "extra"),
    [
        ("rag.langchain", "langchain_core", "wenju[langchain]"),
        ("rag.llamaindex", "llama_index", "wenju[llamaindex]"),
    ],
)
def test_a_missing_library_is_named(module: str, package: str, extra: str) -> None:
    code = (
        "from index import WenjuError\n"
        f"try: import {module}\n"
        "except WenjuError as error: print(error)"
    )
    done = run_without(package, code)
    assert done.returncode == 0, done.stderr
    assert f"请安装：pip install '{extra}'" in done.stdout
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("library", ["langchain", "llamaindex"])
def test_the_examples_in_the_readme_run(
    library: str,
    index_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip({"langchain": "langchain_core", "llamaindex": "llama_index.core"}[library])
    (code,) = (
        block
        for block in re.findall(r"```py\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
        if f"rag.{library}" in block
    )
    shutil.copytree(index_dir, tmp_path / "data" / "index")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, library, "exec"), {})
    assert "青川县2022年政府工作报告" in capsys.readouterr().out
