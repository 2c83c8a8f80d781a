"""The list of past conversations, to HTML. Pure functions, as in `render`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ui.history import Conversation
from ui.inert import inert
from ui.labels import Labels
from ui.render import moment_line

_ACTIONS = ("rename", "md", "docx", "remove")


def shelf_html(
    conversations: Sequence[Conversation], current: str, words: str, now: datetime, labels: Labels
) -> str:
    """Return the panel with the conversations found for `words`; `current` is the one on the page.

    The page's script finds its way by `data-do` of a button and `data-id` of an entry.
    """
    entries = "".join(_entry(one, one.id == current, now, labels) for one in conversations)
    none = labels.history_not_found if words.strip() else labels.history_empty
    body = f"<ul>{entries}</ul>" if entries else f'<p class="wj-none">{inert(none)}</p>'
    find = inert(labels.history_find)
    return (
        f'<div class="wj-shelf"><div class="wj-shelf-head"><h2 id="wj-shelf-title">'
        f"{inert(labels.history)}</h2>{_button('close', '✕', labels.close)}</div>"
        f'<form role="search"><input type="search" placeholder="{find}" aria-label="{find}" '
        f'maxlength="100"></form><div class="wj-shelf-list">{body}</div>'
        f'<p class="wj-shelf-note">{inert(labels.history_where)}</p></div>'
    )


def _entry(conversation: Conversation, is_current: bool, now: datetime, labels: Labels) -> str:
    when = moment_line(conversation.changed.astimezone(), now, labels)
    about = f"{when} · {labels.history_questions.format(count=conversation.questions)}"
    words = {
        "rename": labels.history_rename,
        "md": labels.history_markdown,
        "docx": labels.history_word,
        "remove": labels.history_remove,
    }
    buttons = "".join(
        f'<button type="button" data-do="{name}" '
        f'data-sure="{inert(labels.history_sure)}">{inert(words[name])}</button>'
        for name in _ACTIONS
    )
    kind = ' class="wj-current"' if is_current else ""
    shown = ' aria-current="true"' if is_current else ""
    return (
        f'<li data-id="{inert(conversation.id)}"{kind}><button type="button" class="wj-shelf-open" '
        f'data-do="reopen"{shown}><span>{inert(conversation.title)}</span>'
        f"<small>{inert(about)}</small></button>"
        f'<div class="wj-shelf-do">{buttons}</div></li>'
    )


def _button(name: str, sign: str, words: str) -> str:
    said = inert(words)
    return (
        f'<button type="button" data-do="{name}" title="{said}" aria-label="{said}">{sign}</button>'
    )
