"""Characters that fonts and converters put in place of the ordinary ones they look like.

Radicals (⼈⺠), compatibility ideographs and the punctuation of vertical text. What only differs in
width or is a sign of its own (％ ⑴ ㎡ Ⅲ) is the source's and stays.
"""

from __future__ import annotations

import re
import unicodedata

# Radicals of U+2E80-2EFF and their ordinary characters: the property Equivalent_Unified_Ideograph
# of Unicode 14, as in EquivalentUnifiedIdeograph.txt of its Character Database.
_RADICALS = dict(
    zip(
        "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳",
        "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵旡日月歺母民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟",
        strict=True,
    )
)
_IDEOGRAPH = re.compile("[\u2e80-\u2fd5\uf900-\ufaff\U0002f800-\U0002fa1f]")
# A line that speaks of radicals means them.
_ABOUT_RADICALS = re.compile("部首|偏旁|字旁|字头|字頭|笔画|筆畫|康熙字典")

_VERTICAL = re.compile("[\ufe10-\ufe18\ufe35-\ufe44\ufe47\ufe48]")
_MARKS = dict(zip("︐︑︒︓︔︕︖", "，、。：；！？", strict=True))
# Vertical marks follow text. Vertical brackets stand in pairs; alone they are arrows: ﹀﹀﹀.
_MARK = re.compile("(?<=[\u3400-\u9fff》」』）”])[︐-︖]")
_BRACKETS = tuple(
    (re.compile(f"{opening}([^{opening}{closing}\n]+){closing}"), f"{left}\\1{right}")
    for opening, closing, left, right in zip(
        "︗︵︷︹︻︽︿﹁﹃﹇",
        "︘︶︸︺︼︾﹀﹂﹄﹈",
        "〖（｛〔【《〈「『［",
        "〗）｝〕】》〉」』］",
        strict=True,
    )
)


def replace_lookalikes(text: str) -> tuple[str, int]:
    """Return a text with ordinary characters for radicals and compatibility ideographs, and
    horizontal marks for vertical ones, and how many characters changed."""
    changed = text
    if _IDEOGRAPH.search(text):
        lines = text.split("\n")
        changed = "\n".join(
            line if _ABOUT_RADICALS.search(line) else _IDEOGRAPH.sub(_ordinary, line)
            for line in lines
        )
    if _VERTICAL.search(changed):
        changed = _MARK.sub(lambda match: _MARKS[match[0]], changed)
        for pair, horizontal in _BRACKETS:
            changed = pair.sub(horizontal, changed)
    return changed, sum(
        a != b for a, b in zip(text, changed, strict=True)
    ) if changed != text else 0


def _ordinary(match: re.Match[str]) -> str:
    char = match[0]
    return _RADICALS.get(char) or unicodedata.normalize("NFKC", char)
