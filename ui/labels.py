"""Every word the screen says of itself, once per language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Literal, TypeVar

from rag.feedback import Reason

Language = Literal["zh", "zh-Hant", "en"]
Words = TypeVar("Words")


@dataclass(frozen=True, slots=True)
class Labels:
    """The words of one language, whose tag is `code`. Braces are filled with `str.format`."""

    code: str
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
    as_typed: str
    all_verified: str
    some_verified: str
    nearest_are: str
    extracted_in: str
    extract: str
    model: str
    copy: str
    copied: str
    export_markdown: str
    export_word: str
    everything: str
    only: str
    first_year: str
    last_year: str
    titles: str
    widen: str
    years: str
    years_from: str
    years_to: str
    title_has: str
    either: str
    kept_to: str
    refused_within: str
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
    open: str
    gone: str
    close: str
    previous: str
    next: str
    find: str
    published: str
    document_text: str
    original: str
    page_back: str
    page_on: str
    page_of: str
    sheet: str
    looking: str
    no_place: str
    no_page: str
    ask_page: str
    collection: str
    sign_out: str
    pages_of_app: str
    too_long: str
    reports: str
    updated: str
    today: str
    yesterday: str
    retry: str
    edit: str
    change: str
    editing: str
    cancel: str
    useful: str
    useless: str
    thanks: str
    reasons: dict[Reason, str]
    comment: str
    source_changed: str
    source_gone: str
    history: str
    history_find: str
    history_empty: str
    history_not_found: str
    history_questions: str
    history_rename: str
    history_remove: str
    history_sure: str
    history_markdown: str
    history_word: str
    history_where: str
    why: str
    why_how: str
    why_meaning: str
    why_words: str
    why_years: str
    why_reranked: str
    why_total: str
    why_in_text: str
    why_in_label: str
    why_speaks_of: str
    why_between: str
    plot_unit: str
    plot_point: str
    plot_planned: str
    plot_has_plans: str
    plot_missing: str
    plot_between: str


ZH = Labels(
    code="zh-CN",
    language="语言",
    name="问据",
    tagline="向一批报告提问，每句回答都指明出处。",
    conversation="对话",
    question="问题",
    placeholder="问一个报告里能找到答案的问题……",
    send="发送",
    stop="停止",
    clear="新对话",
    theme="深色或浅色",
    sources="来源（按引用顺序）",
    nearest="相近段落（未引用）",
    no_sources="回答里的每个角标，出处都会列在这里。",
    searching="正在查找……",
    empty_question="请先写下一个问题，再按发送。",
    stopped="已停止。",
    searched_as="按“{question}”检索",
    as_typed="按原话检索",
    all_verified="✓ {count} 处引文均已核实",
    some_verified="{count} 处引文，{verified} 处已核实",
    nearest_are="最接近的段落：",
    extracted_in="{seconds:.2f} 秒",
    extract="摘录",
    model="模型",
    copy="复制",
    copied="已复制",
    export_markdown="导出 Markdown",
    export_word="导出 Word",
    everything="筛选：全部报告",
    only="筛选：{conditions}",
    first_year="从哪一年",
    last_year="到哪一年",
    titles="标题含（可选，也可只写几个字）",
    widen="清除筛选",
    years="{first}–{last}年",
    years_from="{first}年及以后",
    years_to="{last}年及以前",
    title_has="标题含{titles}",
    either="或",
    kept_to="只检索{conditions}",
    refused_within="只检索了{conditions}的报告。清除筛选，可以在全部报告中检索。",
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
    open="打开原文，看这一处",
    gone="这份文档已从索引里移走或改动过，打不开了。",
    close="关闭",
    previous="上一处引文",
    next="下一处引文",
    find="在文中查找",
    published="发布于 {date}",
    document_text="全文",
    original="下载原文件",
    page_back="上一页",
    page_on="下一页",
    page_of="第 {page} / {count} 页",
    sheet="原页",
    looking="正在原页上找这一处……",
    no_place="这一处在原页上没有找到，请看左边的文字。",
    no_page="原文件已改动或移走，看不到原页；文字仍是建立索引时的。",
    ask_page="问答",
    collection="资料",
    sign_out="退出",
    pages_of_app="页面",
    too_long="问题太长（{count} 字），最多 {limit} 字。",
    reports="{count} 份报告",
    updated="更新于 {when}",
    today="今天",
    yesterday="昨天",
    retry="重试",
    edit="改问题",
    change="修改",
    editing="正在修改上一个问题：发送后，新的回答取代原来的。",
    cancel="取消修改",
    useful="有用",
    useless="没用",
    thanks="已记下。",
    reasons={
        "number": "数字不对",
        "subject": "答非所问",
        "source": "出处不对",
        "incomplete": "没有答全",
        "unanswerable": "报告里没有，应当拒答",
        "answerable": "报告里有，不该拒答",
    },
    comment="想补充什么？按回车保存",
    source_changed="原文件在回答之后有改动，以下是当时的文字。",
    source_gone="原文件已不在索引里，以下是当时的文字。",
    history="历史",
    history_find="在对话中查找",
    history_empty="还没有对话。问过的问题和回答会留在这里。",
    history_not_found="没有找到含这些字的对话。",
    history_questions="{count} 问",
    history_rename="改名",
    history_remove="删除",
    history_sure="确定删除？",
    history_markdown="Markdown",
    history_word="Word",
    history_where="对话只存在运行问据的这台机器上，别的用户看不到。",
    why="为什么是这些来源",
    why_how="每一段的得分由三部分相加而成，得分高的排在前面。",
    why_meaning="意思相近",
    why_words="用词相同",
    why_years="年份相符",
    why_reranked="重排",
    why_total="{points} 分",
    why_in_text="正文里有：{words}",
    why_in_label="标题或小标题里有：{words}",
    why_speaks_of="说的是 {years} 年",
    why_between="、",
    plot_unit="单位：{unit}",
    plot_point="{year}年：{words}，来源 {number}",
    plot_planned="{year}年计划：{words}，来源 {number}",
    plot_has_plans="实心为结果，空心为计划",
    plot_missing="{years}年没有可核实的数字",
    plot_between="、",
)

EN = Labels(
    code="en",
    language="Language",
    name="问据 Wenju",
    tagline="Ask a pile of reports; every statement shows where it comes from.",
    conversation="Conversation",
    question="Question",
    placeholder="Ask something the reports can answer…",
    send="Send",
    stop="Stop",
    clear="New",
    theme="Dark or light",
    sources="Sources, in the order they are cited",
    nearest="Nearest passages (not cited)",
    no_sources="The source of every mark in an answer is listed here.",
    searching="Searching…",
    empty_question="Please write a question first, then press Send.",
    stopped="Stopped.",
    searched_as="Searched as “{question}”",
    as_typed="Search exactly as typed",
    all_verified="✓ quotes verified: {count} of {count}",
    some_verified="quotes verified: {verified} of {count}",
    nearest_are="Nearest passages: ",
    extracted_in="{seconds:.2f} s",
    extract="extract",
    model="model",
    copy="Copy",
    copied="Copied",
    export_markdown="Export Markdown",
    export_word="Export Word",
    everything="Filter: all reports",
    only="Filter: {conditions}",
    first_year="From year",
    last_year="To year",
    titles="Title has (choose, or type a part)",
    widen="Clear filter",
    years="{first}–{last}",
    years_from="{first} and later",
    years_to="{last} and earlier",
    title_has="title with {titles}",
    either=" or ",
    kept_to="only {conditions}",
    refused_within="Searched only {conditions}. Clear the filter to search all reports.",
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
    open="Open the document at this place",
    gone="This document has been removed from the index or changed; it cannot be opened.",
    close="Close",
    previous="Previous citation",
    next="Next citation",
    find="Find in document",
    published="published {date}",
    document_text="Full text",
    original="Download the original",
    page_back="Previous page",
    page_on="Next page",
    page_of="Page {page} of {count}",
    sheet="Page view",
    looking="Looking for the passage on the page…",
    no_place="The passage was not found on the page; see the text.",
    no_page="The original has changed or is gone; the text is as it was indexed.",
    ask_page="Ask",
    collection="Collection",
    sign_out="Sign out",
    pages_of_app="Pages",
    too_long="The question is too long ({count} characters; {limit} at most).",
    reports="{count} reports",
    updated="updated {when}",
    today="today",
    yesterday="yesterday",
    retry="Retry",
    edit="Edit",
    change="Edit",
    editing="You are changing the last question; the new answer will replace the old one.",
    cancel="Cancel",
    useful="Useful",
    useless="Not useful",
    thanks="Noted.",
    reasons={
        "number": "wrong number",
        "subject": "beside the question",
        "source": "wrong source",
        "incomplete": "incomplete",
        "unanswerable": "not in the reports: should refuse",
        "answerable": "it is in the reports",
    },
    comment="Anything to add? Enter saves it",
    source_changed="The source has changed since this answer; this is its text as it was.",
    source_gone="The source is no longer in the index; this is its text as it was.",
    history="History",
    history_find="Search conversations",
    history_empty="No conversations yet. What you ask is kept here.",
    history_not_found="No conversation contains these words.",
    history_questions="questions: {count}",
    history_rename="Rename",
    history_remove="Delete",
    history_sure="Really delete?",
    history_markdown="Markdown",
    history_word="Word",
    history_where="Conversations stay on the machine that runs Wenju; no other user sees them.",
    why="Why these sources",
    why_how="A passage's score is the sum of three parts; the highest comes first.",
    why_meaning="meaning",
    why_words="words",
    why_years="year",
    why_reranked="reranking",
    why_total="{points} points",
    why_in_text="In the text: {words}",
    why_in_label="In the title or headings: {words}",
    why_speaks_of="Speaks of {years}",
    why_between=", ",
    plot_unit="Unit: {unit}",
    plot_point="{year}: {words}, source {number}",
    plot_planned="{year}, planned: {words}, source {number}",
    plot_has_plans="Full points are results, hollow ones plans",
    plot_missing="No verified number for {years}",
    plot_between=", ",
)


@cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC

    return OpenCC("s2twp").convert


# Where the converter takes a word for another one, the quotation marks, the tag of the language.
_TAIWAN = {
    "釋出": "發布", "許可權": "權限", "文本": "文字", "壓縮包": "壓縮檔", "查詢": "尋找",
    "“": "「", "”": "」", "zh-CN": "zh-TW",
}  # fmt: skip


def in_traditional(text: str) -> str:
    """Return the program's own words as they are written and said in Taiwan."""
    said = _converter()(text)
    for word, better in _TAIWAN.items():
        said = said.replace(word, better)
    return said


def traditional(words: Words) -> Words:
    """Return a record of Simplified words in Traditional ones."""
    said = {field.name: _traditional(getattr(words, field.name)) for field in fields(words)}
    return replace(words, **said)


def _traditional(words: str | Mapping[str, str]) -> str | dict[str, str]:
    if isinstance(words, str):
        return in_traditional(words)
    return {name: in_traditional(word) for name, word in words.items()}


class Languages(dict[str, Words]):
    """Records of words by language; the Traditional ones are made when they are first asked for."""

    def __missing__(self, language: str) -> Words:
        if language != "zh-Hant":
            raise KeyError(language)
        self[language] = traditional(self["zh"])
        return self[language]


LABELS = Languages({"zh": ZH, "en": EN})


def language_of(labels: Labels) -> str:
    """Return the language of words: "zh", "zh-Hant" or "en"."""
    return {"zh-TW": "zh-Hant", "en": "en"}.get(labels.code, "zh")
