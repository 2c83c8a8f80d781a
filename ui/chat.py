"""The chat in the browser: wiring only. `render` makes what it shows, `labels` what it says.

Nothing here asks the network for anything, and neither does the page: fonts are the system's own,
Gradio's telemetry and its share links are off.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path
from threading import Event
from typing import Any

import gradio as gr

from index import Index, open_index
from index.errors import WenjuError
from rag import Assistant, Turn
from rag.types import Citation
from ui.address import CannotServe, check_address, has_screen
from ui.examples import example_questions
from ui.labels import LABELS, Labels
from ui.render import (
    Exchange,
    Passage,
    collection_line,
    exchange_html,
    header_html,
    hint_html,
    paragraph_around,
    question_html,
    sources_html,
    without_local_paths,
)

EXAMPLES = 4
# Questions answered at the same time; more wait in Gradio's queue.
CONCURRENT = 8
HERE = Path(__file__).parent

logger = logging.getLogger(__name__)

Exchanges = tuple[Exchange, ...]
Updates = dict[Any, Any]


@cache
def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _theme() -> gr.themes.Base:
    # Faces that are on the machine already: macOS, Windows, Linux.
    chinese = ("PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC")
    return gr.themes.Base(
        primary_hue=gr.themes.colors.sky,
        neutral_hue=gr.themes.colors.gray,
        font=(*chinese, "system-ui", "sans-serif"),
        font_mono=("ui-monospace", "monospace"),
    )


class Chat:
    """One collection on one page; holds no conversation, those live in each visitor's session."""

    def __init__(self, index: Index, assistant: Assistant) -> None:
        self.index = index
        self.assistant = assistant

    def header(self, labels: Labels) -> str:
        """Return the header for the collection as it is now."""
        manifest = self.index.manifest
        years = [entry.year for entry in self.index.documents if entry.year is not None]
        built_at = datetime.fromisoformat(manifest.built_at).astimezone()
        now = datetime.now().astimezone()
        return header_html(
            collection_line(manifest.documents, years, built_at, now, labels), labels
        )

    def examples(self) -> list[str]:
        """Return questions that the collection answers, asked once to be sure."""
        candidates = islice(example_questions(self.index.documents, self.index.document), 12)
        answered = (question for question in candidates if self.assistant.ask(question).grounded)
        return list(islice(answered, EXAMPLES))

    def ask(self, question: str, exchanges: Exchanges) -> Iterator[Exchanges]:
        """Yield the conversation as it grows by the answer to this question."""
        started = time.perf_counter()
        history = [Turn(past.question, past.answer) for past in exchanges if past.answer]
        current = Exchange(question)
        yield (*exchanges, current)
        self.renew()
        known: dict[Citation, Passage] = {}
        try:
            for answer in self.assistant.stream(question, history=history):
                for citation in answer.citations:
                    known[citation] = known.get(citation) or self._passage(citation)
                passages = tuple(known[citation] for citation in answer.citations)
                current = Exchange(question, answer, passages)
                yield (*exchanges, current)
            current = replace(current, seconds=time.perf_counter() - started)
        except WenjuError as error:
            current = Exchange(question, error=without_local_paths(str(error)))
        yield (*exchanges, current)

    def renew(self) -> None:
        """Take up a newer index, if there is one that can be opened."""
        try:
            self.index.refresh()
        except WenjuError:
            # What is open stays usable; the reason is for whoever runs the program.
            logger.warning("不能换用新的索引，继续使用已打开的索引", exc_info=True)

    def _passage(self, citation: Citation) -> Passage:
        try:
            text = self.index.document(citation.document_id).text
        except KeyError:
            # The index was renewed while this answer was being written.
            return Passage("", citation.quote, "")
        return paragraph_around(text, citation.start, citation.end)


