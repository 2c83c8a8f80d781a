"""The kind of answer that a question asks for, and whether a sentence gives one of that kind."""

from __future__ import annotations

import re
from typing import Literal

from index.fold import fold
from index.quantity import Quantity, quantities
from index.units import LONGEST, NAMES

Kind = Literal["", "money", "date", "share", "amount"]

# 哪几个 asks for the ones themselves, and so does what stands behind 几家企业: 几 asks for a number
# only where nothing else asks.
_HOW_MANY = r"(?:多少|(?<![哪第])几(?=[^乎何])(?!.*(?:哪|什么|谁|怎|为何|如何))|多[大高长远久重])"
# 几个方面 and 几点 ask for the points themselves.
_POINTS = "个?(?:方面|[点条步性句样种类处层代])"
_ASKED: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "money",
        re.compile(
            "(?:多少|几)[万亿]*(?:钱|元|块(?![金银铜地])|[美欧日港澳]元|英镑)|什么价|how much money"
            "|(?:多少|几)[万亿]*[\u4e00-\u9fff]{0,4}(?:资金|经费|费用|赔偿|补贴|奖金|贷款|款)"
            "|(?:造价|价格|售价|定价|利润|亏损|营收|收入|工资|金额|费用|经费)[是为有达到了]*多少"
            "|亏了多少"
        ),
    ),
    (
        "date",
        re.compile(r"哪一?[年月天日]|哪几年|什么时候|何时|几月|几号|哪个?月|\bwhen\b|which year"),
    ),
    (
        "share",
        re.compile(
            "百分之[几多]|(?:多少|几)个?百分点|percent"
            "|(?:增速|比例|比重|占比|[率幅])(?:[是为有达]|大[约概])*多少"
        ),
    ),
    ("amount", re.compile(rf"{_HOW_MANY}(?!{_POINTS})|how (?:many|much|long|large)")),
)
_SHARES = frozenset(("%", "‰", "百分点", "倍", "番", "成"))
_MONEY = re.compile("[元镑币]$|卢布|卢比|法郎")
# Measure words of a line may stand for each other: 几个项目 is answered by 5项.
_MEASURES = """
个 项 件 种 处 座 所 家 条 套 支 份 款 起 宗 类 批
人 名 位 人次 例 户 口
辆 台 架 艘 部
枚 块
次 回 场 轮
年 月 个月 天 日 岁 周 小时 分钟
吨 斤 公斤 千克 担
公里 里 米 千米
"""
_BEHIND = re.compile(rf"(?:多少|(?<!第)几)[万亿]*(\w{{1,{LONGEST}}})")
_ALIKE = tuple(frozenset(line.split()) for line in _MEASURES.split("\n"))


def kind_asked(question: str) -> Kind:
    """Return the kind of quantity that a question asks for, "" where it asks for none."""
    folded = fold(question)
    return next((kind for kind, form in _ASKED if form.search(folded)), "")


def unit_asked(question: str) -> str:
    """Return the usual name of the unit that stands behind 多少 or 几, "" where none does."""
    for asked in _BEHIND.finditer(fold(question)):
        for length in range(LONGEST, 0, -1):
            if unit := NAMES.get(asked[1][:length]):
                return unit
    return ""


def gives(kind: Kind, unit: str, sentence: str) -> bool:
    """Return whether a sentence gives a quantity of this kind and, where it is a known measure
    word, with this unit or one that may stand for it; True where none is asked for."""
    return not kind or bool(answering_spans(kind, unit, sentence))


def answering_spans(kind: Kind, unit: str, sentence: str) -> list[tuple[int, int]]:
    """Return the (start, end) offsets of the quantities of this kind, and with this unit or one
    that may stand for it; none where no quantity is asked for."""
    if not kind:
        return []
    return [(q.start, q.end) for q in quantities(sentence) if _is(kind, unit, q)]


def _is(kind: Kind, unit: str, quantity: Quantity) -> bool:
    if kind == "date":
        return quantity.kind == "date"
    if quantity.kind != "amount":
        return False
    if kind == "share":
        return quantity.unit in _SHARES
    if kind == "money":
        return bool(_MONEY.search(quantity.unit)) and unit in ("", quantity.unit)
    alike = next((group for group in _ALIKE if unit in group), frozenset((unit,)))
    return not unit or quantity.unit in alike
