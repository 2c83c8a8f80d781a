"""Completing a question that leaves out what the turn before has said.

`那2018年呢？` after `2019年的赤字率是多少` asks `2018年的赤字率是多少`: what it names takes the
place of its counterpart. `为什么？` asks `2019年的赤字率，为什么`: it goes behind what was spoken
of. A question that stands by itself, or with which neither can be done safely, is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.dictionary import part_of_speech
from index.fold import simplify
from index.words import words
from rag.source_note import NOTE
from rag.types import Answer, Turn

# A follow-up speaks of none of the turns before the last twenty.
_REMEMBERED = 20
# Neither a follow-up nor the question before it is longer, in characters.
_LONGEST = 200
# A longer part of a question is a question of its own.
_LONGEST_PART = 12

# Times. 去年 and 今年 are counted from today, as elsewhere; 前一年 from the year spoken of.
_YEAR = (
    r"(?:(?:(?:19|20)\d{2}(?![\d.%万亿])年?|(?<!\d)\d{2}年(?![来间代前后])"
    r"|[一二][九〇零][一二三四五六七八九〇零]{2}年|[“\"]?十[一二三四]五[”\"]?)(?:度|期间|时期)?"
    r"|[去今前明]年|近[一二三四五六七八九十几\d]年|[这那][几些]年|历年)"
)
_YEARS = re.compile(rf"{_YEAR}(?:\s*[、和与及到至—–~-]\s*{_YEAR})*")
_SEASON = re.compile(r"全年|[上下]半年|前?[一二三四]季度|\d{1,2}月(?:\d{1,2}日)?")
_SHIFTS = {
    **dict.fromkeys(("前一年", "上一年", "上年"), -1),
    **dict.fromkeys(("后一年", "下一年", "次年", "第二年"), 1),
    **dict.fromkeys(("同一年", "同年", "当年", "那一年", "那年", "这一年", "该年"), 0),
}
_RELATIVE_YEAR = re.compile(rf"(?:再?往)?(?<![和与跟同较比])({'|'.join(_SHIFTS)})度?")

# How a follow-up begins, and how any question ends.
_LEAD = re.compile(
    r"(?:(?:那么?|还有(?!吗|[什哪别其没])|另外|然后|以及|再看|换成|至于)[，,\s]*)+"
    r"(?![个些时天里边位种年达])"
    r"|(?:and|(?:and )?(?:what|how) about)\s+(?:(?:in|for)\s+)?",
    re.IGNORECASE,
)
_END = re.compile(r"[\s?？。!！啊呀]+$")

# What asks in a whole question: words of growth, a verb, the asking word, a unit.
_ASK = re.compile(
    r"(?P<growth>(?:同比|环比|比上年)?(?:增长|下降|增加|减少|提高|降低|上升|上涨)了?)?"
    r"(?:各自?|分别|一共|总共|大约|究竟|到底)*(?:[是有为占]|达到?)*"
    r"(?:(?P<amount>多少|百分之几|(?<![这那近])几(?![乎何]))[万亿]*"
    r"(?:个百分点|立方米|平方公里|美元|人次"
    r"|[个名件项家座条宗套处台户所元人亩吨次头只辆间本张份斤钱单号天种位层倍](?![目口庭]))?"
    r"|从?哪(?:[些里儿年家]|[几两三四五]?[个种类位])?(?:方面)?|[什甚]么(?:时候|是)?"
    r"|啥(?:时候)?|咋|何时|谁|为何|怎么样?|怎样|如何|多[大高长快久重]|[吗呢]$"
    r"|请?(?:介绍|说说|讲讲)(?:一下)?)"
)

# What a question says that asks more about the same thing and names nothing of its own.
_FACET = (
    "原因|做法|措施|内容|细节|目标|结果|效果|成效|进展|影响|资金|材料|条件|标准|期限|步骤|方面|"
    "依据|出处|来源|区别|增速|占比|比重|比例|排名|变化|趋势|时间|地点|电话|费用|范围|对象|流程|用途|"
    "意义|重点|特点"
)
_MORE = (
    f"{_FACET}|为什么|为何|为啥|怎么样?|怎样|如何|咋|啥时候|什么时候|[什甚]么|啥|何时|多少[个项家人]?|"
    "百分之几|多久|谁|吗|几[个项年次家]|哪[些里个年儿]|详细|展开|说说|讲讲|介绍|举例|例子|解释|意思|"
    "不同|同比|环比|增长|增加|减少|下降|完成|实现|达到|[不没]$|没有$"
)
_LITTLE = (
    "具体|主要|实际|需要|应该|进一步|最终|最后|到底|究竟|一共|总共|一[下点]|比上年|分别|别的|其他|"
    "[的地得是有了要会吧呢么没又还再更请能可以都给我点些去来上这那在从由就于，,]"
)
_ASKS_MORE = re.compile(_MORE)
_NAMELESS = rf"(?:{_MORE}|{_LITTLE})*"
_BARE = re.compile(rf"{_NAMELESS}(?P<verb>[\u4e00-\u9fff]{{0,2}}?)(?!是){_NAMELESS}")
_BARE_ENGLISH = re.compile(
    r"(?:why|how|where|when|who|which|by how much)(?: not| so| ones?)?", re.I
)
# The first word of a question that compares the thing spoken of.
_COMPARING = [[word] for word in "和与跟同较比"]

# What may be said of a thing as well as be another thing: 人均, 工业方面.
_QUALIFIES = re.compile("..?|其[他它].+|.+(?:方面|领域)")

# What stands for something spoken of. Further on in a question it may stand for a word of its own.
_PRONOUN = re.compile(
    rf"(?P<before>{_NAMELESS}(?:{_YEAR})?{_NAMELESS})(?:它(?!们)|其(?![他它余实次中]))"
)
_THESE = re.compile(
    "这?其中|里面|当中|[这那](?:[些个项笔家座条款套批]|几[个项家座条])(?!月|季度|世纪)"
    "|[他她]们?(?!国)|它们|该|上述"
)
_THESE_ENGLISH = re.compile(r"(?:\w+\W+){0,4}(?:it|its|they|them|their|these|those)\b", re.I)

# The parts of a whole question.
_PIECE = re.compile(
    r"[^\n的，,]{2,}?(?:省|市(?![场民区])|县(?!域)|区(?![域块间])|街道)(?!级)|[^\n的，,]+"
)
_PLACE = re.compile("^全[国省市县]$|^.{2,}(?:[省市县区州旗乡镇村国]|街道)$")
_BODY = re.compile("^.+(?:公司|集团|银行|[厅局委院馆站]|中心)$")
_LATIN = re.compile(r"[A-Za-z][A-Za-z&.\- ]*[A-Za-z]")
_OPPOSITES = ("城[市镇]|[农乡]村", "[进出]口", "收入|支出", "出生|死亡", "境[内外]")
# Of each of these, one takes the place of another.
_ALIKE = (_PLACE, _BODY, _LATIN, *map(re.compile, _OPPOSITES))
_MEASURE = re.compile(
    "(?P<of>.*?)(?:产量|销量|增加值|总产值|产值|毛利率|增速|占比|比重|价格|面积|人数)"
    "|.*(?:[率额量值数价]|收入|支出|利润|投资|就业|人口|消费|税收|[进出]口|规模|目标|赤字|能耗|[涨增]幅"
    "|GDP|CPI)"
)
_ASPECT = re.compile(".*(?:部署|安排|措施|要求|目标|计划|任务|工作|问题|变化|规定|内容|意义|进展)")

_NUMERALS = "一二三四五六七八九十"
_ORDINAL = re.compile(
    rf"(?P<before>{_NAMELESS})(?:第(?P<number>[{_NUMERALS}]|\d{{1,2}})|最后一)"
    r"(?:[点条项个种句大]?(?:方面|办法|措施|问题|建议|任务|目标|风险)"
    r"|[点条项个种句](?=$|[\s，,是有由的呢吗怎什为能要会在详展具说讲]))"
)
_NUMBER = re.compile(rf"\s*(?:[（(]?[\d{_NUMERALS}]{{1,3}}[)）.、．]|[①-⑳]|[-•·*]\s)\s*")
_MARK = re.compile(r"\[\d+\]")


def complete(question: str, history: Sequence[Turn]) -> str:
    """Return the question with what it leaves out, or unchanged if it stands by itself.

    `history` holds the turns before it, oldest first; only the last twenty are read.
    """
    before = answer = ""
    for turn in history[-_REMEMBERED:]:
        before = _follow(turn.question, before, answer)
        answer = turn.answer.text if isinstance(turn.answer, Answer) else turn.answer
    return _follow(question, before, answer)


def _follow(question: str, before: str, answer: str) -> str:
    """Return `question` completed from the whole question before it and its answer."""
    if max(len(question), len(before)) > _LONGEST:
        return question
    text, whole = (_END.sub("", simplify(typed.strip())) for typed in (question, before))
    completed = _completed(text, whole, answer) if text and whole else ""
    # The rules are in Simplified characters; a reader sees the script that was typed.
    typed = answer + before + question
    script = dict(zip(simplify(typed), typed, strict=True)) if completed else {}
    return "".join(script.get(char, char) for char in completed) or question


def _completed(text: str, whole: str, answer: str) -> str:
    """Return the question `text` completed, "" where it is whole or nothing safe can be said."""
    lead = _LEAD.match(text)
    core = text[lead.end() if lead else 0 :].removesuffix("呢")
    leads_on = core != text
    if ordinal := _ORDINAL.match(core):
        return _with_statement(core, ordinal, whole, answer)
    core = _RELATIVE_YEAR.sub(lambda relative: _shifted(relative, whole), core)
    if pronoun := _PRONOUN.match(core):
        return _with_owner(core, pronoun, whole)
    if _compares(core) or _THESE_ENGLISH.match(core):
        return _behind(whole, core)
    dated, rest = _exchange_times(core, whole)
    if not rest:
        return dated if core else ""
    if _THESE.match(rest) or _is_bare(rest):
        return _behind(dated, rest)
    is_whole = len(rest) > _LONGEST_PART or (rest != core and _ASK.search(rest))
    if is_whole or not leads_on or _RELATIVE_YEAR.search(rest):
        return ""
    return _exchange(rest, dated) or (_behind(dated, rest) if _QUALIFIES.fullmatch(rest) else "")


def _compares(core: str) -> bool:
    """Return whether a question compares the thing spoken of: 和2017年比是高了还是低了."""
    then = core.partition("，")[2]
    return words(core)[:1] in _COMPARING and (not then or _is_bare(then))


def _is_bare(core: str) -> bool:
    """Return whether a question asks more, and not of a thing that it names: 资金从哪里来."""
    bare = _BARE.fullmatch(core)
    if not bare or not _ASKS_MORE.search(core):
        return bool(_BARE_ENGLISH.fullmatch(core))
    return all(part_of_speech(word)[:1] in ("v", "a") for word in words(bare["verb"]))


def _behind(whole: str, core: str) -> str:
    """Return `core` behind what the whole question spoke of, that is without what asked."""
    ask = _ASK.search(whole)
    about = f"{whole[: ask.start()]}{ask['growth'] or ''}{whole[ask.end() :]}" if ask else whole
    link = ", " if whole.isascii() else "的" if re.fullmatch(f"(?:{_FACET})+", core) else "，"
    return f"{about.strip('的，, ')}{link}{core}"


def _with_statement(core: str, ordinal: re.Match[str], whole: str, answer: str) -> str:
    """Return the question with the statement of the answer that it names by number, "" if none."""
    lines = [line for line in simplify(answer).splitlines() if line.strip()]
    numbered = [line for line in lines if _NUMBER.match(line)]
    lines = numbered if len(numbered) > 1 else lines
    name = ordinal["number"] or str(len(lines))
    number = int(name) if name.isdigit() else _NUMERALS.index(name) + 1
    if not 0 < number <= len(lines):
        return ""
    statement = _MARK.sub("", NOTE.sub("", _NUMBER.sub("", lines[number - 1], count=1)))
    first = re.split("[。；;]", statement.strip())[0]
    return _behind(whole, f"{ordinal['before']}{first}{core[ordinal.end() :]}")


def _with_owner(core: str, pronoun: re.Match[str], whole: str) -> str:
    """Return the question with what a pronoun stands for in its place, or behind all that was
    spoken of where that is not clear."""
    pieces = _pieces(whole)
    owner = re.sub("[\u4e00-\u9fff]{2}了$", "", pieces[0][0]) if pieces else ""
    last = words(owner)[-1:]
    # A place may be where the owner lies, and 提出 in 提出的计划 is none.
    if not last or _PLACE.search(owner) or part_of_speech(last[0])[:1] == "v":
        return _behind(whole, core)
    years = _YEARS.search(whole)
    when = years[0] if years and not _YEARS.search(core) else ""
    asks = "是多少" if _MEASURE.fullmatch(core) else ""
    return f"{when}{pronoun['before']}{owner}{core[pronoun.end() :]}{asks}"


def _shifted(relative: re.Match[str], whole: str) -> str:
    """Return the year that 前一年 is, counted from that of the whole question."""
    years = _YEARS.search(whole)
    if years is None or not re.search(r"\d", years[0]):
        return relative[0]
    return re.sub(r"\d+", lambda year: str(int(year[0]) + _SHIFTS[relative[1]]), years[0])


def _exchange_times(core: str, whole: str) -> tuple[str, str]:
    """Return the whole question with the times that `core` names in the place of its own, and what
    `core` names beside them."""
    for times in (_YEARS, _SEASON):
        if new := times.search(core):
            old = times.search(whole)
            start, end = old.span() if old else (0, 0)
            year = "年" if new[0][-1].isdigit() and (not old or old[0][-1] == "年") else ""
            whole = f"{whole[:start]}{new[0]}{year}{whole[end:]}"
            core = core[: new.start()] + core[new.end() :]
    return whole, core.lstrip("的，, ")


def _exchange(part: str, whole: str) -> str:
    """Return the whole question with `part` in the place of its counterpart, "" if it has none."""
    ask, asked = _ASK.search(part), _ASK.search(whole)
    if ask:
        # After one 多少, 那粮食产量增长多少 is 那粮食产量呢 in other words.
        measure = part[: ask.start()]
        if not _MEASURE.fullmatch(measure) or not asked or whole[asked.end() :]:
            return ""
        whole, part = whole[: asked.start()] + part[ask.start() :], measure
    elif asked and asked["amount"] and not whole[asked.end() :] and not _PLACE.search(part):
        # What is counted in another unit.
        whole = whole[: asked.end("amount")]
    place = _PIECE.match(part)
    rest = part[place.end() :].strip("的，, ") if place else ""
    if place and rest and _PLACE.search(place[0]):
        whole, part = _exchange(place[0], whole), rest
    span = None if whole.isascii() else _counterpart(part, whole)
    return f"{whole[: span[0]]}{part}{whole[span[1] :]}" if span else ""


def _counterpart(part: str, whole: str) -> tuple[int, int] | None:
    """Return where that stands in a whole question which `part` is another of."""
    pieces = _pieces(whole)
    for alike in _ALIKE:
        if alike.fullmatch(part):
            found = ((piece.start(), alike.search(piece[0])) for piece in pieces)
            spans = [(at + other.start(), at + other.end()) for at, other in found if other]
            return spans[0] if spans else None
    for piece in pieces:
        for length in range(len(part) - 1, 1, -1):
            # 农村居民 and 城镇居民 are of one kind: they end alike.
            if (at := piece[0].find(part[-length:])) > 0:
                return piece.start(), piece.start() + at + length
    return _other_thing(part, whole, pieces)


def _other_thing(part: str, whole: str, pieces: list[re.Match[str]]) -> tuple[int, int] | None:
    """Return where the thing stands that a whole question asks of, if `part` may be another."""
    ask = _ASK.search(whole)
    at = ask.start() if ask else len(whole)
    things = [
        piece for piece in pieces if not _PLACE.search(piece[0]) and not _BODY.search(piece[0])
    ]
    before = [thing for thing in things if thing.end() <= at]
    behind = [thing for thing in things[len(before) :] if not _ASPECT.fullmatch(thing[0])]
    if behind:
        # Where no place or body is the subject, `part` may be another subject.
        return behind[-1].span() if len(things) < len(pieces) else None
    measure = _MEASURE.fullmatch(before[-1][0]) if before else None
    if not measure or _MEASURE.fullmatch(part):
        return before[-1].span() if before else None
    if measure["of"]:
        # 蔬菜 after 粮食产量 is 蔬菜产量.
        return before[-1].start(), before[-1].start() + len(measure["of"])
    if measure["of"] == "":
        # 运维服务 after 阀门的毛利率 is 运维服务的毛利率.
        return before[-2].span() if len(before) > 1 else None
    return None if _QUALIFIES.fullmatch(part) else before[-1].span()


def _pieces(whole: str) -> list[re.Match[str]]:
    """Return the parts of a whole question between its times and what asks."""
    for gap in (_YEARS, _SEASON, _ASK):
        whole = gap.sub(lambda found: "\n" * len(found[0]), whole)
    return list(_PIECE.finditer(whole))
