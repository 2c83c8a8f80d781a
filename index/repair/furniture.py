"""Lines of a web page around a report that are no part of it: 打印本页, 分享到：, 京ICP备…号."""

from __future__ import annotations

import re

from index.repair.lines import drop_lines

# A line goes only if nothing else stands in it: one of the words that are found nowhere else, and
# beside it these and those that also have a meaning of their own.
_TELLING = (
    "(?:打印|列印)(?:本页|本文|页面|此页|本頁)|(?:关闭|關閉)(?:窗口|本页|页面|此页|視窗)|(?:返回|回到)(?:顶部|頂部)"
    "|收藏(?:本页|此页)|加入收藏|设为首页|(?:字体|字号|字體)[:：]|分享(?:到|至)[:：]?"
    "|(?:微信)?扫一扫在?手机(?:上)?打开(?:当前页|本页|此页)?|扫一扫分享(?:本页|此页)?"
)
_BESIDE = (
    "打印|列印|关闭|關閉|返回|返回列表|返回首页|返回上一页|收藏|分享|朗读|纠错|复制链接"
    "|特大|超大|大|中|小|默认|正常|微信|朋友圈|微博|新浪微博|腾讯微博|QQ空间|QQ好友|QQ|更多"
)
_BETWEEN = r"[\s|｜/\[\]【】()（）·]*"
_BUTTONS = re.compile(
    f"{_BETWEEN}(?:(?:{_BESIDE}){_BETWEEN})*?(?:{_TELLING}){_BETWEEN}(?:(?:{_TELLING}|{_BESIDE}){_BETWEEN})*"
)
_RECORD = (
    r"(?:(?:网站)?(?:ICP)?备案(?:编号|序号|号)?[:：]?\s*)?[一-龥]ICP[备证備證]\s*\d{5,}号?(?:-\d+)?"
    r"|[一-龥]公网安备\s*\d{8,}号?|(?:政府)?网站标识码[:：]?\s*\w{6,}"
)
_NOTICE = re.compile(
    rf"(?:(?:{_RECORD})[\s|｜,，]*)+"
    rf"|(?:版权所有|版權所有)(?![者权人的])[^。\n]{{0,60}}|(?i:copyright)\b[^。\n]{{0,100}}|©[^。\n]{{0,80}}"
    r"|(?:您|你)?(?:现在|当前|目前)?的?(?:所在)?位置[:：][^>＞»。\n]{1,20}(?:[>＞»]+[^>＞»。\n]{1,40})+"
    r"|[上下]一[篇条页][:：].{0,60}"
    r"|(?:浏览|阅读|点击|访问)(?:次数|量|数|率)?[:：]\s*\d+\s*次?"
)
# Every such line holds one of these.
_SIGN = re.compile(
    "[本此当]页|本文|页面|本頁|窗口|視窗|[顶頂]部|收藏|首页|分享|字[体号體]|ICP|公网安备|标识码|版[权權]所有"
    "|[Cc]opyright|COPYRIGHT|©|扫一扫|位置[:：]|[上下]一[篇条页]|(?:浏览|阅读|点击|访问)[次数量率]*[:：]"
)
_LONGEST = 160


def remove_furniture(text: str) -> tuple[str, int]:
    """Take out whole lines with a web page's buttons, position and notices, and count them. Page
    breaks stay."""
    lines = text.split("\n")
    dropped = {number for number, line in enumerate(lines) if _is_furniture(line.strip())}
    return (drop_lines(lines, dropped) if dropped else text), len(dropped)


def _is_furniture(line: str) -> bool:
    return (
        len(line) <= _LONGEST
        and _SIGN.search(line) is not None
        and (_BUTTONS.fullmatch(line) or _NOTICE.fullmatch(line)) is not None
    )
