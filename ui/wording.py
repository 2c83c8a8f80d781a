"""Sentences that the program says in Chinese, in the language of the screen.

What other modules hand over is text: a sentence is known by its form, and what is filled in stays
as it is. One that is not known stays Chinese in the English interface: better than nothing.
"""

from __future__ import annotations

import re
from functools import cache

from rag.source_note import NOTE
from ui.labels import in_traditional

# A sentence in Chinese, `{a}` for what is filled in, and the same in English; `{a!}` is a sentence
# of its own.
_ENGLISH = {
    # Refusals.
    "资料里没有找到能确定回答这个问题的内容，所以不作回答。": "Nothing in the reports surely answers this question, so there is no answer.",
    "找到的段落说的都不是所问的年份，所以不作回答。": "None of the passages found is about the year asked for, so there is no answer.",
    "找到的报告没有提到{a}，所以不作回答。": "The reports that were found do not mention {a}, so there is no answer.",
    "找到的段落没有给出所问的{a!}，所以不作回答。": "The passages found do not give the {a} asked for, so there is no answer.",
    "资料里没有关于{a}的报告（{b!}），所以不作回答。": "There is no report about {a} ({b}), so there is no answer.",
    "资料里没有{a}年的{b}（{c!}），所以不作回答。": "There is no {b} of {a} among the reports ({c}), so there is no answer.",
    "现有{a}—{b}年间的{c}个年份": "there are {c} years between {a} and {b}",
    "现有{a}": "there are {a}",
    "金额": "amount of money",
    "时间": "date",
    "比例": "share",
    "数量": "number",
    "请输入一个问题，例如“2019年的赤字率是多少”。": "Please ask a question, such as “2019年的赤字率是多少”.",
    "没有符合条件的报告。索引里共 {a} 份报告，{b!}。": "No report meets the conditions. The index holds {a} reports; {b}.",
    "年份有 {a}（另有 {b} 份没有标明年份）；{c!}": "their years are {a} ({b} more state none); {c}",
    "年份有 {a}（另有 {b} 份没有标明年份）": "their years are {a} ({b} more state none)",
    "年份有 {a}；{b!}": "their years are {a}; {b}",
    "年份有 {a}": "their years are {a}",
    "都没有标明年份；{a!}": "none states its year; {a}",
    "都没有标明年份": "none states its year",
    "标题有{a} 等": "titles are {a} and others",
    "标题有{a}": "titles are {a}",
    # What is written into the fields of the filter.
    "年份应为四位数字，例如 2019，写的是“{a}”。": "A year has four digits, such as 2019; “{a}” is none.",
    "年份条件的起始年份 {a} 晚于结束年份 {b}，请对调。": "The first year {a} is later than the last year {b}; please exchange them.",
    # Notices of a language model that did not answer.
    "{a!}，以下是摘录。": "{a}; here are sentences of the reports instead.",
    "模型写得没完没了": "The model went on without end",
    "模型没有写出回答": "The model wrote no answer",
    "模型的回答没有标明出处": "The model's answer named no sources",
    "模型的回应读不懂": "The model's response could not be read",
    "模型的回应里什么也没有": "The model's response was empty",
    "模型没有应答（{a!}）": "The model did not answer ({a})",
    "模型的回答中途断了（服务端报错）": "The model's answer broke off (an error of its server)",
    "模型的回答没有写完（{a!}）": "The model's answer was cut off ({a})",
    "连接断了": "the connection was lost",
    "连接被拒绝": "the connection was refused",
    "连不上这个地址": "the address cannot be reached",
    "{a} 秒内没有连上": "no connection within {a} seconds",
    "{a} 秒内没有回应": "no response within {a} seconds",
    "超过了长度上限": "it became too long",
    "被服务端拦截": "its server held it back",
    "请求不被接受，可能超出了模型的上下文长度": "the request was not accepted; it may be too long for the model",
    "密钥不被接受，请检查环境变量 OPENAI_API_KEY": "the key was not accepted; check OPENAI_API_KEY",
    "没有使用这个模型的权限": "no right to use this model",
    "找不到这个模型或地址，请检查 --model 和 --base-url，后者通常以 /v1 结尾": "no such model or address; check --model and --base-url, which mostly ends in /v1",
    "请求太长": "the request is too long",
    "请求太多或额度已用完": "too many requests, or the quota is used up",
    "{a!}，状态码 {b}": "{a}, status {b}",
    "服务端出错": "an error of its server",
    "请求被拒绝": "the request was refused",
    # Problems found while reading.
    "文件里没有文字（{a!}）": "there is no text in the file ({a})",
    "文件里没有文字": "there is no text in the file",
    "文件是空的（0 字节），没有文字": "the file is empty",
    "不是文本文件（含有二进制数据）": "this is no text file: it holds binary data",
    "不是普通文件（是管道、套接字或设备），没有读": "not an ordinary file; not read",
    "不能直接读取 {a!} 文件，请另存为 {b!} 后重试": "{a} files cannot be read; save it as {b}",
    "旧版 {a}": "old {a}",
    "WPS 文字": "WPS text",
    "WPS 演示": "WPS slide",
    "WPS 表格": "WPS sheet",
    "{a} 或 {b}": "{a} or {b}",
    "不能直接读取 {a} 压缩包，请先解压，或改为 .zip 后重试": "{a} archives cannot be read; unpack it or make it a .zip",
    "暂不支持 {a} 文件（可读：{b}）": "{a} files cannot be read (these can: {b})",
    "无法读取（{a!}）": "cannot be read ({a})",
    "没有权限": "no permission",
    "磁盘读取出错": "the disk failed",
    "路径太长": "the path is too long",
    "读的时候已经不在了": "it was gone before it was read",
    "文件设有打开密码，请取消密码后重试": "the file needs a password; take it off",
    "文件有密码，请去掉密码后重试": "the file needs a password; take it off",
    "PDF 设了打开密码，请另存为不加密的文件再放进来": "the PDF needs a password; save it without",
    "PDF 的加密方式不支持，请另存为不加密的文件再放进来": "the PDF is encrypted; save it without encryption",
    "不是完整的 PDF 文件，打不开，请重新下载或导出": "not a whole PDF file; download or export it again",
    "文件末尾不完整，后面的页可能缺失": "the end of the file is missing, and pages with it perhaps",
    "第 {a} 页已损坏，没有读出": "page {a} is damaged and was not read",
    "第 {a} 页没有读出文字": "no text was read from page {a}",
    "第 {a} 页识别可信度低（{b}），请核对原件": "page {a} was hard to read by OCR ({b}): check the original",
    "第 {a} 页有千分率，识别时 ‰ 可能误作 %，请核对原件": "page {a} has rates in ‰, which OCR may take for %: check the original",
    "第 {a} 页只有图片，图中文字没有读出": "pages {a} are pictures only, whose text was not read",
    "文档里有 {a} 张图片，图中文字没有读出": "{a} pictures in the document, whose text was not read",
    "文档里嵌有 {a} 个其他文件，其中内容没有读出": "{a} files embedded in the document were not read",
    "有 {a} 处文字损坏、无法还原（文中以 � 标出），第一处在“{b}”": "{a} damaged places that cannot be restored (marked �), the first at “{b}”",
    "图片已损坏或不完整，打不开；请重新扫描或另存后重试": "the picture is damaged; scan or save it again",
    "压缩包已损坏或不完整，请重新下载后重试": "the archive is damaged; download it again",
    "压缩包设有密码，请解压后重试": "the archive needs a password; unpack it",
    "压缩包里没有文件": "the archive is empty",
    "旁边没有它所说明的报告": "there is no report beside it that it is about",
    "读的时候文件还在变，请等它写完后再运行 wenju build": "the file was changing while it was read; wait and build again",
    "文件已损坏或不完整，不能作为 {a} 打开，请重新下载或另存后重试": "the file is damaged and cannot be opened as {a}; download or save it again",
    "建立索引的程序中断了，原有的索引没有变动。详情见运行 wenju 的终端。": "the build was interrupted; the index is as it was. The terminal that runs wenju has the details.",
    # Kinds of repairs.
    "乱码": "garbled text",
    "错位字节": "slipped bytes",
    "HTML 字符": "HTML entities",
    "不可见字符": "invisible characters",
    "空白": "white space",
    "形近字符": "look-alike characters",
    "拼音注音": "readings in pinyin",
    "网页部件": "parts of web pages",
    "目录行": "lines of contents",
    "字间空格": "spaces between characters",
    "句中断行": "broken lines",
}  # fmt: skip
# Marks that the assistant puts into the text of an answer.
_UNVERIFIED = "（未核实）"
_YEAR = re.compile(r"(?<=\d{4})年")
_QUOTED = re.compile("(“[^”]*”|《[^》]*》)")