class Page:
    """The components of the page and what happens between them.

    Handlers return `{component: update}`, so that each says only what it changes.
    """

    def __init__(self, chat: Chat, language: str) -> None:
        self.chat = chat
        self.examples = chat.examples()
        # The run of each session that is writing an answer; set to make it stop. Gradio's own way,
        # `cancels`, waits for a generator that waits, and keeps every other visitor waiting too.
        self.running: dict[str, Event] = {}
        labels = LABELS[language]
        self.exchanges = gr.State(())
        with gr.Row(elem_id="wj-header"):
            self.header = gr.HTML(chat.header(labels), elem_id="wj-title")
            self.language = gr.Radio(
                [("中文", "zh"), ("EN", "en")],
                value=language,
                label=labels.language,
                show_label=False,
                container=False,
                elem_id="wj-language",
            )
            self.theme = gr.Button(labels.theme, elem_id="wj-theme", size="sm", min_width=0)
        with gr.Row(elem_id="wj-main"):
            with gr.Column(elem_id="wj-left"):
                self.chatbot = gr.Chatbot(
                    label=labels.conversation,
                    show_label=False,
                    placeholder=_placeholder(labels),
                    examples=[{"text": question} for question in self.examples],
                    elem_id="wj-chat",
                    height=None,
                    buttons=[],
                    feedback_options=None,
                    latex_delimiters=[],
                )
                with gr.Row(elem_id="wj-bar"):
                    self.box = gr.Textbox(
                        label=labels.question,
                        show_label=False,
                        container=False,
                        placeholder=labels.placeholder,
                        submit_btn=labels.send,
                        max_lines=6,
                        elem_id="wj-box",
                    )
                    self.clear = gr.Button(labels.clear, elem_id="wj-clear", min_width=0)
                self.hint = gr.HTML("", elem_id="wj-hint")
            with gr.Column(elem_id="wj-right"):
                self.sources = gr.HTML(sources_html((), labels), elem_id="wj-sources")

    def connect(self, app: gr.Blocks) -> None:
        """Say what happens on what."""
        talk = [self.exchanges, self.chatbot, self.sources, self.box, self.hint, self.header]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        context = [self.exchanges, self.language]
        asking = {
            **quiet,
            "concurrency_limit": CONCURRENT,
            "concurrency_id": "ask",
            "trigger_mode": "multiple",  # `ask` itself sees to it that one runs at a time
        }
        for run in (
            self.box.submit(self.ask, [self.box, *context], talk, **asking),
            self.chatbot.example_select(self.ask_example, context, talk, **asking),
        ):
            run.success(self.ready, context, talk, **quiet)
            run.failure(self.mend, context, talk, **quiet)
        self.box.stop(self.stop, context, talk, queue=False, **quiet)
        self.clear.click(self.reset, self.language, talk, queue=False, **quiet)
        self.language.change(
            self.translate,
            context,
            [*talk, self.language, self.clear, self.theme],
            **quiet,
        )
        self.theme.click(None, js="() => window.wenju.toggleTheme()", **quiet)
        app.load(self.greet, self.language, self.header, **quiet)

    def ask(
        self, question: str, exchanges: Exchanges, language: str, request: gr.Request
    ) -> Iterator[Updates]:
        """Yield the page as the answer grows, unless one is being written already."""
        labels, session = LABELS[language], str(request.session_hash)
        question = question.strip()
        if not question:
            yield {self.hint: hint_html(labels.empty_question), self.box: ""}
            return
        if session in self.running:
            yield self._unchanged()
            return
        halt = self.running[session] = Event()
        try:
            busy = gr.Textbox("", submit_btn=False, stop_btn=labels.stop)
            for grown in self.chat.ask(question, exchanges):
                if halt.is_set():
                    # When a run ends, Gradio repeats what it yielded last.
                    yield self._unchanged()
                    return
                yield {**self._conversation(grown, labels), self.box: busy, self.hint: ""}
                busy = gr.skip()
            yield {self.header: self.chat.header(labels)}
        finally:
            if self.running.get(session) is halt:
                del self.running[session]

    def ask_example(
        self, exchanges: Exchanges, language: str, chosen: gr.SelectData, request: gr.Request
    ) -> Iterator[Updates]:
        """Ask the example that was clicked."""
        yield from self.ask(chosen.value["text"], exchanges, language, request)

    def ready(self, exchanges: Exchanges, language: str, request: gr.Request) -> Updates:
        """Take the next question; the language may have been switched meanwhile."""
        if str(request.session_hash) in self.running:
            return self._unchanged()
        return self._settled(_ended(exchanges, stopped=True), language)

    def stop(self, exchanges: Exchanges, language: str, request: gr.Request) -> Updates:
        """Keep what has been written so far, and say that it is not all."""
        self._halt(request)
        return self._settled(_ended(exchanges, stopped=True), language)

    def mend(self, exchanges: Exchanges, language: str) -> Updates:
        """After a fault of our own: say so in place of the answer; Gradio has logged it."""
        return self._settled(_ended(exchanges, error=LABELS[language].fault), language)

    def reset(self, language: str, request: gr.Request) -> Updates:
        """Start over with an empty page."""
        self._halt(request)
        return {**self._settled((), language), self.hint: ""}

    def greet(self, language: str) -> str:
        """Return the header for whoever opens the page, for the index as it is now."""
        self.chat.renew()
        return self.chat.header(LABELS[language])

    def translate(self, exchanges: Exchanges, language: str) -> Updates:
        """Put every word of the page into the other language; answers stay as they are."""
        labels = LABELS[language]
        chatbot = gr.Chatbot(
            _messages(exchanges, labels),
            label=labels.conversation,
            placeholder=_placeholder(labels),
        )
        busy = bool(exchanges) and not exchanges[-1].done
        buttons = {"stop_btn": labels.stop} if busy else {"submit_btn": labels.send}
        box = gr.Textbox(label=labels.question, placeholder=labels.placeholder, **buttons)
        return {
            self.chatbot: chatbot,
            self.box: box,
            self.sources: sources_html(exchanges, labels),
            self.header: self.chat.header(labels),
            self.language: gr.Radio(label=labels.language),
            self.clear: labels.clear,
            self.theme: labels.theme,
            self.hint: "",
        }

    def _unchanged(self) -> Updates:
        return {self.hint: gr.skip()}

    def _halt(self, request: gr.Request) -> None:
        run = self.running.pop(str(request.session_hash), None)
        if run is not None:
            run.set()

    def _settled(self, exchanges: Exchanges, language: str) -> Updates:
        labels = LABELS[language]
        box = gr.Textbox(submit_btn=labels.send, stop_btn=False)
        return {**self._conversation(exchanges, labels), self.box: box}

    def _conversation(self, exchanges: Exchanges, labels: Labels) -> Updates:
        return {
            self.exchanges: exchanges,
            self.chatbot: _messages(exchanges, labels),
            self.sources: sources_html(exchanges, labels),
        }


