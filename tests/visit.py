"""A page of the chat that is open in a real Chromium, and what a person does there first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
Page, expect = sync_api.Page, sync_api.expect

# What may take a while on a busy machine, in milliseconds.
PATIENCE = 30_000
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 375, "height": 740}


def windows_of(browser: sync_api.Browser) -> dict[str, sync_api.BrowserContext]:
    """Open the windows a page is looked at in, by name."""
    opened = {
        "desk": browser.new_context(viewport=DESK),
        "dark": browser.new_context(viewport=DESK, color_scheme="dark"),
        "phone": browser.new_context(viewport=PHONE, has_touch=True),
        # Each of these is another person, with a history of their own.
        "own": browser.new_context(viewport=DESK),
        "stranger": browser.new_context(viewport=DESK),
        "two": browser.new_context(viewport=DESK),
    }
    for context in opened.values():
        context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    return opened


class Served(Protocol):
    """A chat that is being served."""

    address: str


@dataclass
class Visit:
    """An open page; remembers every host it asked, every error, and every box that popped up."""

    page: Page
    hosts: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def ask(self, question: str) -> None:
        box = self.page.locator("#wj-box textarea")
        box.fill(question)
        box.press("Enter")

    def finished(self) -> None:
        """Wait until the next question can be asked."""
        expect(self.page.locator("#wj-box .stop-button")).to_have_count(0)
        expect(self.page.locator("#wj-box .submit-button")).to_be_visible()

    def answer(self, question: str) -> sync_api.Locator:
        """Ask, and return the complete answer."""
        before = self.page.locator(".wj-answer").count()
        self.ask(question)
        answer = self.page.locator(".wj-answer").nth(before)
        expect(answer.locator(".wj-notes:not(:empty)")).to_be_visible()
        self.finished()
        return answer

    def open(self, question: str) -> sync_api.Locator:
        """Ask, and open the document of the first source."""
        self.answer(question)
        self.page.locator(".wj-shown .wj-open").first.click()
        dialog = self.page.locator("#wj-document")
        expect(dialog.locator("mark.wj-here").first).to_be_attached()
        return dialog

    def collection(self) -> None:
        """Go to the collection."""
        self.page.locator("#wj-title a[href='#collection']").click()
        expect(self.page.locator(".wj-table")).to_be_visible()

    def reload(self) -> None:
        """Load the page anew. Gradio may report that a stream ended with the page it was for."""
        self.page.reload()
        expect(self.page.locator("#wj-box textarea")).to_be_visible()
        self.errors.clear()


@contextmanager
def visit(context: sync_api.BrowserContext, address: str) -> Iterator[Visit]:
    """Open the page; at the end, check that it asked no other host and that nothing went wrong."""
    page = context.new_page()
    opened = Visit(page)
    page.on("request", lambda request: opened.hosts.add(urlsplit(request.url).hostname or ""))
    page.on(
        "console", lambda said: opened.errors.append(said.text) if said.type == "error" else None
    )
    page.on("pageerror", lambda error: opened.errors.append(str(error)))
    page.on("dialog", lambda box: (opened.errors.append(box.message), box.dismiss()))
    page.goto(address)
    expect(page.locator("#wj-box textarea")).to_be_visible()
    yield opened
    page.close()
    assert opened.hosts - {""} == {"127.0.0.1"}
    assert opened.errors == []


def contrast(element: sync_api.Locator) -> float:
    """Return the contrast ratio of an element's text to what is behind it, as WCAG 2 defines it."""
    text, ground = element.evaluate(
        """element => {
          let behind = element;
          while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
          const numbers = color => color.match(/[\\d.]+/g).slice(0, 3).map(Number);
          return [numbers(getComputedStyle(element).color), numbers(getComputedStyle(behind).backgroundColor)];
        }"""
    )
    bright, dark = sorted((luminance(text), luminance(ground)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(color: Sequence[float]) -> float:
    parts = [value / 255 for value in color]
    linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
