"""The quantities of a text: how Chinese reports write numbers, read as value and unit.

`1.37万亿斤`, `百分之七`, `两成`, `“十四五”` and `6.5%-7%` are all read. A numeral that is part of
a word (一些, 统一, 三农, 万一, 十分) is not: a single Chinese numeral counts only before a unit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from index.fold import fold
from index.numerals import arabic, value_of
from index.units import CLEAR, COUNTERS, LONGEST, NAMES, PER, SHARES, SIGNS, same_unit

Kind = Literal["amount", "date", "ordinal"]
Bound = Literal["", "about", "above", "below"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity: `text[start:end]`, number and unit.

    `value` is in ones of `unit`: 1.37万亿斤 is 1370000000000 斤. Shares are in %: 两成 is 20,
    三分之一 is 33.3…. `high` is the upper end of a range, of which `value` is the lower one.
    `unit` is the usual name of the unit, "" where none is known. A date gives one quantity for
    each of its parts (年, 月, 日, 时, 分, 秒). A year, a month, a day and a time of the clock are
    of the kind "date", 第三 is an "ordinal". A five-year plan is its first and last year. `bound`
    says that the number is a round one: "about" (约, 左右), "above" (超过, 以上, 多) or "below"
    (不足, 以内).
    """

    start: int
    end: int
    value: Decimal
    unit: str
    kind: Kind = "amount"
    bound: Bound = ""
    high: Decimal | None = None


_SPACE = "[ \u00a0]?"
_DIGIT = "零〇○一二三四五六七八九"
# 千 and 百 belong to the number, but not in 千瓦, 百帕 and 百分之.
_SCALE = "(?:[十万亿]|百(?!帕|分[之点])|千(?![瓦克米伏卡赫焦]|分[之点]))"
_HAN = f"(?:[{_DIGIT}两廿卅]|{_SCALE})+(?:点[{_DIGIT}]+(?![十百]))?"
# What comes behind a number whose digits a typesetter has spaced out.
_SPACED = f"(?={_SPACE}[%‰年月日万亿千百元个人名件户项吨斤亩米平公立套所座家条台辆倍美岁])"
_ARABIC = (
    rf"(?:\d(?:(?: \d){{1,15}}(?: ?\.(?: ?\d){{1,9}})?| \.(?: ?\d){{1,9}}){_SPACED}"
    r"|(?<![a-z-])(?<![a-z] )\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3}){1,5}(?!\d)"
    rf"(?:\.\d+|{_SPACED})"
    r"|\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?"
    rf"|\d+·\d+(?={_SPACE}[%‰万亿倍])"
    r"|\d+(?:\.\d+)?)"
)
# 1亿2千万, 5千多万; 2022百强 is no number.
_SCALES = (
    rf"(?:(?:(?:(?<=\d)[ \u00a0])?[多余几来]?[万亿]|(?<!\d\d\d\d)[多余几来]?{_SCALE})+"
    r"(?:\d+(?=[百千万]))?)*"
)
_NUMBER = f"(?:{_ARABIC}|{_HAN}){_SCALES}"
_PLAN = "[一二三四五六七八九十]{1,2}"

