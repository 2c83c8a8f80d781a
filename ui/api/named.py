"""The endpoints `/ask` and `/search` of the chat page, for `gradio_client`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr
from pydantic import ValidationError

from index.errors import WenjuError
from rag.filters import Filter
from ui.api.problems import sentence_of
from ui.api.records import AskRequest, SearchRequest
from ui.api.service import Service
from ui.render import without_local_paths


def offer(service: Service, concurrent: int) -> None:
    """Give the page that is being laid out its named endpoints; both return the JSON of what the
    HTTP API returns, as text: what has a `path`, the client would take for a file to fetch.

    Up to `concurrent` questions are answered at a time, those of the page among them.
    """

    def ask(question: str) -> str:
        with _told():
            asked = AskRequest(question=question)
            return service.ask(asked.question, (), Filter()).model_dump_json()

    def search(question: str, top_k: int = 10) -> str:
        with _told():
            asked = SearchRequest(question=question, top_k=top_k)
            return service.search(asked.question, asked.top_k, Filter()).model_dump_json()

    for name, function, told in (
        ("ask", ask, "回答一个问题，每句话都带出处；返回 JSON"),
        ("search", search, "查找最相近的段落；返回 JSON"),
    ):
        gr.api(
            function,
            api_name=name,
            api_description=told,
            concurrency_limit=concurrent,
            concurrency_id="ask",
        )


@contextmanager
def _told() -> Iterator[None]:
    """Hand what went wrong to the caller as a sentence."""
    try:
        yield
    except ValidationError as error:
        raise gr.Error(sentence_of(error.errors())) from error
    except WenjuError as error:
        raise gr.Error(without_local_paths(str(error))) from error
