"""Lines of Chinese web pages: which are the page's own, and who published what and when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.load.content import Block

# A line of the page itself is no longer than this, in characters, and ends without a full stop.
_LONGEST = 200
# A footer is no longer than this, in characters, or than what stands above it.
_FOOTER = 300
_SENTENCE_END = "。；！？"

# Where the article stands in the site.
_CRUMBS = re.compile(
    r"(?:(?:您|你|当前|现在|目前|所在)[^：:。]{0,6}位置|位置导航)\s*[：:]"
    r"|首页\s*(?:>|›|»|→|＞|-)|.{2,30}(?:>|›|»|→|＞)\s*(?:正文|详情|详细内容|内容)$"
)
_NEIGHBOUR = re.compile(
    r"[【\[]?\s*[上下](?:一[篇条页则]|[篇条])(?:文章|新闻|信息)?\s*[】\]]?\s*(?:[：:]|$)"
)
_CODE = re.compile(r"(?:用?微信|手机)?扫一扫|扫码|(?:长按|扫描|识别).{0,6}二维码|关注.{0,8}公众号$")
_COPYRIGHT = re.compile(
    r"ICP[备证]|公网安备|网站标识码|版权所有(?![者人权])|^©"
    r"|copyright\s*(?:©|\(c\)|[12]\d{3})|all rights reserved",
    re.IGNORECASE,
)
_IMPRINT = re.compile(
    r"主办|承办|技术支持|运行维护|维护单位|地址[：:]|邮编|电话[：:]|网站地图|关于我们|联系我们|网站声明"
)
_GAP = r"[\s|｜/、·\[\]【】()（）]*"
# Tools wherever in a line about the article they stand, and words of which a whole line of tools
# consists.
_TOOL = re.compile(
    r"[【\[（(]?\s*(?:打印(?:本页|此页|此文|本文|页面|文章)|关闭(?:窗口|本页|页面|此页)"
    r"|返回(?:顶部|列表|上一页)|加入收藏|收藏本页|推荐给朋友|我要纠错)\s*[】\]）)]?"
    r"|[【\[]\s*(?:打印|关闭|返回|收藏|分享|纠错)\s*[】\]]"
    rf"|[【\[（(]?(?:文章|正文)?(?:字体|字号|文字)(?:大小|显示)?\s*[：:]?{_GAP}[特超]?大{_GAP}"
    rf"(?:中{_GAP})?(?:小|正常|默认){_GAP}"
    r"|(?:浏览|阅读|点击|访问|查看)(?:次数|人次|人数|数|量)?\s*[：:]\s*\d*\s*次?"
    rf"|分享[到至给]?\s*[：:]{_GAP}"
    rf"(?:(?:微信|微博|新浪微博|腾讯微博|朋友圈|QQ空间|QQ好友|QQ|人人网){_GAP})*"
)
_TOOL_WORDS = (
    "打印 关闭 返回 收藏 分享 纠错 首页 顶部 手机版 无障碍 登录 注册 跳至内容 跳到主要内容"
)
_TOOL_SET = frozenset(_TOOL_WORDS.split())
_MARKS = re.compile(r"[\s|｜/、·\[\]【】()（）]+")
# A line about the article has two of these.
_ABOUT = re.compile(
    r"来源\s*[：:]|发[布表]?(?:时间|日期)|(?:日期|时间|作者|编辑)\s*[：:]|字[体号]|分享|打印"
    r"|(?:浏览|阅读|点击|访问)(?:次数|人次|数|量)?\s*[：:]|\d{4}-\d{1,2}-\d{1,2}"
)

# In this order: when it appeared comes before when it was signed.
_DATE_LABELS = (
    r"(?:发布|发表|公布|刊发|公开)(?:时间|日期)",
    r"(?:印发|发文|成文)(?:时间|日期)",
    r"(?:更新)?(?:时间|日期)",
)
_DATE = r"\s*[：:]\s*((?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}日?)"
_SOURCE_LABELS = (
    r"(?:发文|发布|制发|公开|印发)(?:机关|机构|单位|部门|人)",
    r"(?:信息|稿件|文章|新闻|消息|内容)?来源",
)
# A name ends before a blank, a mark, a number or the next label.
_NAME = (
    r"\s*[：:]\s*([^\s，。；：:|【\[（(]{2,30}?)(?=$|[\s，。；|【\[（(]|\d{4}|发布|发表|日期|时间"
    r"|作者|编辑|责任|责编|浏览|阅读|点击|访问|字[体号]|分享|打印)"
)
# What a site names as the source of its own or of anything.
_NO_SOURCE = re.compile("本站|本网|本网站|原创|网络|互联网|转载|未知|其他|其它|未注明")


def article_lines(blocks: Sequence[Block]) -> list[Block]:
    """Return blocks without the lines of the page: where it stands in the site, its tools and
    neighbours, and the footer."""
    kept = (Block(_article_part(b.text), b.level) for b in blocks[: _footer(blocks)])
    return [block for block in kept if block.text]


def is_page_line(line: str) -> bool:
    """True for a line that belongs to the page and not to its article."""
    own = len(line) <= _LONGEST and (_COPYRIGHT.search(line) or _IMPRINT.match(line))
    return bool(own) or not _article_part(line)


def is_about(line: str) -> bool:
    """True for a line that says when and by whom the article was published."""
    return bool(_ABOUT.search(line))


def _article_part(line: str) -> str:
    """Return a line without tools; "" where there is nothing else."""
    if len(line) > _LONGEST or line[-1:] in _SENTENCE_END:
        return line
    text = line.strip()
    if _CRUMBS.match(text) or _NEIGHBOUR.match(text) or (len(text) < 40 and _CODE.match(text)):
        return ""
    rest = _TOOL.sub(" ", text)
    words = set(filter(None, _MARKS.split(rest)))
    if words <= _TOOL_SET:
        return ""
    return rest.strip() if len(_ABOUT.findall(text)) > 1 else line


def _footer(blocks: Sequence[Block]) -> int:
    """Return the position of the footer's first block: of the first copyright line with little
    text below it, or the imprint right above it; that of the end where there is none."""
    lengths = [len(block.text) for block in blocks]
    for i, block in enumerate(blocks):
        marked = lengths[i] <= _LONGEST and _COPYRIGHT.search(block.text)
        if marked and i > 0 and sum(lengths[i:]) <= max(sum(lengths[:i]), _FOOTER):
            while i > 1 and lengths[i - 1] <= _LONGEST and _IMPRINT.match(blocks[i - 1].text):
                i -= 1
            return i
    return len(blocks)


def date_in(lines: Sequence[str]) -> str:
    """Return the date on which lines say that the article was published, as written, or ""."""
    return next(_labelled(lines, _DATE_LABELS, _DATE), "")


def issuer_in(lines: Sequence[str]) -> str:
    """Return the body that lines name as issuer or source, or ""."""
    names = _labelled(lines, _SOURCE_LABELS, _NAME)
    return next((name for name in names if not _NO_SOURCE.fullmatch(name)), "")


def _labelled(lines: Sequence[str], labels: Sequence[str], value: str) -> Iterator[str]:
    for label in labels:
        pattern = re.compile(label + value)
        yield from (match[1] for line in lines if (match := pattern.search(line)))