# Each alternative is one named group, which its reader takes apart.
_ANY = re.compile(
    r"(?P<date>\d{4}(?P<mark>[-/.])\d{1,2}(?P=mark)\d{1,2}(?![\d.])"
    r"|\d{1,2}:[0-5]\d(?::[0-5]\d)?(?!\d))"
    r"|(?P<dotted>\d+(?:\.\d+){2,})"  # the number of a version or an address
    rf"|(?P<plan>[“\"「『‘']{_PLAN}五[”\"」』’']|第{_PLAN}个五年(?=规划|计划)"
    rf"|{_PLAN}五(?=规划|计划|时期|期间|以来|末|开局|收官))"
    rf"|(?P<share>(?:\d+|{_HAN}|[百千万])分之(?:{_NUMBER}|百)"
    r"|(?<![/\d])\d/(?:[2-9]|10)(?![\d/.a-z]))"
    r"|(?P<half>一半|(?<![上下前后大事夜多])半(?=个?(?:年|月|小时|天|世纪|公里|亩|斤)(?![报度])))"
    rf"|(?P<ordinal>第{_NUMBER})"
    rf"|(?P<number>[一二][0{_DIGIT}]{{3}}(?={_SPACE}年)|{_NUMBER})"
)
_TO = re.compile(r" ?(?:[-–—−~～]{1,2}|至|到) ?")
_ENDS_OF_RANGE = frozenset("-–—−~～至到 ")
_ROUND = "多余几来"
_NOT_IN_VALUE = str.maketrans({"·": ".", **dict.fromkeys(" \u00a0\u2009\u202f," + _ROUND)})
_DECIMAL = re.compile(r"\d+(?:\.\d+)?")
_DIGITS_ONLY = re.compile(f"[0{_DIGIT}]+")
_ONLY_SCALES = re.compile("[十百千万亿]+")
# 三四十, 两三年: from three to four.
_NEIGHBOURS = re.compile("(.*?)(一[两二]|[二两]三|三四|四五|五六|六七|七八|八九)([十百千万亿]*)")
_GROUP = re.compile("[万亿]+")
_LATIN = re.compile("[a-zμ°][a-z²³·]*")
# Words in which a numeral and a unit only seem to stand: 统一个人, 周三天气, 一次性.
_WORD_BEFORE = re.compile("[统唯单专逐划归合进不同某每任]一|周.|期[一二三四五六]天")
_WORD_BEHIND = re.compile("次性|元化|条龙|台山|台湾|人民|级别|类似|年级|天天|个个")
_NO_SHARE = re.compile("成[为功就立果员长熟分都效绩品语交活才型不]")
_MINUS = re.compile("(?:零下|负|(?<![a-z0-9)])[-−])$")
# 几千万, 上百万 and 成百上千 leave open how many.
_UNKNOWN_COUNT = frozenset("几数上成好若")

# 两年半; and 近 before these means the last ones, not nearly.
_HALVED = frozenset("年天斤亩倍里")
_SPANS = frozenset({"年", "个月", "周", "天", "日", "小时", "月"})

# What a unit may be divided by: 元/吨, km/h.
_DIVISORS = NAMES | PER

# The unit of a numeral alone until it is seen whether it begins or ends a range: 三至五年.
_LONE = "?"

_BEFORE: dict[str, Bound] = {
    **dict.fromkeys(("约", "近", "大概", "大致"), "about"),
    **dict.fromkeys(("最近", "附近", "临近", "条约", "制约", "节约", "公约", "契约", "合约"), ""),
    **dict.fromkeys(("超", "超过", "逾", "突破", "高于", "大于", "多于", "至少"), "above"),
    **dict.fromkeys(("不少于", "不低于", "不下于"), "above"),
    **dict.fromkeys(("不到", "不足", "低于", "小于", "少于", "至多", "最多"), "below"),
    **dict.fromkeys(("不超过", "不高于", "不多于"), "below"),
}
_BEHIND: dict[str, Bound] = {
    **dict.fromkeys(("以上", "多", "余"), "above"),
    **dict.fromkeys(("以下", "以内", "之内"), "below"),
    **dict.fromkeys(("左右", "上下"), "about"),
}
_INNER = re.compile("[多余几来]")
_BETWEEN: dict[str, Bound] = {"多": "above", "余": "above", "几": "above", "来": "about"}


def quantities(text: str) -> list[Quantity]:
    """Return the quantities of `text` in order; none overlaps another."""
    folded = fold(text)
    found: list[Quantity] = []
    for match in _ANY.finditer(folded):
        if found and match.start() < found[-1].end:
            continue  # 一个半小时 is read, its 半小时 is not
        for part in _READERS[match.lastgroup](folded, *match.span()):
            joined = _range(folded, found[-1], part) if found else None
            if joined:
                found[-1] = joined
            else:
                found.append(part)
    return [part for part in found if part.unit != _LONE]


