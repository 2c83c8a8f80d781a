"""Tables for the terminal: why a passage was found, how good the answers to questions are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE, SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rag.evaluate import Change, Evaluation
    from rag.fit import Fitted, Trial
    from rag.measures import Figure
    from rag.types import Hit

# Words of an explanation that have a line of their own; the rest stand in one.
WORDS_SHOWN = 12

_NAMES = {
    "recall@1": "首段找到", "recall@5": "前5段", "recall@10": "前10段", "mrr@10": "MRR@10",
    "answer": "要点齐全", "element": "要点比例", "cited": "引到原句", "cite-prec": "引文属实",
    "declined": "误拒", "rejected": "该拒而拒", "p50": "中位秒数", "p95": "95%秒数",
    "right": "答对",
}  # fmt: skip
_TABLES = {
    "找到没有（可回答的问题）": ("recall@1", "recall@5", "recall@10", "mrr@10"),
    "答得怎样（可回答的问题）": ("answer", "element", "cited", "cite-prec"),
    "拒答与用时": ("declined", "rejected", "p50", "p95"),
}
METHOD = "下行为 95% 区间：比例用 Wilson 法，MRR、要点比例、引文属实和秒数用自助法（1000 次）。"
CHANGE_METHOD = "p：两侧精确二项检验，对错即 McNemar 检验，MRR 即符号检验；小于 0.05 才算有别。"


def explanation_tables(hit: Hit, plain: Callable[[str], str]) -> list[Table]:
    """Return what the score of an explained hit is made of, and its words. `plain` makes text of
    the reports safe to show."""
    told = hit.explanation
    if told is None:
        return []
    terms = Table(box=SIMPLE, pad_edge=False)
    for name, side in (("依据", "left"), ("数值", "left"), ("得分", "right")):
        terms.add_column(name, justify=side)
    years = "、".join(map(str, hit.years))
    terms.add_row("含义", f"余弦 {hit.dense or 0:.3f}", f"{told.dense:.3f}")
    terms.add_row("词语", f"BM25 {hit.lexical or 0:.2f}", f"{told.lexical:.3f}")
    terms.add_row("年份", f"说的是 {years} 年" if years else "看不出年份", f"{told.period:.3f}")
    if told.reranked is not None:
        terms.add_row("重排", "模型打分", f"{told.reranked:.3f}")
    terms.add_row("合计", "", f"{hit.score:.3f}")
    if not told.words:
        return [terms]
    words = Table(box=SIMPLE, pad_edge=False)
    words.add_column("命中的词或相邻两字")
    for name in ("正文", "标题和小标题", "BM25"):
        words.add_column(name, justify="right")
    rest = told.words[WORDS_SHOWN:]
    rows = [(plain(word.word), word.text, word.label) for word in told.words[:WORDS_SHOWN]]
    if rest:
        sums = sum(word.text for word in rest), sum(word.label for word in rest)
        rows.append((f"其余 {len(rest)} 个", *sums))
    for name, text, label in rows:
        words.add_row(Text(name), f"{text:.2f}", f"{label:.2f}", f"{text + label:.2f}")
    return [terms, words]


def fitted_lines(fitted: Fitted) -> list[str]:
    """Return what fitting the weights came to, a line each for the order and the confidence."""
    from rag.fit import LEAST_EACH, LEAST_RANKED

    return [
        _trial_line("段落次序，平均倒数排名（越高越好）", fitted.order, LEAST_RANKED),
        _trial_line("把握，对数损失（越低越好）", fitted.sure, 2 * LEAST_EACH),
    ]


def _trial_line(name: str, trial: Trial, least: int) -> str:
    if trial.before is None or trial.after is None:
        return (
            f"{name}：只有 {trial.questions} 个问题可用，或者答对、答错的太少"
            f"（至少要 {least} 个），没有调整。"
        )
    outcome = "已采用" if trial.taken else "没有明显更好，未采用"
    return (
        f"{name}：原有 {trial.before:.3f}，调整后 {trial.after:.3f}"
        f"（{trial.questions} 个问题，五折交叉验证），{outcome}。"
    )


def figure_tables(evaluation: Evaluation, plain: Callable[[str], str]) -> list[Table]:
    """Return the figures of all questions and of each type, each with its interval below it."""
    groups = {"全部": evaluation.figures}
    if len(evaluation.by_type) > 1:
        groups |= evaluation.by_type
    return [_figure_table(title, names, groups, plain) for title, names in _TABLES.items()]


def _figure_table(
    title: str,
    names: Sequence[str],
    groups: Mapping[str, Mapping[str, Figure]],
    plain: Callable[[str], str],
) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("题型")
    table.add_column("题数", justify="right")
    for name in names:
        table.add_column(_NAMES[name], justify="right")
    for group, figures in groups.items():
        shown = [figures[name] for name in names if name in figures]
        if shown:
            count = str(max(figure.count for figure in shown))
            cells = [_cell(name, figures.get(name)) for name in names]
            table.add_row(Text(plain(group)), count, *cells)
    return table


def _cell(name: str, figure: Figure | None) -> str:
    if figure is None:
        return "—"
    if name in {"p50", "p95"}:
        return f"{figure.value:.2f}\n{figure.low:.2f}–{figure.high:.2f}"
    return f"{figure.value:.3f}\n{figure.low:.2f}–{figure.high:.2f}"


def change_table(changes: Mapping[str, Change]) -> Table:
    """Return how many questions are better and worse than before, figure by figure."""
    table = Table(title="与旧结果相比", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("指标")
    for name in ("旧", "新", "变好", "变差", "p"):
        table.add_column(name, justify="right")
    for name, change in changes.items():
        counts = str(len(change.better)), str(len(change.worse))
        table.add_row(
            _NAMES[name], f"{change.old:.3f}", f"{change.new:.3f}", *counts, f"{change.p:.3f}"
        )
    return table