@cache
def _forms() -> list[tuple[re.Pattern[str], str, frozenset[str]]]:
    """Return each Chinese form, its English one, and which of its slots are sentences."""
    forms = []
    for chinese, english in _ENGLISH.items():
        spoken = frozenset(match[1] for match in re.finditer(r"\{(\w)!\}", chinese))
        pattern = re.sub(r"\\\{(\w)!?\\\}", r"(?P<\1>.+?)", re.escape(chinese))
        forms.append((re.compile(pattern, re.DOTALL), english, spoken))
    return forms


def said_in(sentence: str, language: str) -> str:
    """Return a sentence of the program in a language: "zh", "zh-Hant" or "en"."""
    if language == "zh-Hant":
        # What stands in quotation marks is of a report or a question.
        parts = _QUOTED.split(sentence)
        return "".join(p if n % 2 else in_traditional(p) for n, p in enumerate(parts))
    return _english(sentence) if language == "en" else sentence


def _english(sentence: str) -> str:
    for pattern, english, spoken in _forms():
        match = pattern.fullmatch(sentence)
        if match:
            filled = {
                name: _english(text) if name in spoken else _YEAR.sub("", text).replace("、", ", ")
                for name, text in match.groupdict().items()
            }
            return english.format(**filled)
    return sentence


def answer_in(text: str, language: str) -> str:
    """Return the text of an answer with what the assistant itself put into it in a language."""
    if language == "en":
        return NOTE.sub(_english_note, text).replace(_UNVERIFIED, " (not verified)")
    if language == "zh-Hant":
        noted = NOTE.sub(lambda note: said_in(note.group(), "zh-Hant"), text)
        return noted.replace(_UNVERIFIED, in_traditional(_UNVERIFIED))
    return text


def _english_note(note: re.Match[str]) -> str:
    parts = [
        note["reporter"] or "",
        f"report of {note['year']}" if note["year"] else "",
        f"under “{note['heading']}”" if note["heading"] else "",
    ]
    return f" ({', '.join(filter(None, parts))})"