def same(one: Quantity, other: Quantity) -> bool:
    """Return whether two quantities state the same: 7% and 百分之七 (and 0.07), 0.35亿元 and
    3500万元. A unit that is not known may be any, and counting words stand for each other."""
    if (one.value, one.high) == (other.value, other.high) and same_unit(one.unit, other.unit):
        return True
    return _is_ratio(one, other) or _is_ratio(other, one)


def _is_ratio(number: Quantity, share: Quantity) -> bool:
    return not number.unit and share.unit == "%" and number.value * 100 == share.value


def _date(folded: str, start: int, stop: int) -> Iterator[Quantity]:
    units = "时分秒" if ":" in folded[start:stop] else "年月日"
    for match, unit in zip(re.finditer(r"\d+", folded[start:stop]), units, strict=False):
        begin, end = start + match.start(), start + match.end()
        yield Quantity(begin, end, Decimal(match.group()), unit, "date")


def _dotted(folded: str, start: int, stop: int) -> Iterator[Quantity]:
    yield from ()


def _plan(folded: str, start: int, stop: int) -> Iterator[Quantity]:
    """The first plan ran from 1953 to 1957, the third from 1966 and each further one for five
    years after that; 1963 to 1965 belong to none."""
    plan = folded[start:stop].strip("第“”\"「」『』‘’'")
    number = value_of(plan.removesuffix("个五年") if plan.endswith("年") else plan[:-1])
    if number is not None and number <= 20:
        first = 1948 + 5 * number + (3 if number > 2 else 0)
        yield Quantity(start, stop, Decimal(first), "年", "date", high=Decimal(first + 4))


def _share(folded: str, start: int, stop: int) -> Iterator[Quantity]:
    """Read 百分之七, 三分之一 and 1/3."""
    above, slash, below = folded[start:stop].partition("/")
    if not slash:
        below, _, above = folded[start:stop].partition("分之")
    # 百 and 千 are numbers here.
    whole, part = (_value(form) or _value("一" + form) for form in (below, above))
    if whole and part is not None:
        yield _bounded(folded, Quantity(start, stop, part * 100 / whole, "%"))


def _half(folded: str, start: int, stop: int) -> Iterator[Quantity]:
    half = Quantity(start, stop, Decimal(50), "%")
    if folded[start] == "半":
        unit, end = _unit(folded, stop)
        half = Quantity(start, end, Decimal("0.5"), unit)
    yield _bounded(folded, half)


def _ordinal(folded: str, start: int, stop: int) -> Iterator[Quantity]:
    value = _value(folded[start + 1 : stop])
    if value is not None:
        unit, end = _unit(folded, stop)
        yield Quantity(start, end, value, unit, "ordinal")


def _number(folded: str, start: int, stop: int) -> Iterator[Quantity]:
    bound = _BETWEEN.get(folded[stop : stop + 1], "")
    behind = stop + bool(bound)
    half = folded.startswith("个半", behind)  # 一个半小时
    unit, end = _unit(folded, behind + 2 * half)
    if not unit:
        half, end, bound = False, stop, "" if bound == "about" else bound
    numeral, name = folded[start:stop], folded[behind:end].strip()
    values = _values(numeral, unit, bound, folded[start - 1 : start])
    if values is None or _is_name(folded, start, end, name):
        return
    if len(numeral) == 1 and numeral.isalpha() and not _counts(folded, start, end, name):
        if _ENDS_OF_RANGE & {folded[start - 1 : start], folded[stop : stop + 1]}:
            yield Quantity(start, stop, values[0], _LONE)
        return
    if not bound and (inner := _INNER.search(numeral)):
        bound = _BETWEEN[inner.group()]
    if half:
        values = (values[0] + Decimal("0.5"), None)
    part = Quantity(start, end, values[0], unit, "amount", bound, values[1])
    yield _bounded(folded, _signed(folded, _classed(folded, part, numeral, name)))


