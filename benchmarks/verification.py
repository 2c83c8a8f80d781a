"""How often a changed statement is caught, and a right one blamed.

    python benchmarks/verification.py FOLDER [FOLDER ...] [--show KIND]

Takes sentences of the documents in the folders. Right statements are these sentences: whole, cut
to a clause, with numbers written in another way, in other characters, reordered, with the year
spelled out. Wrong ones have one thing changed: a number, a year, a name, a denial, a direction.
Documents are dealt out in turn to two halves: look at the mistakes of the first (`--show`), report
the second.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path, PurePosixPath

from jieba import posseg
from opencc import OpenCC

from index.chunk import chunk
from index.errors import UnreadableFile
from index.load import load
from index.numerals import value_of
from index.quantity import Quantity, quantities
from index.sentences import sentence_spans, strip_span
from rag.types import Citation
from rag.verify import check

CLAUSE_END = re.compile("(?<=[，；。！？])(?![0-9０-９])")
PARTICLES = re.compile("[了着的](?=[\u4e00-\u9fff])|进一步|继续|积极")
ALIKE = (
    ("我国", "中国"),
    ("显著", "明显"),
    ("加强", "强化"),
    ("推进", "推动"),
    ("同时", "此外"),
    ("提高", "提升"),
    ("完善", "健全"),
    ("比上年", "较上年"),
    ("大约", "约"),
    ("达到", "达"),
    ("开展", "进行"),
)
PERSON = re.compile(
    "(?:记者|主任|书记|主席|总统|总理|局长|部长|院长|教授|经理|队长)"
    "([王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹][\u4e00-\u9fff]{1,2})"
    "(?=[，：说表介认在指])"
)
OPPOSITES = (
    "增长 下降|增加 减少|上升 下降|提高 降低|扩大 缩小|上涨 下跌|增产 减产|加快 放缓|回升 回落"
    "|提升 降低|增收 减收"
)
TWINS = "以上 以下|超过 不足|高于 低于|不低于 不高于|至少 至多"
UNITS = "万 亿|亿 万|% 个百分点|％ 个百分点|个百分点 %|美元 元|吨 公斤|亩 公顷|公里 米"
DENIALS = ("不", "没有", "未", "并未", "尚未", "无法", "未能", "不能", "不得")


@dataclass(frozen=True, slots=True)
class Case:
    """A statement, its quote, and what was done to it."""

    kind: str
    statement: str
    quote: Citation


@dataclass(slots=True)
class Pool:
    """What the documents hold, to take another one from."""

    names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    quoted: list[str] = field(default_factory=list)
    latin: list[str] = field(default_factory=list)


def main() -> None:
    """Print a table for each half."""
    arguments = _arguments()
    chance = random.Random(arguments.seed)
    halves = _halves(arguments.folders, chance, arguments.sentences)
    pool = _pool([quote.quote for half in halves for quote in half])
    for name, quotes in zip(("looked at", "held out"), halves, strict=True):
        print(f"\n{name}: {len(quotes)} sentences")
        right = [case for quote in quotes for case in _right(quote, chance)]
        wrong = [case for quote in quotes for case in _wrong(quote, chance, pool, quotes)]
        _report("right", right, arguments.show)
        _report("wrong", wrong, arguments.show)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--sentences", type=int, default=1000, help="of each half; %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="%(default)s")
    parser.add_argument("--show", default="", metavar="KIND", help="print the mistakes of a kind")
    return parser.parse_args()


def _halves(folders: Sequence[Path], chance: random.Random, count: int) -> list[list[Citation]]:
    """Return `count` sentences of each half of the documents, as many of each folder."""
    halves: list[list[Citation]] = [[], []]
    for folder in folders:
        paths = sorted(path for path in folder.rglob("*") if path.suffix in (".txt", ".md"))
        for half in (0, 1):
            found = [quote for path in paths[half::2] for quote in _sentences(path)]
            chance.shuffle(found)
            # Half of them with a number, which is what is asked for most.
            found.sort(key=lambda quote: not _amounts(_sentence(quote)))
            some = count // len(folders) // 2
            rest = found[some:]
            chance.shuffle(rest)
            halves[half] += found[:some] + rest[:some]
    return halves


def _sentences(path: Path) -> Iterator[Citation]:
    """Yield the sentences of a document as quotes, every second one with the next one."""
    try:
        document = load(PurePosixPath(path.name), path.read_bytes())
    except UnreadableFile:
        return
    for part in chunk(document):
        spans = [strip_span(part.text, *span) for span in sentence_spans(part.text)]
        for number, (start, end) in enumerate(spans):
            text = part.text[start:end]
            if not (15 <= len(text) <= 150) or "\n" in text or text[-1] not in "。！；":
                continue
            following = spans[number + 1][1] if number % 2 and number + 1 < len(spans) else end
            yield Citation(
                number=end - start,  # how much of the quote is the sentence
                document_id=document.id,
                path=document.path,
                title=document.title,
                year=document.year,
                heading=part.heading,
                page=None,
                paragraph=part.paragraph,
                start=part.start + start,
                end=part.start + following,
                quote=part.text[start:following],
                verdict="unverified",
            )


def _sentence(quote: Citation) -> str:
    return quote.quote[: quote.number]


def _pool(texts: Sequence[str]) -> Pool:
    pool = Pool()
    for text in texts:
        for name, kind in _name_words(text):
            pool.names[kind].append(name)
        pool.quoted += re.findall("“([^”]{2,12})”", text)
        pool.latin += re.findall("[A-Za-z]{3,}", text)
    return pool


# Right statements.


def _right(quote: Citation, chance: random.Random) -> Iterator[Case]:
    text = _sentence(quote)
    ways: dict[str, Callable[[], str | None]] = {
        "whole": lambda: text,
        "clauses": lambda: _clauses(text, chance),
        "numbers rewritten": lambda: _rewritten(text, chance),
        "full width": lambda: text.translate(
            {c: c + 0xFEE0 for c in range(0x30, 0x3A)} | {0x25: "％"}
        ),
        "traditional": lambda: OpenCC("s2t").convert(text),
        "particles dropped": lambda: PARTICLES.sub("", text),
        "clauses reordered": lambda: _reordered(text, chance),
        "year spelled out": lambda: _year_spelled_out(text, quote),
        "other words": lambda: _other_words(text),
        "several at once": lambda: _several(text, chance),
    }
    for kind, make in ways.items():
        statement = make()
        if statement and (statement != text or kind == "whole"):
            yield Case(kind, statement, quote)


def _clauses(text: str, chance: random.Random) -> str | None:
    """Return one to three neighbouring clauses."""
    clauses = [clause for clause in CLAUSE_END.split(text) if clause]
    first = chance.randrange(len(clauses))
    part = "".join(clauses[first : first + chance.randint(1, 3)]).rstrip("，；。")
    return part + "。" if len(part) >= 8 else None


def _reordered(text: str, chance: random.Random) -> str | None:
    clauses = [clause.rstrip("，；。") for clause in CLAUSE_END.split(text) if clause]
    if len(clauses) < 2:
        return None
    first = chance.randrange(1, len(clauses))
    return "，".join(clauses[first:] + clauses[:first]) + "。"


def _other_words(text: str) -> str:
    """Put words of about the same meaning for others, but not in quoted words and titles."""
    pieces = re.split("([“《「][^”》」]*[”》」])", text)
    for number in range(0, len(pieces), 2):
        for one, other in ALIKE:
            piece = pieces[number]
            pieces[number] = piece.replace(*((one, other) if one in piece else (other, one)))
    return "".join(pieces)


def _several(text: str, chance: random.Random) -> str | None:
    part = _clauses(text, chance)
    return PARTICLES.sub("", _rewritten(part, chance) or part) if part else None


def _year_spelled_out(text: str, quote: Citation) -> str | None:
    if quote.year is None or not re.search("(?<!比)(?<!较)(?:去年|今年)", text):
        return None
    text = re.sub("(?<!比)(?<!较)去年", f"{quote.year - 1}年", text)
    return re.sub("(?<!比)(?<!较)今年", f"{quote.year}年", text)


def _rewritten(text: str, chance: random.Random) -> str | None:
    """Return the sentence with each number written in another way, None if it has none. Those in
    quoted words and titles are left: a quote stays what it is."""
    pieces, position, changed = [], 0, False
    for amount in quantities(text):
        raw = text[amount.start : amount.end]
        quoted = re.search("[“《「][^”》」]*$", text[: amount.start])
        other = None if quoted else _other_form(raw, amount, chance)
        pieces += [text[position : amount.start], other or raw]
        position, changed = amount.end, changed or bool(other)
    return "".join([*pieces, text[position:]]) if changed else None


def _other_form(raw: str, amount: Quantity, chance: random.Random) -> str | None:
    if amount.high is not None or amount.value < 0 or re.search("[多余几来半 第萬億]", raw):
        return None
    if amount.kind == "date":
        return _other_date(raw, amount)
    value = amount.value
    if share := re.fullmatch("(?:百分之(.+)|([0-9.]+)[%％])", raw):
        if share[1] and (spoken := value_of(share[1])) is not None:
            return chance.choice([f"{spoken}%", f"{spoken}％"])
        return f"百分之{_spoken(value)}"
    number = re.match(
        "[0-9.,，]+[万亿]*|(?:[零〇一二三四五六七八九十百万亿两]|千(?!瓦))+(?!点)", raw
    )
    if not number or amount.unit == "%" or (value < 10 and not raw[0].isdigit()):
        return None
    rest = raw[number.end() :]
    if value >= 10**4:
        forms = [f"{value / 10**8:f}亿", f"{value / 10**4:f}万", f"{value:,f}"]
        form = chance.choice(forms)
        form = re.sub(r"(\.\d*?)0+(?=\D|$)", r"\1", form)
        return re.sub(r"\.(?=\D|$)", "", form) + rest
    return (_spoken(value) if raw[0].isdigit() else f"{value.normalize():f}") + rest


def _other_date(raw: str, amount: Quantity) -> str | None:
    if re.fullmatch(r"\d{4}年", raw):
        return "".join("〇一二三四五六七八九"[int(d)] for d in raw[:4]) + "年"
    if re.fullmatch("[一二][〇○零一二三四五六七八九]{3}年", raw):
        return f"{amount.value}年"
    return None


def _spoken(value: Decimal) -> str:
    """Return a number below 10000 in Chinese numerals."""
    whole, _, decimals = f"{value.normalize():f}".partition(".")
    digits, text = "零一二三四五六七八九", ""
    for place, digit in zip(range(len(whole) - 1, -1, -1), whole, strict=True):
        if digit != "0":
            text += digits[int(digit)] + ("", "十", "百", "千")[place]
        elif not text.endswith("零"):
            text += "零"
    text = (text.rstrip("零") or "零").removeprefix("一" if text.startswith("一十") else "\0")
    return text + ("点" + "".join(digits[int(d)] for d in decimals) if decimals else "")


# Wrong statements.


def _wrong(
    quote: Citation, chance: random.Random, pool: Pool, quotes: Sequence[Citation]
) -> Iterator[Case]:
    text = _sentence(quote)
    if chance.random() < 0.5:
        text = _several(text, chance) or text
    ways: dict[str, Callable[[], str | None]] = {
        "number": lambda: _other_number(text, quote.quote, chance),
        "number of another": lambda: _swapped_number(text, quote.quote, chance),
        "unit": lambda: _other_unit(text, quote.quote, chance),
        "year": lambda: _other_year(text, quote.quote, chance),
        "last year, this year": lambda: _swapped_word(text, "去年 今年", chance),
        "name": lambda: _other_name(text, quote.quote, chance, pool),
        "quoted words": lambda: _other_piece(
            text, "(?<=“)[^”]{2,12}(?=”)", pool.quoted, quote, chance
        ),
        "Latin name": lambda: _other_piece(text, "[A-Za-z]{3,}", pool.latin, quote, chance),
        "denied": lambda: _denied(text, chance),
        "not denied": lambda: _not_denied(text, chance),
        "direction": lambda: _swapped_word(text, OPPOSITES, chance),
        "more, less": lambda: _swapped_word(text, TWINS, chance),
        "another sentence": lambda: _sentence(chance.choice(quotes)),
    }
    for kind, make in ways.items():
        statement = make()
        if statement and statement != text and statement not in quote.quote:
            yield Case(kind, statement, quote)


def _amounts(text: str) -> list[Quantity]:
    return [
        amount
        for amount in quantities(text)
        if amount.kind == "amount" and not text[amount.start : amount.end].startswith("一")
    ]


def _other_number(text: str, quote: str, chance: random.Random) -> str | None:
    """Change one digit of one number."""
    known = {end for q in quantities(quote) for end in (q.value, q.high)}
    amounts = _amounts(text)
    for _ in range(10 if amounts else 0):
        amount = chance.choice(amounts)
        places = [
            place
            for place in range(amount.start, amount.end)
            if text[place] in "0123456789一二三四五六七八九"
        ]
        if not places:
            continue
        place = chance.choice(places)
        digits = "123456789" if text[place].isdecimal() else "一二三四五六七八九"
        changed = text[:place] + chance.choice(digits) + text[place + 1 :]
        new = [q for q in quantities(changed) if q.start <= place < q.end]
        if new and not {new[0].value, new[0].high} - {None} <= known:
            return changed
    return None


def _swapped_number(text: str, quote: str, chance: random.Random) -> str | None:
    """Put another number of the quote, of the same unit, in the place of one."""
    pairs = [
        (amount, quote[other.start : other.end])
        for amount in _amounts(text)
        for other in _amounts(quote)
        if other.unit == amount.unit
        and amount.unit
        and (other.value, other.high) != (amount.value, amount.high)
    ]
    if not pairs:
        return None
    amount, raw = chance.choice(pairs)
    return text[: amount.start] + raw + text[amount.end :]


def _other_unit(text: str, quote: str, chance: random.Random) -> str | None:
    swaps = [pair.split() for pair in UNITS.split("|")]
    found = []
    for amount in _amounts(text):
        raw = text[amount.start : amount.end]
        for one, other in swaps:
            if raw.endswith(one) or (one in "万亿" and raw.count(one) == 1 and "万亿" not in raw):
                changed = raw.replace(one, other)
                found.append(text[: amount.start] + changed + text[amount.end :])
    known = {(q.value, q.unit) for q in quantities(quote)}
    found = [t for t in found if any((q.value, q.unit) not in known for q in quantities(t))]
    return chance.choice(found) if found else None


def _other_year(text: str, quote: str, chance: random.Random) -> str | None:
    """Change the last digit of a year."""
    years = [
        match
        for form in (r"(?:19|20)\d[0-9](?=年)", "[一二][九〇○零][〇○零一二三四五六七八九]{2}(?=年)")
        for match in re.finditer(form, text)
    ]
    if not years:
        return None
    year = chance.choice(years)
    digits = "0123456789" if year.group()[-1].isdecimal() else "一二三四五六七八九"
    other = year.group()[:-1] + chance.choice(digits)
    return None if other in quote else text[: year.start()] + other + text[year.end() :]


def _other_name(text: str, quote: str, chance: random.Random, pool: Pool) -> str | None:
    found = _name_words(text)
    if not found:
        return None
    name, kind = chance.choice(found)
    other = chance.choice(pool.names[kind])
    return None if other in quote or name in other else text.replace(name, other)


def _name_words(text: str) -> list[tuple[str, str]]:
    """Return the names in a text and what kind of name each is: places and bodies by their last
    character, persons by the office or verb beside them (the tagger takes much else for names)."""
    found = [
        (word, tag)
        for word, tag in posseg.cut(text)
        if tag in ("ns", "nt") and len(word) > 2 and word[-1] in "省市县区州镇国部局院会行社"
    ]
    return found + [(match[1], "nr") for match in PERSON.finditer(text)]


def _other_piece(
    text: str, pattern: str, pool: Sequence[str], quote: Citation, chance: random.Random
) -> str | None:
    found = re.findall(pattern, text)
    if not found or not pool:
        return None
    other = chance.choice(pool)
    return None if other in quote.quote else text.replace(chance.choice(found), other, 1)


def _denied(text: str, chance: random.Random) -> str | None:
    """Deny a verb: the first one of a clause, which is mostly what the clause states."""
    places, position = [], 0
    fresh = True
    for word, tag in posseg.cut(text):
        if fresh and tag == "v" and len(word) > 1:
            fresh = False
            near = text[max(0, position - 4) : position + len(word) + 2]
            if not re.search("不|没|未|无|非|防止|取消|避免|禁止|停止", near):
                places.append(position)
        fresh = fresh or word in "，；。"
        position += len(word)
    if not places:
        return None
    place = chance.choice(places)
    return text[:place] + chance.choice(["没有", "未", "并未", "不"]) + text[place:]


def _not_denied(text: str, chance: random.Random) -> str | None:
    places, position = [], 0
    for word, _ in posseg.cut(text):
        if word in DENIALS:
            places.append((position, position + len(word)))
        position += len(word)
    if not places:
        return None
    start, end = chance.choice(places)
    return text[:start] + text[end:]


def _swapped_word(text: str, pairs: str, chance: random.Random) -> str | None:
    ways = [pair.split() for pair in pairs.split("|")]
    ways += [[other, one] for one, other in ways]
    places = [(match.start(), way) for way in ways for match in re.finditer(way[0], text)]
    if not places:
        return None
    place, (one, other) = chance.choice(places)
    return text[:place] + other + text[place + len(one) :]


def _report(title: str, cases: Sequence[Case], show: str) -> None:
    """Print a line for each kind: how many of its statements got which verdict."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    started = time.perf_counter()
    for case in cases:
        result = check(case.statement, [case.quote])
        table[case.kind][result.verdict] += 1
        if case.kind == show and (title == "right") == (result.verdict != "verified"):
            context = f"[{case.quote.year}, {case.quote.heading}]"
            print(f"  {result.missing}\n    {case.statement}\n    {case.quote.quote}  {context}")
    seconds = time.perf_counter() - started
    table["all"] = sum(table.values(), Counter())
    bad = "blamed" if title == "right" else "caught"
    each = 1000 * seconds / len(cases)
    print(f"{title:24}     n   {bad}   of them partial   ({each:.1f} ms each)")
    for kind, counts in table.items():
        n = counts.total()
        not_verified = n - counts["verified"]
        print(f"  {kind:22}{n:6}{not_verified / n:9.1%}{counts['partial'] / n:18.1%}")


if __name__ == "__main__":
    main()