def _ended(exchanges: Exchanges, *, stopped: bool = False, error: str | None = None) -> Exchanges:
    """Return the conversation with its last exchange ended, if it was not."""
    if not exchanges or exchanges[-1].done:
        return exchanges
    return (*exchanges[:-1], replace(exchanges[-1], stopped=stopped, error=error))


def _messages(exchanges: Exchanges, labels: Labels) -> list[dict[str, str]]:
    """Return the conversation as `gr.Chatbot` wants it."""
    messages: list[dict[str, str]] = []
    for turn, exchange in enumerate(exchanges, start=1):
        answer = exchange_html(exchange, turn, labels)
        messages.append({"role": "user", "content": question_html(exchange.question)})
        messages.append({"role": "assistant", "content": answer})
    return messages


def _placeholder(labels: Labels) -> str:
    return f'<div class="wj-welcome"><h2>{labels.name}</h2><p>{labels.tagline}</p></div>'


def build_app(
    index: Index | str | Path, *, assistant: Assistant | None = None, language: str = "zh"
) -> gr.Blocks:
    """Return the page for an index, or for the folder an index lies in.

    Raises `WenjuError` where the folder holds no index that can be opened.
    """
    if isinstance(index, (str, Path)):
        index = open_index(index)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read at every event, not only in Blocks
    chat = Chat(index, assistant or Assistant(index))
    with gr.Blocks(title=LABELS[language].name, analytics_enabled=False, fill_width=True) as app:
        Page(chat, language).connect(app)
    return app


def launch(app: gr.Blocks, *, host: str, port: int, open_browser: bool = False) -> str:
    """Start serving in the background; return the address. `app.close()` ends it.

    Raises `CannotServe` where the address is taken or is not one of this machine.
    """
    check_address(host, port)
    # A proxy named in the environment must not stand between this machine and itself.
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), "localhost,127.0.0.1,::1")))
    try:
        _, address, _ = app.launch(
            server_name=host,
            server_port=port,
            inbrowser=open_browser and has_screen(),
            prevent_thread_lock=True,
            quiet=True,
            share=False,
            ssr_mode=False,
            mcp_server=False,
            enable_monitoring=False,
            run_history=False,
            footer_links=[],
            favicon_path=str(HERE / "favicon.svg"),
            theme=_theme(),
            css=_read("chat.css"),
            js=_read("chat.js"),
        )
    except OSError as error:
        message = f"不能在 {host}:{port} 上启动服务：{error}"
        raise CannotServe(message) from error
    return address.rstrip("/")


def serve(
    app: gr.Blocks,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = False,
    started: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve the page until interrupted; `started` is called with its address.

    Raises `CannotServe` where the address is taken or is not one of this machine.
    """
    started(launch(app, host=host, port=port, open_browser=open_browser))
    try:
        Event().wait()
    finally:
        app.close(verbose=False)