def _values(
    numeral: str, unit: str, bound: Bound, before: str
) -> tuple[Decimal, Decimal | None] | None:
    """Return the value of a number, and its upper end if it is one of 三四十; None if it is no
    number. What stands before and behind it decides what 千万 and 五八 are."""
    if _DIGITS_ONLY.fullmatch(numeral) and len(numeral) > 1 and not numeral.isdecimal():
        return _in_digits(numeral, unit)
    if neighbours := _NEIGHBOURS.fullmatch(numeral):
        prefix, pair, scales = neighbours.groups()
        low, high = (_value(prefix + digit + scales) for digit in pair)
        return (low, high) if low is not None and high is not None else None
    if before in ("几", "数") and numeral[0] in "十百千万亿":
        return None
    value = _value(numeral)
    if value is None and _ONLY_SCALES.fullmatch(numeral) and before not in _UNKNOWN_COUNT:
        measured = len(numeral) > 1 and unit and unit not in COUNTERS
        value = _value("一" + numeral) if measured or bound == "above" else None
    return None if value is None else (value, None)


def _in_digits(numeral: str, unit: str) -> tuple[Decimal, Decimal | None] | None:
    """Read 二〇二三, 五八 (of a year), 三〇一 and 两三 (of a unit), but no other row of digits."""
    value = Decimal(arabic(numeral))
    if len(numeral) == 2 and unit:
        if _NEIGHBOURS.fullmatch(numeral):
            return Decimal(arabic(numeral[0])), Decimal(arabic(numeral[1]))
        return (1900 + value, None) if unit == "年" and value >= 40 else None
    is_number = len(numeral) == 4 and numeral[0] in "一二" or re.search("[零〇○]", numeral)
    return (value, None) if is_number else None


def _value(numeral: str) -> Decimal | None:
    """Return the value of a number as it is written, separators and 多 among it."""
    plain = numeral.translate(_NOT_IN_VALUE)
    value = plain if _DECIMAL.fullmatch(plain) else value_of(plain)
    return None if value is None else Decimal(value)


def _unit(folded: str, at: int) -> tuple[str, int]:
    """Return the usual name of the unit at an offset and where it ends; "" where there is none."""
    space = folded[at : at + 1] in (" ", "\u00a0")
    begin = at + space
    name = _name_at(folded, begin)
    if not name:
        return "", at
    end, unit = begin + len(name), "%" if name in SHARES else NAMES[name]
    per = _name_at(folded, end + 1, _DIVISORS) if folded.startswith("/", end) else ""
    return (f"{unit}/{_DIVISORS[per]}", end + 1 + len(per)) if per in _DIVISORS else (unit, end)


def _name_at(folded: str, at: int, names: Mapping[str, str] = NAMES) -> str:
    """Return the longest name of a unit that stands at an offset, "" if none does."""
    first = folded[at : at + 1]
    if first in SHARES:
        return "" if _NO_SHARE.match(folded, at) else first
    if latin := _LATIN.match(folded, at):
        return latin.group() if latin.group() in names else ""
    sizes = range(min(LONGEST, len(folded) - at), 0, -1)
    return next((name for size in sizes if (name := folded[at : at + size]) in names), "")


def _is_name(folded: str, start: int, end: int, name: str) -> bool:
    """Return whether Arabic digits belong to a name: 5G, GPT-4, H20; but not in GDP5000亿元."""
    if not folded[start].isascii():
        return False
    if not name and folded[end - 1].isdigit() and _LATIN.match(folded, end):
        return True
    before = folded[max(0, start - 2) : start].rstrip("-")
    return bool(_LATIN.match(before[-1:])) and (not name or name in COUNTERS)


def _counts(folded: str, start: int, end: int, name: str) -> bool:
    """Return whether the single Chinese numeral before a unit of this name is a number."""
    if len(name) < 2 and name not in CLEAR and name not in SHARES:
        return False
    if name == "番" and "翻" not in folded[max(0, start - 2) : start]:
        return False
    in_word = start > 0 and _WORD_BEFORE.match(folded, start - 1)
    return not in_word and not _WORD_BEHIND.match(folded, end - 1)


