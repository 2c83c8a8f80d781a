"""How fast the chat comes up and answers in a browser, and how it bears twenty visitors at once.

    python benchmarks/chat.py INDEX QUESTIONS.jsonl

Measured in headless Chromium on the same machine, whose cores the browser and the server share:
first contentful paint with an empty cache, seconds from Enter to the first word of an answer that
can be read, and the same in twenty pages, each a session of its own, that ask at the same time.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import statistics
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Page, async_playwright

from index import open_index
from rag import Assistant
from ui.chat import build_app, launch

VISITORS, ROUNDS = 20, 5
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
# Set by the page itself when the first mark of an answer appears: no time passes on the way here.
WATCH = """() => {
  window.asked = 0; window.answered = 0; window.before = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    window.before = document.querySelectorAll(".wj-answer:not(.wj-waiting)").length;
    window.asked = performance.now(); window.answered = 0;
  }, true);
  new MutationObserver(() => {
    const now = document.querySelectorAll(".wj-answer:not(.wj-waiting)").length;
    if (window.asked && !window.answered && now > window.before)
      window.answered = performance.now();
  }).observe(document.body, { childList: true, subtree: true });
}"""
TOOK = "() => window.answered && window.answered - window.asked"


async def opened(window: BrowserContext, address: str, hosts: set[str]) -> tuple[Page, float]:
    """Return a new page and its first contentful paint in seconds."""
    page = await window.new_page()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or ""))
    await page.goto(address, timeout=180_000)
    await page.locator("#wj-box textarea").wait_for(timeout=300_000)
    await page.evaluate(WATCH)
    return page, float(await page.evaluate(PAINT)) / 1000


async def ask(page: Page, question: str) -> float:
    """Return the seconds from Enter to the first word of the answer."""
    await page.locator("#wj-box .submit-button").wait_for(timeout=300_000)
    await page.locator("#wj-box textarea").fill(question)
    await page.locator("#wj-box textarea").press("Enter")
    took = await page.wait_for_function(TOOK, timeout=300_000)
    return float(await took.json_value()) / 1000


def alone(assistant: Assistant, questions: list[str]) -> list[float]:
    """Return the seconds to the first words of each answer, without a server and a browser."""
    seconds = []
    for question in questions:
        started = time.perf_counter()
        next(assistant.stream(question))
        seconds.append(time.perf_counter() - started)
    return seconds[1:]  # the first loads the model and the dictionary


def told(name: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    late = ordered[max(0, round(len(ordered) * 0.95) - 1)]
    middle = statistics.median(ordered)
    print(f"{name}: {middle:.2f} s (95 of 100 within {late:.2f}), n={len(ordered)}", flush=True)


async def measure(address: str, questions: list[str]) -> None:
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    hosts: set[str] = set()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--no-proxy-server"]
        )
        visits = [await opened(await browser.new_context(), address, hosts) for _ in range(ROUNDS)]
        told("first paint, empty cache", [paint for _, paint in visits])
        page = visits[0][0]
        await ask(page, questions[0])  # loads the model and the dictionary
        told("first word, alone", [await ask(page, question) for question in questions[:30]])
        started = time.perf_counter()
        # One after the other: on a small machine twenty pages that start are all one measures.
        for visited, _ in visits:
            await visited.context.close()
        window = await browser.new_context()
        many = [await opened(window, address, hosts) for _ in range(VISITORS)]
        print(f"{VISITORS} pages open after {time.perf_counter() - started:.1f} s", flush=True)
        rounds: list[float] = []
        for turn in range(2):
            asked = (
                ask(page, questions[(turn * VISITORS + at) % len(questions)])
                for at, (page, _) in enumerate(many)
            )
            rounds += await asyncio.gather(*asked)
        told(f"first word, {VISITORS} at once", rounds)
        errors = [await page.locator(".wj-error").count() for page, _ in many]
        print(f"errors: {sum(errors)}; hosts asked: {sorted(hosts - {''})}")
        await browser.close()


def main(index: str, questions: str) -> None:
    lines = Path(questions).read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line) for line in lines if line.strip()]
    texts = [each["question"] for each in asked if each.get("answerable", True)]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    opened_index = open_index(index)
    told("first word, of the assistant alone", alone(Assistant(opened_index), texts[:31]))
    app = build_app(opened_index)
    address = launch(app, host="127.0.0.1", port=port)
    try:
        asyncio.run(measure(address, texts))
    finally:
        app.close(verbose=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
