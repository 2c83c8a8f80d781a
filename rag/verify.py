"""Whether a statement says no more than the quotes that it cites.

What decides the meaning of a sentence must stand in the quotes: its numbers, its years, its names,
what it denies, whether something rose or fell, and enough of its words. This compares wording and
does not understand it: a statement in quite other words is at best "partial".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from index.dictionary import part_of_speech
from index.fold import fold
from index.quantity import Quantity, quantities, same
from index.units import COUNTERS, same_unit
from index.words import words
from rag.source_note import NOTE
from rag.types import Citation, Verdict

# The least share of a statement's words, by length, that must stand in the quotes to be
# "verified", and below which it is "unverified"; a number counts as a word of LENGTH characters.
# Chosen on statements made of questions and their answers (19 in 20 above HARDLY_ANY) and on
# sentences of other documents (99 in 100 below it).
ENOUGH, HARDLY_ANY = 0.6, 0.3
LENGTH = 5
# Characters on either side of a word by which its place is known in another text.
NEAR = 8
# How alike the surroundings of two words must be (0 to 1) to be of the same thing, and how much
# more alike than those of another.
ALIKE, CLEARLY = 0.5, 0.2


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of a statement.

    "unverified": it gives a number that the quotes do not give, another year, name or direction
    than they, denies what they do not or the other way round, or has hardly a word in common with
    them. "partial": nothing in it is against the quotes, but they do not say all of it. `missing`
    tells the reader what is wrong, a phrase for each thing; empty for a "verified" statement.
    """

    verdict: Verdict
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fault:
    """What is wrong with a statement: the quotes say something else, or only do not say it."""

    text: str
    contradicts: bool = True


def check(statement: str, quotes: Sequence[Citation]) -> Check:
    """Return whether `quotes` together support `statement`, whose marks [1] are not read. Their
    titles, headings and years tell what the quotes are about."""
    if not quotes:
        return Check("unverified", ("没有引文",))
    said = _Text(_MARK.sub("", NOTE.sub("", statement)))
    shown = _Text("\n".join(quote.quote for quote in quotes))
    above = _Text("\n".join(f"{quote.title}\n{quote.heading}" for quote in quotes))
    faults = [
        *_numbers(said, shown, above),
        *_years(said, shown, quotes),
        *_names(said, shown, above),
        *_poles(said, shown),
        *_denials(said, shown),
    ]
    share = _share_of_words(said, shown, above)
    if share < ENOUGH:
        faults.append(_Fault(f"只有{share:.0%}的用词在引文中", share < HARDLY_ANY))
    missing = tuple(dict.fromkeys(fault.text for fault in faults))
    if any(fault.contradicts for fault in faults):
        return Check("unverified", missing)
    return Check("partial" if faults else "verified", missing)


_MARK = re.compile(r"[\[【]\d+[\]】]")
# What two texts may differ in without saying anything else; clauses stay apart.
_CLAUSE = re.compile("[，。；：！？,;:!?\n]+")
_UNTOLD = re.compile("[^\\w，]+|[_的了着地]+|(?<!不)得")
# Two ways of saying one thing in Chinese reports.
_SAME = (("我国", "中国"), ("国内生产总值", "gdp"), ("居民消费价格指数", "cpi"))