def _classed(folded: str, part: Quantity, numeral: str, name: str) -> Quantity:
    """Return a number as a share, as part of a date, or with the half that follows its unit."""
    if name in SHARES:
        high = part.high and part.high * SHARES[name]
        return replace(part, value=part.value * SHARES[name], high=high)
    if part.unit == "年" and 1000 <= part.value < 2200 and len(numeral.replace(" ", "")) in (2, 4):
        return replace(part, kind="date")
    if (part.unit == "月" and part.value <= 12) or (part.unit == "日" and part.value <= 31):
        return replace(part, kind="date")
    if part.unit == "号" and folded[part.start - 1 : part.start] == "月":
        return replace(part, unit="日", kind="date")
    if folded.startswith("半", part.end) and part.unit in _HALVED:
        return replace(part, value=part.value + Decimal("0.5"), end=part.end + 1)
    return part


def _signed(folded: str, part: Quantity) -> Quantity:
    """Return a number with the sign before it: -0.3%, 负0.3%, 零下5℃, ￥3.2亿."""
    before = folded[max(0, part.start - 2) : part.start]
    sign = before[-1:]
    if sign in SIGNS and part.unit in ("", SIGNS[sign]):
        return replace(part, start=part.start - 1, unit=SIGNS[sign])
    measured = part.unit and part.unit not in COUNTERS and part.kind == "amount"
    if measured and _MINUS.search(before):
        width = 1 + (before == "零下")
        high = part.high and -part.high
        return replace(part, start=part.start - width, value=-part.value, high=high)
    return part


def _bounded(folded: str, part: Quantity) -> Quantity:
    """Return a number with what is said of its being a round one."""
    if part.kind == "date":
        return part
    at = part.start - (folded[part.start - 1 : part.start] == " ")
    at -= folded[max(0, at - 1) : at] == "了"
    key = next((k for n in (3, 2, 1) if (k := folded[max(0, at - n) : at]) in _BEFORE), "")
    bound = _BEFORE.get(key, "")
    # 近十年 are the last ten years.
    if key == "近" and part.unit in _SPANS:
        bound = ""
    behind = folded[part.end : part.end + 2]
    bound = part.bound or bound or _BEHIND.get(behind) or _BEHIND.get(behind[:1], "")
    return replace(part, bound=bound) if bound else part


def _range(folded: str, low: Quantity, high: Quantity) -> Quantity | None:
    """Return two numbers as the ends of one range, or None if they are none: 30%—35%, 3至5年."""
    if high.value < 0 and high.start == low.end:
        high = replace(high, start=high.start + 1, value=-high.value)  # 15%-20%: no minus
    between = folded[low.end : high.start]
    if not between or len(between) > 4 or not _TO.fullmatch(between):
        return None
    if low.high is not None or high.high is not None or "ordinal" in (low.kind, high.kind):
        return None
    bare_low, bare_high = (part.unit in ("", _LONE) for part in (low, high))
    by_hundred = bare_high and low.unit == "%" and folded[low.end - 1] != "%"  # 百分之二到三
    if not (bare_low or by_hundred or low.unit == high.unit):
        return None
    value = low.value * _scale_of(folded, low, high) if bare_low else low.value
    if value >= high.value:
        return None
    unit = low.unit if bare_high else high.unit
    joined = replace(high, start=low.start, value=value, high=high.value)
    if bare_low and bare_high and value >= 1900 and high.value <= 2100:
        return replace(joined, unit="年", kind="date")  # 2003到2007
    return replace(joined, unit="" if unit == _LONE else unit, bound=high.bound or low.bound)


def _scale_of(folded: str, low: Quantity, high: Quantity) -> Decimal:
    """Return what the bare lower end of a range is multiplied by: 3 of 3—5亿元 by 亿."""
    share = SHARES.get(folded[high.end - 1], Decimal(1)) if high.unit == "%" else Decimal(1)
    group = _GROUP.search(folded, high.start, high.end)
    if group is None or _GROUP.search(folded, low.start, low.end):
        return share
    size = Decimal(10) ** (4 * group.group().count("万") + 8 * group.group().count("亿"))
    return size if low.value < high.value / size else share


_READERS: dict[str | None, Callable[[str, int, int], Iterator[Quantity]]] = {
    "date": _date,
    "dotted": _dotted,
    "share": _share,
    "plan": _plan,
    "half": _half,
    "ordinal": _ordinal,
    "number": _number,
}
