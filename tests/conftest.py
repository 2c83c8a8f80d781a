"""Small reports that the tests write themselves, and the built index of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from index import Index, build, open_index

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext
    from visit import Served, Visit

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

REPORTS = {
    "青川县2021年政府工作报告.md": """# 青川县2021年政府工作报告

## 一、2020年工作回顾

过去一年，全县地区生产总值增长4.2%，财政收入12.6亿元。新建农村公路一百五十六公里，新增城镇就业3200人。

## 二、2021年工作安排

今年预期目标：地区生产总值增长6.5%左右，新增城镇就业3500人以上。赤字率拟按2.8%安排。
""",
    "青川县2022年政府工作报告.md": """# 青川县2022年政府工作报告

## 一、2021年工作回顾

过去一年，全县地区生产总值增长7.1%，财政收入13.9亿元。新增城镇就业3618人，完成棚户区改造840套。

## 二、2022年工作安排

今年预期目标：地区生产总值增长6%左右。新建养老服务中心5个，资助困难学生2300人次。
""",
    "数字化改革综述.txt": """数字化改革综述

全省办件量达137万件，好评率99.89%。政务服务集成了319套业务系统。

养猪户通过“保险+期货”降低猪价波动的风险。
""",
    "關於加強防汛工作的通知.txt": """關於加強防汛工作的通知

各水庫應當在6月15日前完成檢修，養豬戶轉移安置由鄉鎮負責。
""",
}


def write_reports(folder: Path) -> Path:
    """Write the reports into `folder` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in REPORTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A fresh folder of reports that a test may change."""
    return write_reports(tmp_path / "corpus")


@pytest.fixture(scope="session")
def index_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built index of the reports; not to be changed."""
    root = tmp_path_factory.mktemp("shared")
    build(write_reports(root / "corpus"), root / "index")
    return root / "index"


@pytest.fixture
def index(index_dir: Path) -> Index:
    """The index of the reports, open."""
    return open_index(index_dir)


@pytest.fixture(scope="session")
def collections() -> Path:
    """The folder of real collections, where there is one beside the project."""
    folder = Path(__file__).parents[2] / "shared" / "eval"
    if not folder.is_dir():
        pytest.skip("the real collections are not beside the project")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; not for the session, as it keeps an event loop in this thread."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip("no Chromium or Chrome is installed, so the chat page cannot be opened")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def windows(browser: Browser) -> Iterator[dict[str, BrowserContext]]:
    """The windows a page is looked at in, by name; their caches outlive a test."""
    from visit import windows_of

    opened = windows_of(browser)
    yield opened
    for context in opened.values():
        context.close()


@pytest.fixture
def desk(windows: dict[str, BrowserContext], server: Served) -> Iterator[Visit]:
    """The page at a desk, of the `server` of the module.

    Every test that uses it also checks that no other host was asked and nothing went wrong.
    """
    from visit import visit

    with visit(windows["desk"], server.address) as opened:
        yield opened


@pytest.fixture
def phone(windows: dict[str, BrowserContext], server: Served) -> Iterator[Visit]:
    """The page on a phone."""
    from visit import visit

    with visit(windows["phone"], server.address) as opened:
        yield opened
