"""Those who report every year, as titles name them: 白沙县 for 白沙县2023年政府工作报告."""

from __future__ import annotations

import re
from collections.abc import Iterable

from index.fold import fold

# Not 北京时间2023年8月6日…, as news begin.
_YEARLY = re.compile(
    r"《?(?:关于)?([\u4e00-\u9fff]{2,}?)(?:关于)?\d{4}(?=年)"
    "[^,。;…]*(?:报告|公报|公告|通报|年报|季报|年鉴|总结|要点|预算|决算|规划|计划)"
)
# What every report of a country is about.
_EVERYONE = frozenset(("关于", "中国", "我国", "全国"))


def reporter(title: str) -> str:
    """Return who reports under a title, folded, "" where it is not that of a report and begins with
    a name and a year."""
    found = _YEARLY.match(fold(title))
    return found[1] if found and found[1] not in _EVERYONE else ""


def reporters(titles: Iterable[str]) -> frozenset[str]:
    """Return who reports under the titles of a collection."""
    return frozenset(filter(None, map(reporter, titles)))
