"""A running chat over made-up reports, whose answers can be made to wait or to fail."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ports import free_port

from index import WenjuError, build, open_index
from index.errors import ModelFailed
from rag import Answer, Assistant, Retriever, Turn
from rag.filters import Filter
from ui.chat import build_app, launch

HOSTILE = (
    "云溪镇<script>alert(1)</script>[乙](javascript:alert(2))"
    "<img src=x onerror=alert(3)>[](http://evil.example/x.png)建成文化驿站17个。"
)
REPORTS = {
    "白沙县/白沙县2023年政府工作报告.md": """# 白沙县2023年政府工作报告

## 一、2022年工作回顾

过去一年全县上下同心协力。全县财政收入21.4亿元，比上年增长3.2%。新改建农村公路86公里，解决了三个乡镇的出行问题。

## 二、2023年工作安排

今年新增城镇就业4100人以上，城镇调查失业率控制在5.5%以内。
""",
    "白沙县/白沙县2024年政府工作报告.md": """# 白沙县2024年政府工作报告

## 一、2023年工作回顾

过去一年全县财政收入23.8亿元，比上年增长11.2%。新改建农村公路102公里。

回头看，2021年全县财政收入20.7亿元。
""",
    "云溪镇文化站简报.txt": f"云溪镇文化站简报\n\n{HOSTILE}全年放映露天电影126场。\n",
}
REVENUE = "2022年白沙县财政收入是多少？"
ROADS = "白沙县2023年新改建农村公路多少公里？"
UNANSWERABLE = "火星有几颗卫星？"


class Writer:
    """A language model that knows one answer, and breaks off where it is told to."""

    def stream(self, messages: list[dict[str, str]]) -> Iterator[str]:
        asked = messages[1]["content"]
        passages = re.findall(r"<资料 (\d+)>(.*?)</资料", asked, re.DOTALL)
        number = next(number for number, text in passages if "21.4亿元" in text)
        yield from ("<think>想", "一想</think>全县财政收入", "21.4亿元[", number)
        if "断开" in asked:
            message = "模型没有应答（连接被拒绝）"
            raise ModelFailed(message)
        yield "]。"


@dataclass
class Paced:
    """The real assistant, but one that can be made to wait or fail, so that a test needs no clock.

    A question that asks for it is answered by a language model.
    """

    assistant: Assistant
    written: Assistant
    go_on: threading.Event = field(default_factory=threading.Event)

    @property
    def retriever(self) -> Retriever:
        """What the real assistant searches with."""
        return self.assistant.retriever

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, keep: Filter | None = None
    ) -> Iterator[Answer]:
        if "失灵" in question:
            message = "模型没有应答（读不出 /home/someone/secret/model.bin），请稍后再试。"
            raise WenjuError(message)
        if "崩溃" in question:
            message = "a fault of our own"
            raise ZeroDivisionError(message)
        assistant = self.written if "模型" in question else self.assistant
        for answer in assistant.stream(question, history, keep=keep):
            yield answer
            if "慢慢" in question and answer.citations:
                self.go_on.wait(60)


@dataclass
class Server:
    """The running chat and what the tests need to reach of it."""

    address: str
    paced: Paced
    corpus: Path
    index_dir: Path


@contextmanager
def running(root: Path) -> Iterator[Server]:
    """Build the index of the reports below `root` and serve the chat of it."""
    corpus, index_dir = root / "corpus", root / "index"
    for name, text in REPORTS.items():
        path = corpus / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    build(corpus, index_dir)
    index = open_index(index_dir)
    paced = Paced(Assistant(index), Assistant(index, Writer()))
    app = build_app(index, assistant=paced)
    yield Server(launch(app, host="127.0.0.1", port=free_port()), paced, corpus, index_dir)
    paced.go_on.set()
    app.close(verbose=False)
