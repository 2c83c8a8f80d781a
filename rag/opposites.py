"""Words of reports that stand for each other's opposite in otherwise equal sentences.

财政支出 is no answer to a question for 财政收入, however many words the two sentences share.
"""

from __future__ import annotations

import re

_OPPOSITES = (
    ("收入", "支出"),
    ("进口", "出口"),
    ("城镇", "农村"),
    ("存款", "贷款"),
    ("出生", "死亡"),
    ("顺差", "逆差"),
    ("上半年", "下半年"),
    ("第一产业", "第二产业", "第三产业"),
    ("一季度", "二季度", "三季度", "四季度"),
)
# What holds a word without meaning it, or two of a kind.
_OTHERWISE = re.compile("进出口|收支|城乡|存贷款|投入产出")


def says_opposite(question: str, sentence: str) -> bool:
    """Return whether a sentence says an opposite of a word of the question, and not that word. Both
    are folded and Simplified."""
    asked, said = (_OTHERWISE.sub("", text) for text in (question, sentence))
    for group in _OPPOSITES:
        wanted = [word for word in group if word in asked]
        if len(wanted) == 1 and wanted[0] not in said and any(word in said for word in group):
            return True
    return False
