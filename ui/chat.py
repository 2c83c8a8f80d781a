"""The chat in the browser: wiring only. `answering` knows what to show, `render` and `document`
make HTML of it, `labels` has the words.

Nothing here asks the network for anything, and neither does the page: fonts are the system's own,
Gradio's telemetry and its share links are off.
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import gradio as gr
from gradio.data_classes import BlocksConfigDict

from index import Index, open_index
from rag import Assistant
from rag.feedback import REASONS, Feedback
from ui.address import CannotServe, check_address, has_screen
from ui.answering import Chat, Exchanges, filter_of
from ui.api.mounted import Tools
from ui.api.named import offer
from ui.api.service import Service
from ui.api.tools import build_server
from ui.labels import LABELS, Labels
from ui.render import (
    Exchange,
    conditions_line,
    editing_html,
    exchange_html,
    hint_html,
    question_html,
    sources_html,
)
from ui.shelf import shelf_html
from ui.site import Site
from ui.wording import said_in

# Questions answered at the same time; more wait in Gradio's queue.
CONCURRENT = 8
# Questions that wait at most, and characters of one.
_WAITING, LONGEST_QUESTION = 200, 1000
# Open pages that are remembered; past that, the one unused for longest starts over.
_PAGES = 1000
TYPES = {
    "md": "text/markdown;charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
# The cookie by which a browser is known again where nobody logs in, and what the page puts there.
COOKIE, _KEY = "wenju", re.compile("[0-9a-f]{32}")
# Longer comments are cut.
LONGEST_COMMENT = 500
HERE = Path(__file__).parent

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
    ).set(
        # The page of the sign-in has no style sheet of ours; the colours are those of chat.css.
        body_background_fill="#f7f7f5",
        body_background_fill_dark="#15181e",
        background_fill_primary="#f7f7f5",
        background_fill_primary_dark="#15181e",
        background_fill_secondary="#f7f7f5",
        background_fill_secondary_dark="#15181e",
        block_background_fill="#fff",
        block_background_fill_dark="#1d2129",
        input_border_width="1px",
        input_border_color="#8b919c",
        input_border_color_dark="#6b7380",
        input_border_color_focus="#1f5f8b",
        input_border_color_focus_dark="#7db8e0",
        button_primary_background_fill="#1f5f8b",
        button_primary_background_fill_dark="#7db8e0",
        button_primary_background_fill_hover="#174a6d",
        button_primary_background_fill_hover_dark="#9ccbec",
        button_primary_text_color="#fff",
        button_primary_text_color_dark="#10202c",
    )


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
        self.conversation = gr.State("")
        self.editing = gr.State("")  # the id of the exchange that the next question replaces
        self.resumed = gr.JSON(visible=False)
        with gr.Row(elem_id="wj-header"):
            self.header = gr.HTML(chat.header(labels), elem_id="wj-title")
            self.past = gr.Button(labels.history, elem_id="wj-history-button", min_width=0)
            self.language = gr.Radio(
                [("简", "zh"), ("繁", "zh-Hant"), ("EN", "en")],
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
                with gr.Row(elem_id="wj-tools"):
                    self._filter(labels)
                    self.exports = {
                        kind: gr.Button(words, elem_classes="wj-export", min_width=0)
                        for kind, words in _exports(labels).items()
                    }
                    self.file = gr.JSON(visible=False)
                with gr.Row(elem_id="wj-bar"):
                    self.box = gr.Textbox(
                        label=labels.question,
                        show_label=False,
                        container=False,
                        placeholder=labels.placeholder,
                        submit_btn=labels.send,
                        max_lines=6,
                        max_length=LONGEST_QUESTION,
                        elem_id="wj-box",
                    )
                    self.clear = gr.Button(labels.clear, elem_id="wj-clear", min_width=0)
                self.hint = gr.HTML("", elem_id="wj-hint")
            with gr.Column(elem_id="wj-right"):
                self.sources = gr.HTML(sources_html((), labels), elem_id="wj-sources")
        gr.HTML(
            html_template='<main id="wj-collection" tabindex="-1"></main>',
            js_on_load=_read("collection.js"),
            apply_default_css=False,
            elem_id="wj-collection-page",
        )
        # Where the page's own script asks the server for something, and is handed a document.
        self.reader = gr.HTML(
            html_template='<dialog id="wj-document" aria-labelledby="wj-doc-title"></dialog>',
            js_on_load=_read("document.js"),
            apply_default_css=False,
            elem_id="wj-reader",
        )
        self.shelf = gr.HTML(
            html_template='<dialog id="wj-history" aria-labelledby="wj-shelf-title"></dialog>',
            js_on_load=_read("history.js"),
            apply_default_css=False,
            elem_id="wj-shelf",
        )

    def _filter(self, labels: Labels) -> None:
        """Lay out what keeps a search to some of the reports, folded away; empty is everything."""
        with (
            gr.Accordion(labels.everything, open=False, elem_id="wj-filter") as self.filter,
            gr.Row(elem_id="wj-conditions"),
        ):
            self.first, self.last = (
                gr.Textbox(label=label, max_lines=1, max_length=4, min_width=90)
                for label in (labels.first_year, labels.last_year)
            )
            self.titles = gr.Dropdown(
                self.chat.titles(),
                value=[],
                multiselect=True,
                allow_custom_value=True,
                label=labels.titles,
                min_width=220,
            )
            self.widen = gr.Button(labels.widen, elem_id="wj-widen", min_width=0)

    def connect(self, app: gr.Blocks) -> None:
        """Say what happens on what."""
        talk = [self.exchanges, self.chatbot, self.sources, self.box, self.hint, self.header]
        talk += [self.conversation, self.editing]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        context = [self.exchanges, self.language]
        place = [self.conversation, *context]
        conditions = [self.first, self.last, self.titles]
        asked = {self.box, self.editing, *conditions, *place}
        asking = {
            **quiet,
            "concurrency_limit": CONCURRENT,
            "concurrency_id": "ask",
            "trigger_mode": "multiple",  # `ask` itself sees to it that one runs at a time
        }
        for run in (
            self.box.submit(self.ask, asked, talk, **asking),
            self.chatbot.example_select(self.ask_example, asked, talk, **asking),
            self.reader.again(self.ask_again, place, talk, **asking),
        ):
            run.success(self.ready, context, talk, **quiet)
            run.failure(self.mend, context, talk, **quiet)
        self.box.stop(self.stop, place, talk, queue=False, **quiet)
        self.reader.edit(self.edit, context, talk, queue=False, **quiet)
        self.reader.rate(self.rate, place, talk, **quiet)
        self.reader.why(self.why, context, talk, **quiet)
        self._connect_history(talk, quiet)
        self.clear.click(self.reset, self.language, talk, queue=False, **quiet)
        self.language.change(
            self.translate,
            context,
            [*talk, self.language, self.clear, self.theme, self.past, *self.exports.values()],
            **quiet,
        )
        gr.on(
            [field.change for field in conditions] + [self.language.change],
            self.narrowed,
            [*conditions, self.language],
            [self.filter, *conditions, self.widen],
            **quiet,
        )
        self.widen.click(lambda: ("", "", []), None, conditions, queue=False, **quiet)
        self.reader.open(
            self.open, context, [self.reader, self.hint], trigger_mode="multiple", **quiet
        )
        self.reader.renew(self.renew, self.language, [self.header, self.titles], **quiet)
        for kind, button in self.exports.items():
            made = button.click(partial(self.export, kind), self.exchanges, self.file, **quiet)
            made.success(None, self.file, js="file => file && window.wenju.save(file)", **quiet)
        self.theme.click(None, js="() => window.wenju.toggleTheme()", **quiet)
        app.load(
            self.greet,
            [self.resumed, *context],
            [*talk, self.titles],
            js="(_, ...others) => [sessionStorage.getItem('wenju'), ...others]",
            **quiet,
        )

    def _connect_history(self, talk: list[Any], quiet: dict[str, Any]) -> None:
        place = [self.conversation, self.language]
        self.shelf.list(self.list_past, place, self.shelf, **quiet)
        self.shelf.rename(self.rename, place, self.shelf, **quiet)
        self.shelf.remove(self.remove, place, [*talk, self.shelf], **quiet)
        self.shelf.reopen(self.reopen, self.language, talk, **quiet)
        taken = self.shelf.take(self.take, None, self.file, **quiet)
        taken.success(None, self.file, js="file => file && window.wenju.save(file)", **quiet)

    def ask(self, values: Updates, request: gr.Request) -> Iterator[Updates]:
        """Ask what was written in the box."""
        yield from self._ask(values[self.box].strip(), values, request)

    def ask_example(
        self, values: Updates, chosen: gr.SelectData, request: gr.Request
    ) -> Iterator[Updates]:
        """Ask the example that was clicked."""
        yield from self._ask(chosen.value["text"], values, request)

    def _ask(self, question: str, values: Updates, request: gr.Request) -> Iterator[Updates]:
        """Ask a question of the reports that the filter lets through."""
        language = values[self.language]
        if not question:
            yield {self.hint: hint_html(LABELS[language].empty_question), self.box: ""}
            return
        if len(question) > LONGEST_QUESTION:
            told = LABELS[language].too_long.format(count=len(question), limit=LONGEST_QUESTION)
            yield {self.hint: hint_html(told)}
            return
        try:
            keep = filter_of(values[self.first], values[self.last], values[self.titles])
        except ValueError as error:
            yield {self.hint: hint_html(said_in(str(error), language))}
            return
        asked = Exchange(question, keep=keep, id=uuid4().hex)
        place = values[self.conversation], values[self.exchanges], language
        yield from self._answered(asked, *place, request, replaces=values[self.editing])

    def ask_again(  # noqa: PLR0913 - what Gradio gives
        self,
        conversation: str,
        exchanges: Exchanges,
        language: str,
        event: gr.EventData,
        request: gr.Request,
    ) -> Iterator[Updates]:
        """Ask the question of a turn exactly as it was typed, whatever was said before it; or, to
        try again, just as it was asked, in its place."""
        past = _of_turn(exchanges, event.turn)
        if past is None:
            return
        asked = Exchange(past.question, keep=past.keep, alone=True, id=uuid4().hex)
        if event.retry:
            asked = replace(asked, alone=past.alone)
        place = conversation, exchanges, language
        replaces = past.id if event.retry else ""
        yield from self._answered(asked, *place, request, replaces=replaces)

    def _answered(  # noqa: PLR0913 - a question and where it is asked
        self,
        asked: Exchange,
        conversation: str,
        exchanges: Exchanges,
        language: str,
        request: gr.Request,
        *,
        replaces: str = "",
    ) -> Iterator[Updates]:
        """Yield the page as the answer grows, unless one is being written already. `replaces` is
        the id of the last exchange where the answer takes its place."""
        labels, session = LABELS[language], str(request.session_hash)
        if session in self.running:
            yield self._unchanged()
            return
        halt = self.running[session] = Event()
        owner = _owner(request)
        try:
            if replaces and exchanges and exchanges[-1].id == replaces:
                exchanges = exchanges[:-1]
                self.chat.history.replace(owner, replaces)
            if not conversation:
                conversation = uuid4().hex
                self.chat.begin(owner, conversation, asked.question)
            busy = gr.Textbox("", submit_btn=False, stop_btn=labels.stop)
            place = {self.conversation: conversation, self.editing: ""}
            growing = self.chat.ask(asked, exchanges)
            for grown in self.chat.kept(growing, owner, conversation, halt):
                if halt.is_set():
                    # When a run ends, Gradio repeats what it yielded last.
                    yield self._unchanged()
                    return
                told = self._conversation(grown, labels)
                yield {**told, **place, self.box: busy, self.hint: ""}
                busy = gr.skip()
            yield {self.header: self.chat.header(labels)}
        finally:
            if self.running.get(session) is halt:
                del self.running[session]

    def ready(self, exchanges: Exchanges, language: str, request: gr.Request) -> Updates:
        """Take the next question; the language may have been switched meanwhile."""
        if str(request.session_hash) in self.running:
            return self._unchanged()
        return self._settled(_ended(exchanges, stopped=True), language)

    def stop(
        self, conversation: str, exchanges: Exchanges, language: str, request: gr.Request
    ) -> Updates:
        """Keep what has been written so far, and say that it is not all."""
        self._halt(request)
        ended = _ended(exchanges, stopped=True)
        if ended:
            self.chat.keep(_owner(request), conversation, ended[-1])
        return self._settled(ended, language)

    def edit(self, exchanges: Exchanges, language: str, event: gr.EventData) -> Updates:
        """Put the last question, as typed or as completed, into the box to be changed, or take it
        out again."""
        past = _of_turn(exchanges, event.turn)
        if past is None or not past.done or past is not exchanges[-1]:
            return {self.box: "", self.editing: "", self.hint: ""}
        completed = past.answer.question if event.completed and past.answer else past.question
        return {
            self.box: completed,
            self.editing: past.id,
            self.hint: editing_html(LABELS[language]),
        }

    def rate(
        self,
        conversation: str,
        exchanges: Exchanges,
        language: str,
        event: gr.EventData,
        request: gr.Request,
    ) -> Updates:
        """Note what the reader thinks of an answer; the same once more takes it back."""
        past = _of_turn(exchanges, event.turn)
        if past is None or not past.done or str(request.session_hash) in self.running:
            return self._unchanged()
        rated = replace(past, feedback=_judged(past.feedback, event.kind, event.words))
        self.chat.keep(_owner(request), conversation, rated)
        return self._conversation(_exchanged(exchanges, event.turn, rated), LABELS[language])

    def why(
        self, exchanges: Exchanges, language: str, event: gr.EventData, request: gr.Request
    ) -> Updates:
        """Show what the passages of an answer were found by, or put it away."""
        past = _of_turn(exchanges, event.turn)
        if past is None or not past.done or str(request.session_hash) in self.running:
            return self._unchanged()
        explained = replace(past, why=() if past.why else self.chat.why(past))
        grown = _exchanged(exchanges, event.turn, explained)
        return {self.exchanges: grown, self.sources: sources_html(grown, LABELS[language])}

    def list_past(
        self, conversation: str, language: str, event: gr.EventData, request: gr.Request
    ) -> Updates:
        """Show the past conversations that hold some words."""
        return self._listed(conversation, language, event.words, request)

    def rename(
        self, conversation: str, language: str, event: gr.EventData, request: gr.Request
    ) -> Updates:
        """Give a past conversation another title."""
        self.chat.history.rename(_owner(request), event.id, event.title)
        return self._listed(conversation, language, event.words, request)

    def remove(
        self, conversation: str, language: str, event: gr.EventData, request: gr.Request
    ) -> Updates:
        """Delete a past conversation; the page is empty if it showed that one."""
        self.chat.history.remove(_owner(request), event.id)
        listed = self._listed(conversation, language, event.words, request)
        return {**(self.reset(language, request) if event.id == conversation else {}), **listed}

    def reopen(self, language: str, event: gr.EventData, request: gr.Request) -> Updates:
        """Put a past conversation on the page, to be read and gone on with."""
        self._halt(request)
        return self._reopened(_owner(request), event.id, language)

    def take(self, event: gr.EventData, request: gr.Request) -> dict[str, str] | None:
        """Return a past conversation as a file for the browser to save."""
        return self.export(event.kind, self.chat.history.exchanges(_owner(request), event.id))

    def _listed(self, conversation: str, language: str, words: str, request: gr.Request) -> Updates:
        found = self.chat.history.conversations(_owner(request), words)
        now = datetime.now().astimezone()
        return {self.shelf: shelf_html(found, conversation, words, now, LABELS[language])}

    def _reopened(self, owner: str, conversation: str, language: str) -> Updates:
        exchanges = self.chat.reopened(owner, conversation)
        if not exchanges:
            return self._unchanged()
        place = {self.conversation: conversation, self.editing: "", self.hint: ""}
        return {**self._settled(exchanges, language), **place}

    def mend(self, exchanges: Exchanges, language: str) -> Updates:
        """After a fault of our own: say so in place of the answer; Gradio has logged it."""
        return self._settled(_ended(exchanges, error=LABELS[language].fault), language)

    def reset(self, language: str, request: gr.Request) -> Updates:
        """Start over with an empty page."""
        self._halt(request)
        place = {self.conversation: "", self.editing: "", self.hint: ""}
        return {**self._settled((), language), **place}

    def open(self, exchanges: Exchanges, language: str, event: gr.EventData) -> Updates:
        """Hand over the document behind a card."""
        labels = LABELS[language]
        past = _of_turn(exchanges, event.turn)
        shown = past and self.chat.document(past, event.turn, event.number, labels)
        if not shown:
            return {self.hint: hint_html(labels.gone)}
        return {self.reader: shown, self.hint: ""}

    def narrowed(
        self, first: str | None, last: str | None, titles: list[str], language: str
    ) -> Updates:
        """Say above the fields which reports they let through."""
        labels = LABELS[language]
        try:
            told = conditions_line(filter_of(first, last, titles), labels)
        except ValueError as error:
            told = said_in(str(error), language)
        summary = labels.only.format(conditions=told) if told else labels.everything
        return {
            self.filter: gr.Accordion(label=summary),
            self.first: gr.Textbox(label=labels.first_year),
            self.last: gr.Textbox(label=labels.last_year),
            self.titles: gr.Dropdown(label=labels.titles),
            self.widen: labels.widen,
        }

    def export(self, kind: str, exchanges: Exchanges) -> dict[str, str] | None:
        """Return the conversation as a file for the browser to save; None if there is none yet."""
        answers = [exchange.answer for exchange in exchanges if exchange.answer]
        if not answers:
            return None
        data = self.chat.export(kind, answers)
        name = f"{LABELS['zh'].name}.{kind}"
        return {"name": name, "type": TYPES[kind], "data": b64encode(data).decode("ascii")}

    def renew(self, language: str) -> Updates:
        """Show the index as it is now."""
        self.chat.renew()
        return {
            self.header: self.chat.header(LABELS[language]),
            self.titles: gr.Dropdown(self.chat.titles()),
        }

    def greet(
        self, resumed: str | None, exchanges: Exchanges, language: str, request: gr.Request
    ) -> Updates:
        """Show whoever opens the page the index as it is now and, after a reload, the conversation
        in which the exchange `resumed` stands."""
        owner = _owner(request)
        shown = self.renew(language)
        earlier: Updates = {}
        if isinstance(resumed, str) and not exchanges:
            conversation = self.chat.history.conversation_of(owner, resumed)
            earlier = self._reopened(owner, conversation, language)
        return {**earlier, **shown}

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
            self.past: labels.history,
            self.hint: "",
            **{self.exports[kind]: words for kind, words in _exports(labels).items()},
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


def _owner(request: gr.Request) -> str:
    """Return whose conversations are kept: those of the user who logged in or, where nobody does,
    of the browser; "" for a program that sends no cookie, for which none are."""
    if request.username:
        return f"user:{request.username}"
    key = str(request.cookies.get(COOKIE, ""))
    return f"browser:{key}" if _KEY.fullmatch(key) else ""


def _judged(before: Feedback | None, kind: str, words: str) -> Feedback | None:
    """Return what a reader thinks after a click on `up`, `down` or a reason, or with a comment."""
    if kind in ("up", "down"):
        useful = kind == "up"
        return None if before and before.useful is useful else Feedback(useful)
    if before is None:
        return None
    if kind == "comment":
        return replace(before, comment=words.strip()[:LONGEST_COMMENT])
    chosen = set(before.reasons) ^ {kind}
    return replace(before, reasons=tuple(reason for reason in REASONS if reason in chosen))


def _exchanged(exchanges: Exchanges, turn: int, exchange: Exchange) -> Exchanges:
    """Return the conversation with another exchange in the place of that of a turn."""
    return (*exchanges[: turn - 1], exchange, *exchanges[turn:])


def _ended(exchanges: Exchanges, *, stopped: bool = False, error: str | None = None) -> Exchanges:
    """Return the conversation with its last exchange ended, if it was not."""
    if not exchanges or exchanges[-1].done:
        return exchanges
    return (*exchanges[:-1], replace(exchanges[-1], stopped=stopped, error=error))


def _of_turn(exchanges: Exchanges, turn: int) -> Exchange | None:
    """Return the exchange of a turn, from 1; None where the page knows more than is there."""
    return exchanges[turn - 1] if 0 < turn <= len(exchanges) else None


def _messages(exchanges: Exchanges, labels: Labels) -> list[dict[str, str]]:
    """Return the conversation as `gr.Chatbot` wants it."""
    messages: list[dict[str, str]] = []
    for turn, exchange in enumerate(exchanges, start=1):
        last = turn == len(exchanges)
        answer = exchange_html(exchange, turn, labels, last=last)
        edit = labels.edit if last and exchange.done else ""
        question = question_html(exchange.question, turn, edit)
        messages.append({"role": "user", "content": question})
        messages.append({"role": "assistant", "content": answer})
    return messages


def _exports(labels: Labels) -> dict[str, str]:
    """Return the words of each kind of file a conversation can be saved as."""
    return {"md": labels.export_markdown, "docx": labels.export_word}


def _placeholder(labels: Labels) -> str:
    return f'<div class="wj-welcome"><h2>{labels.name}</h2><p>{labels.tagline}</p></div>'


class ChatApp(gr.Blocks):
    """The page, the site it is served with, and the tools beside it if they are wanted."""

    site: Site
    tools: Tools | None

    def get_config_file(self) -> BlocksConfigDict:
        """Return what the page is made from.

        Gradio keeps a connection of every page open to learn when it is closed. A browser opens
        six to one server: the pages after them would wait for ever.
        """
        return {**super().get_config_file(), "connect_heartbeat": False}


def build_app(
    index: Index | str | Path,
    *,
    assistant: Assistant | None = None,
    language: str = "zh",
    site: Site | None = None,
    mcp: bool = False,
) -> ChatApp:
    """Return the page for an index, or for the folder an index lies in. `site` says where its
    reports are and who may change them; without it, nobody can. With `mcp`, assistant programs are
    offered tools at `/mcp`.

    Raises `WenjuError` where the folder holds no index that can be opened, or the `mcp` package is
    wanted and not installed.
    """
    if isinstance(index, (str, Path)):
        index = open_index(index)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read at every event, not only in Blocks
    # Else Gradio makes a table of all events so far after each one, for a page that is off.
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
    site = site or Site(index)
    chat = Chat(index, assistant or Assistant(index), site.source_of)
    service = Service(index, chat.assistant)
    with ChatApp(title=LABELS[language].name, analytics_enabled=False, fill_width=True) as app:
        # Before the page, whose own events would take the names.
        offer(service, CONCURRENT)
        Page(chat, language).connect(app)
    app.site = site
    app.tools = Tools(build_server(service), site.access, CONCURRENT) if mcp else None
    app.queue(max_size=_WAITING)
    return app


def launch(app: ChatApp, *, host: str, port: int, open_browser: bool = False) -> str:
    """Start serving in the background; return the address. `app.close()` ends it.

    Raises `CannotServe` where the address is taken or is not one of this machine.
    """
    check_address(host, port)
    # A proxy named in the environment must not stand between this machine and itself.
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), "localhost,127.0.0.1,::1")))
    access = app.site.access
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
            state_session_capacity=_PAGES,
            footer_links=[],
            favicon_path=str(HERE / "favicon.svg"),
            theme=_theme(),
            css=_read("chat.css") + _read("collection.css"),
            js=_read("chat.js"),
            auth=access.admits if access.users else None,
            auth_message=LABELS["en"].name,
            app_kwargs=app.site.app_kwargs(app.tools),
        )
    except OSError as error:
        message = f"不能在 {host}:{port} 上启动服务：{error}"
        raise CannotServe(message) from error
    return address.rstrip("/")


def serve(
    app: ChatApp,
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
        app.site.close()
        app.close(verbose=False)