class _Text:
    """A text made ready to be compared.

    `plain` is folded and has neither particles nor punctuation but one mark between clauses;
    `text` is that with each of the `amounts` written in one way, at `spans`.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.folded = fold(source)
        self.amounts = quantities(source)
        self.spans: list[tuple[int, int]] = []
        self.plain = _plain(self.folded)
        self.text = ""
        position = 0
        for amount in self.amounts:
            self.text += _plain(self.folded[position : amount.start])
            begin = len(self.text)
            self.text += _written(amount)
            self.spans.append((begin, len(self.text)))
            position = amount.end
        self.text += _plain(self.folded[position:])

    def raw(self, amount: Quantity) -> str:
        """Return a quantity as the text writes it."""
        return self.source[amount.start : amount.end].strip()


def _plain(folded: str) -> str:
    plain = _UNTOLD.sub("", _CLAUSE.sub("，", folded))
    for one, other in _SAME:
        plain = plain.replace(one, other)
    return plain


def _written(amount: Quantity) -> str:
    number = "-".join(f"{end.normalize():f}" for end in _ends(amount))
    return number + ("" if amount.unit in COUNTERS else amount.unit)


def _ends(amount: Quantity) -> tuple[Decimal, ...]:
    return (amount.value,) if amount.high is None else (amount.value, amount.high)


# Where a word stands: the same word of two texts is known by what is near it.

_Span = tuple[int, int]
_Around = tuple[set[str], set[str]]


def _around(text: str, span: _Span) -> _Around:
    """Return the pairs of characters near a span, before it and behind it."""
    start, end = span
    return _pairs(text[max(0, start - NEAR) : start]), _pairs(text[end : end + NEAR])


def _pairs(text: str) -> set[str]:
    return {one + other for one, other in pairwise(text)}


def _alike(one: _Around, other: _Around) -> float:
    """Return the share of the surroundings `one` that `other` has, 0 to 1."""
    size = len(one[0]) + len(one[1])
    return (len(one[0] & other[0]) + len(one[1] & other[1])) / size if size else 0.0


def _found(text: str, piece: str) -> list[int]:
    """Return where in `text` a piece of two characters stands."""
    if len(piece) < 2:
        return []
    return [match.start() for match in re.finditer(f"(?={re.escape(piece)})", text)]


# Numbers.

_CLOCK = frozenset("月日时分")
_TIMES = frozenset({"倍", "番", "%"})
_SHORT_YEAR = re.compile(r"\d\d年")
_LOSS = re.compile("[降减跌亏负少低][^,。;]{0,4}$")


def _numbers(said: _Text, shown: _Text, above: _Text) -> Iterator[_Fault]:
    dated = any(amount.unit in _CLOCK for amount in shown.amounts)
    for amount, span in zip(said.amounts, said.spans, strict=True):
        raw = said.raw(amount)
        if other := _in_its_place(amount, span, said, shown):
            yield _Fault(f"引文中是{shown.raw(other)}，不是{raw}")
        elif _is_year(said, amount) or _says_nothing(said, amount):
            continue
        elif not _states(said, amount, shown, above):
            is_date = amount.kind == "date"
            yield _Fault(f"数字 {raw} 不在引文中", contradicts=dated or not is_date)


def _says_nothing(said: _Text, amount: Quantity) -> bool:
    """Return whether a number only makes up a phrase: 一个重要目标, 第一，, or that of a list."""
    behind = said.folded[amount.end : amount.end + 1]
    if amount.kind == "ordinal":
        return not amount.unit and behind in ("", ",", "、", ":")
    if amount.start == 0 and behind in (".", "、", ")"):
        return True
    return said.raw(amount).startswith("一") and amount.value == 1 and amount.unit not in _TIMES


def _states(said: _Text, amount: Quantity, *texts: _Text) -> bool:
    """Return whether a number of `said` stands in a text: alone, or as the ends of a range."""
    for text in texts:
        if any(same(amount, o) or _same_loss(said, amount, text, o) for o in text.amounts):
            return True
        ends = {
            end
            for other in text.amounts
            if same_unit(amount.unit, other.unit)
            for end in _ends(other)
        }
        if ends.issuperset(_ends(amount)):
            return True
    return False


def _same_loss(said: _Text, amount: Quantity, shown: _Text, other: Quantity) -> bool:
    """Return whether one says -0.3% and the other 下降0.3%."""
    if amount.value != -other.value or amount.unit != other.unit:
        return False
    text, positive = (said, amount) if amount.value > 0 else (shown, other)
    return bool(_LOSS.search(text.folded[max(0, positive.start - 8) : positive.start]))


def _in_its_place(amount: Quantity, span: _Span, said: _Text, shown: _Text) -> Quantity | None:
    """Return the other number of the same unit that the quotes have where the statement has this
    one; None if they have this one there or nothing like it."""
    around, ends = _around(said.text, span), set(_ends(amount))
    own, best, found = 0.0, ALIKE, None
    for other, place in zip(shown.amounts, shown.spans, strict=True):
        alike = _alike(around, _around(shown.text, place))
        if ends & {*_ends(other), -other.value}:
            own = max(own, alike)
        elif (
            (other.unit, other.kind) == (amount.unit, amount.kind)
            and alike > best
            and _same_next(said.text, span, shown.text, place)
        ):
            best, found = alike, other
    return found if best > own + CLEARLY else None


def _same_next(one: str, span: _Span, other: str, place: _Span) -> bool:
    """Return whether the two characters before two places are the same or, at the beginning of the
    first text, the two behind."""
    if span[0] >= 2:
        return one[: span[0]][-2:] == other[: place[0]][-2:]
    return one[span[1] :][:2] == other[place[1] :][:2]


# Years.

_NEARBY_YEARS = {"前年": -2, "去年": -1, "上年": -1, "上一年": -1, "今年": 0, "本年": 0}
_NEARBY_YEARS |= {"明年": 1, "下一年": 1, "后年": 2}
_NEARBY = re.compile("|".join(_NEARBY_YEARS))
_NOW = re.compile(f"{_NEARBY.pattern}|现在|目前|当前|如今|至今|本届")
_YEAR = re.compile(r"(?:19|20)\d\d")
# 比上年增长: not the time of what is said.
_COMPARED = re.compile(
    rf"(?:比|较|同|与|和|超过|高于|低于)(?:{_YEAR.pattern}年?|{_NEARBY.pattern})"
)
_NAMED = re.compile(r"年度?[^,。;]{0,8}(?:报告|公报|总结|年报|通知|资料|文件|意见|规划|计划)")


def _years(said: _Text, shown: _Text, quotes: Sequence[Citation]) -> Iterator[_Fault]:
    told = set().union(*(_told_years(quote) for quote in quotes))
    stated = {quote.year for quote in quotes if quote.year}
    # A report that does not say so speaks of its own year or of the one before.
    known = told or stated | {year - 1 for year in stated}
    named = stated.union(*(_years_in(quote.title) for quote in quotes))
    for amount in said.amounts:
        if not _is_year(said, amount) or _states(said, amount, shown):
            continue
        may_be = set(known)
        if _NAMED.match(said.folded, amount.end - 1):
            may_be |= named
        elif _COMPARED.match(said.folded, max(0, amount.start - 1)):
            # The year before, in a review of last year.
            may_be |= {year - 1 for year in known}
        if amount.kind != "date":
            may_be = {year % 100 for year in may_be}
        if not may_be.issuperset(_ends(amount)):
            yield _Fault(f"引文说的不是{said.raw(amount)}", contradicts=bool(told))
    offsets = {_NEARBY_YEARS[word] for word in _NEARBY.findall(shown.folded)}
    for word in dict.fromkeys(_NEARBY.findall(said.folded)):
        offset = _NEARBY_YEARS[word]
        if offset not in offsets and not {year + offset for year in stated} & known:
            yield _Fault(f"引文说的不是{word}", contradicts=bool(told))


def _is_year(said: _Text, amount: Quantity) -> bool:
    """Return whether a quantity is a year, 17年 among them."""
    is_short = bool(_SHORT_YEAR.fullmatch(said.raw(amount)))
    return amount.unit == "年" and (amount.kind == "date" or is_short)


def _told_years(quote: Citation) -> set[int]:
    """Return the years that a quote, or the heading above it, says it is about."""
    plain = _COMPARED.sub("", fold(quote.quote))
    told = {
        int(end)
        for amount in quantities(plain)
        if amount.unit == "年" and amount.kind == "date"
        for end in _ends(amount)
    }
    if quote.year:
        told |= {quote.year + _NEARBY_YEARS.get(word, 0) for word in _NOW.findall(plain)}
    return told | _years_in(quote.heading)


def _years_in(title: str) -> set[int]:
    return {int(year) for year in _YEAR.findall(fold(title))}


# Rising and falling. A word stands beside its opposite; a family holds what is told of one thing.

_FAMILIES = (
    (
        "增长 增加 上升 提高 扩大 上涨 提升 递增 攀升 回升 增至 升至 增幅 增速 涨幅 上调 增产 增收"
        " 加快 增强 增多 高涨 走高 扩张 改善 好转 净增 新增 增 升 涨",
        "下降 减少 降低 缩小 下跌 递减 下滑 回落 降至 减至 降幅 跌幅 下调 减产 减收"
        " 放缓 减弱 减慢 萎缩 走低 收缩 压缩 缩减 恶化 裁减 减 降 跌",
    ),
    (
        "超过 高于 多于 大于 以上 不低于 不少于 至少 突破 超 高出 不止",
        "低于 少于 不足 不到 小于 以下 以内 不超过 不高于 不多于 至多 最多",
    ),
    (
        "流入 买入 进口 收入 盈利 顺差 盈余 增持",
        "流出 卖出 出口 支出 亏损 逆差 赤字 减持",
    ),
    (
        "支持 赞成 同意 允许 肯定 鼓励 加强 放宽",
        "反对 否决 拒绝 禁止 否定 限制 削弱 收紧",
    ),
    ("优于 好于 快于 强于", "劣于 差于 慢于 弱于"),
    ("以前 之前", "以后 之后"),
    ("今年 本年", "去年 上年"),
)
_POLE_OF = {
    word: (family, sign)
    for family, sides in enumerate(_FAMILIES)
    for sign, side in zip((1, -1), sides, strict=True)
    for word in side.split()
}
_POLE = re.compile("|".join(sorted(_POLE_OF, key=len, reverse=True)))


def _poles(said: _Text, shown: _Text) -> Iterator[_Fault]:
    """Find words such as 增长 in whose place the quotes have the opposite."""
    there = [
        (_POLE_OF[match.group()], match.group(), _around(shown.text, match.span()))
        for match in _POLE.finditer(shown.text)
    ]
    for match in _POLE.finditer(said.text):
        family, sign = _POLE_OF[match.group()]
        around = _around(said.text, match.span())
        # How like the surroundings of the likest word of either sign are.
        best = {1: (0.0, ""), -1: (0.0, "")}
        for (other_family, other_sign), word, surroundings in there:
            if other_family == family:
                alike = _alike(around, surroundings)
                best[other_sign] = max(best[other_sign], (alike, word))
        (own, _), (alike, word) = best[sign], best[-sign]
        if alike > max(own + CLEARLY, ALIKE / 2):
            yield _Fault(f"引文说的是“{word}”，不是“{match.group()}”")


# Denying.

# Words that do not deny stand first: 不断, 不足, 未来, 是不是.
_DENIAL = re.compile(
    "(?P<other>不断|不仅|不但|不少|不同|不管|不论|不久|不懈|不妨|不愧|不料|不禁|不惜|不得不|不能不|无不|不足"
    "|不到|不超过|不低于|不高于|不多于|不止|不等|不一|不过|不错|非常|非洲|非凡|未来|未必|未免|无论|无线|无锡"
    "|无人机|无产|无限|无私|无穷|无形|无愧|无情|无疑|无比|没收|[淹沉埋吞]没|是不是|能不能|有没有|会不会)"
    "|并未|并没有|尚未|从未|没有|无法|未能|不再|不能|不得|不会|不是|并非|并不|决不|绝不|毫无|从不|不|未|没|无"
    "|非|勿|莫|停止|取消|禁止|严禁|杜绝|避免|防止|拒绝|否认|暂停|除(?=.{1,14}?外)"
)


def _denials(said: _Text, shown: _Text) -> Iterator[_Fault]:
    """Find what the statement denies and the quotes do not, and the other way round."""
    (own, denied), (other, denied_there) = _undenied(said.text), _undenied(shown.text)
    spots = {i for point in denied_there for i in _found(own, other[point : point + 2])}
    for spot in sorted(spots | denied.keys()):
        if spot and own[spot - 1 : spot + 1].isdecimal():
            continue  # within a number
        around, word = _around(own, (spot, spot)), _at(denied, spot)
        # Of two places that are as like, the one that agrees.
        places = [
            (
                _alike(around, _around(other, (place, place))),
                bool(word) == bool(_at(denied_there, place)),
                place,
            )
            for place in _found(other, own[spot : spot + 2])
        ]
        alike, agrees, place = max(places, default=(0.0, True, 0))
        if alike >= ALIKE and not agrees:
            there = f"{_at(denied_there, place)}{other[place : place + 4]}"
            yield _Fault(f"引文说的是“{there}”，不是“{word}{own[spot : spot + 4]}”")


def _undenied(text: str) -> tuple[str, dict[int, str]]:
    """Return a text without its words that deny, and where in it each of them stood."""
    plain, points, position = "", {}, 0
    for match in _DENIAL.finditer(text):
        if match["other"]:
            continue
        plain += text[position : match.start()]
        points[len(plain)] = match.group()
        position = match.end()
    return plain + text[position:], points


def _at(points: dict[int, str], place: int) -> str:
    """Return the word that denies at a place or next to it, "" if none does."""
    return points.get(place) or points.get(place - 1) or points.get(place + 1) or ""


# Names.

_QUOTED = re.compile("[“「『《]([^“”「」『』《》]{2,40})[”」』》]")
_LATIN = re.compile("[a-z][a-z0-9]+(?:[.+-][a-z0-9]+)*")
_NUMERALS = frozenset("一二三四五六七八九十百千万亿两")
_RUN_OF_HAN = re.compile("[\u4e00-\u9fff]{2,8}")
# Persons, places, bodies and other names in jieba's dictionary.
_NAME_TAGS = frozenset({"nr", "nrt", "nrfg", "ns", "nt", "nz"})
# The hundred or so commonest surnames; and what the names of places and bodies end with.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程苏魏吕丁"
    "任沈姚卢姜崔钟谭陆汪范廖石韦贾夏付邹熊孟秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵钱覃武戴莫孔汤"
)
_PLACE_OR_BODY = frozenset("省市县区州盟旗镇局部委院行社校")


def _names(said: _Text, shown: _Text, above: _Text) -> Iterator[_Fault]:
    """Find quoted words, titles and names that do not stand in the quotes or above them; they are
    wrong where the quotes have another one in their place."""
    known = "，".join((shown.plain, above.plain, shown.text, above.text))
    quoted = [_Text(words_) for words_ in _QUOTED.findall(said.source)]
    quoted = [part for part in quoted if part.plain not in known and part.text not in known]
    latin = [
        name
        for name in dict.fromkeys(_LATIN.findall(said.folded))
        if name not in f"{shown.folded}\n{above.folded}" and _plain(name) not in known
    ]
    others = [_plain(fold(o)) for o in _QUOTED.findall(shown.source)]
    others += map(_plain, _LATIN.findall(shown.folded))
    for raw, name in [(q.source, q.plain) for q in quoted] + [(n, _plain(n)) for n in latin]:
        replaced = any(_in_place(said.plain, name, shown.plain, other) for other in others)
        yield _Fault(f"“{raw}”不在引文中", contradicts=replaced)
    told = "，".join(part.plain for part in quoted)
    replaced_names = set(_replaced_names(said.text, shown.text, known))
    for name in _words_only_in(said.plain, f"{known}，{told}"):
        if len(name) > 2 and name[-1] in _PLACE_OR_BODY and _is_name(name):
            yield _Fault(f"“{name}”不在引文中", contradicts=name in replaced_names)
    for name in sorted(replaced_names):
        if name not in told:
            yield _Fault(f"“{name}”不在引文中")


def _replaced_names(said: str, shown: str, known: str) -> Iterator[str]:
    """Find names of the statement in whose place the quotes have another one: known names, and
    characters that make up no known word, as the names of persons and companies mostly do."""
    there = _words_only_in(shown, said)
    for name in _words_only_in(said, known):
        instead = [other for other in there if _in_place(said, name, shown, other)]
        if instead and _is_name(name) and any(map(_is_name, instead)):
            yield name
    for match in _RUN_OF_HAN.finditer(_unshared(said, known)):
        name = said[match.start() : match.end()]
        instead = _between(shown, said[: match.start()][-2:], said[match.end() :][:2])
        if instead and _may_be_name(name) and any(map(_may_be_name, instead)):
            yield name


def _between(text: str, before: str, behind: str) -> list[str]:
    """Return what stands in `text` between two characters and two others; one that is not there,
    or the end of a clause, is the beginning or the end of one."""
    opens, closes = before[-1:] in ("", "，"), behind[:1] in ("", "，")
    if opens and closes:
        return []
    first = "(?:^|，)" if opens else re.escape(before)
    last = "(?:，|$)" if closes else re.escape(behind)
    return re.findall(f"{first}([^，]{{2,8}}?){last}", text)


def _words_only_in(text: str, other: str) -> list[str]:
    return list(dict.fromkeys(w for w in words(text) if len(w) > 1 and w not in other))


def _unshared(text: str, other: str) -> str:
    """Return `text` with a space for each character that the other text has beside the same
    neighbour."""
    shared = _pairs(other)
    around = zip(f" {text}", text, f"{text[1:]} ", strict=False)
    return "".join(
        " " if before + char in shared or char + behind in shared else char
        for before, char, behind in around
    )


def _in_place(said: str, name: str, shown: str, other: str) -> bool:
    """Return whether one name stands in a text where the other one stands in the other text."""
    at, there = said.find(name), shown.find(other)
    before, behind = said[:at][-2:], said[at + len(name) :][:2]
    same_before = len(before) == 2 and before == shown[:there][-2:]
    return same_before or (len(behind) == 2 and behind == shown[there + len(other) :][:2])


def _may_be_name(text: str) -> bool:
    """Return whether a run of characters may be a person, or holds no word but names."""
    if any(char in _NUMERALS for char in text):
        return False  # 二比一
    if text[0] in _SURNAMES and len(text) <= 3:
        return True
    return all(len(word) == 1 or _is_name(word) for word in words(text))


def _is_name(word: str) -> bool:
    """Return whether a word is known as the name of a person, a place, a body or a thing."""
    return part_of_speech(word) in _NAME_TAGS


# Words.

# Words that tell the reader where a statement comes from, or join it to others.
_SAYING = re.compile(
    "(?:根据|按照|据)?(?:该|本|这份|上述)?(?:报告|资料|材料|引文|原文|文件|公报)(?:中|里)?"
    "(?:指出|提出|显示|表明|称|说|强调)?|指出|提出|表明|因此|所以|同时|其中|此外|另外|以及|并且|而且|但是"
    "|不过|总之|也就是说|具体来说"
)


def _share_of_words(said: _Text, shown: _Text, above: _Text) -> float:
    """Return the share of the statement's words and numbers that stand in the quotes or above
    them; 1 where there are none."""
    known = f"{shown.text}\n{above.text}"
    found = [w for w in words(_SAYING.sub("", said.text)) if len(w) > 1 and not w[0].isdigit()]
    numbers = [a for a in said.amounts if a.kind != "date" and not _says_nothing(said, a)]
    here = LENGTH * sum(_states(said, amount, shown) for amount in numbers)
    here += sum(len(word) for word in found if word in known)
    total = LENGTH * len(numbers) + sum(map(len, found))
    return here / total if total else 1.0
