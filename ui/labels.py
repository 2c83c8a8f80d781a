"""Every word the screen says of itself, once per language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Labels:
    """The words of one language. Braces are filled with `str.format`."""

    language: str
    name: str
    tagline: str
    conversation: str
    question: str
    placeholder: str
    send: str
    stop: str
    clear: str
    theme: str
    sources: str
    nearest: str
    no_sources: str
    searching: str
    empty_question: str
    stopped: str
    searched_as: str
    all_verified: str
    some_verified: str
    nearest_are: str
    extracted_in: str
    failed: str
    fault: str
    verified: str
    partial: str
    unverified: str
    not_cited: str
    source: str
    page: str
    paragraph: str
    year: str
    back: str
    reports: str
    updated: str
    today: str
    yesterday: str


ZH = Labels(
    language="语言",
    name="问据",
    tagline="向一批报告提问，每句回答都指明出处。",
    conversation="对话",
    question="问题",
    placeholder="问一个报告里能找到答案的问题……",
    send="发送",
    stop="停止",
    clear="清空",
    theme="深色或浅色",
    sources="来源（按引用顺序）",
    nearest="相近段落（未引用）",
    no_sources="回答里的每个角标，出处都会列在这里。",
    searching="正在查找……",
    empty_question="请先写下一个问题，再按发送。",
    stopped="已停止。",
    searched_as="按“{question}”检索",
    all_verified="✓ {count} 处引文均已核实",
    some_verified="{count} 处引文，{verified} 处已核实",
    nearest_are="最接近的段落：",
    extracted_in="{seconds:.2f} 秒",
    failed="出了问题：",
    fault="程序内部出错，详情见运行 wenju 的终端。",
    verified="✓ 已核实",
    partial="部分核实",
    unverified="未核实",
    not_cited="未引用",
    source="来源 {number}",
    page="第{page}页",
    paragraph="第{paragraph}段",
    year="{year}年",
    back="回到回答中的角标 {number}",
    reports="{count} 份报告",
    updated="更新于 {when}",
    today="今天",
    yesterday="昨天",
)

EN = Labels(
    language="Language",
    name="问据 Wenju",
    tagline="Ask a pile of reports; every statement shows where it comes from.",
    conversation="Conversation",
    question="Question",
    placeholder="Ask something the reports can answer…",
    send="Send",
    stop="Stop",
    clear="Clear",
    theme="Dark or light",
    sources="Sources, in the order they are cited",
    nearest="Nearest passages (not cited)",
    no_sources="The source of every mark in an answer is listed here.",
    searching="Searching…",
    empty_question="Please write a question first, then press Send.",
    stopped="Stopped.",
    searched_as="Searched as “{question}”",
    all_verified="✓ quotes verified: {count} of {count}",
    some_verified="quotes verified: {verified} of {count}",
    nearest_are="Nearest passages: ",
    extracted_in="{seconds:.2f} s",
    failed="Something went wrong: ",
    fault="an internal error; the terminal that runs wenju has the details.",
    verified="✓ verified",
    partial="partly verified",
    unverified="not verified",
    not_cited="not cited",
    source="Source {number}",
    page="p. {page}",
    paragraph="¶ {paragraph}",
    year="{year}",
    back="Back to mark {number} in the answer",
    reports="{count} reports",
    updated="updated {when}",
    today="today",
    yesterday="yesterday",
)

LABELS: dict[str, Labels] = {"zh": ZH, "en": EN}
