from pathlib import PurePosixPath

import pytest

from index.errors import UnreadableFile
from index.load import load
from index.load.content import Content
from index.load.web.html import load_html, load_mhtml

FIRST = "2022年，全县地区生产总值128.6亿元，比上年增长5.2%，其中第一产业增加值31.4亿元。"
SECOND = "全年一般公共预算收入13.9亿元，增长4.1%；民生支出占比保持在七成以上。"
THIRD = "年末常住人口21.3万人，城镇化率比上年提高0.8个百分点。"
TABLE = """<table border="1"><tr><th rowspan="2">项目</th><th colspan="2">2022年</th></tr>
<tr><th>金额</th><th>增速</th></tr><tr><td>收入</td><td>139000</td><td>4.1%</td></tr>
<tr><td>支出</td><td>402000</td><td>6.0%</td></tr></table>"""
ROWS = [
    "项目：收入；2022年·金额：139000；2022年·增速：4.1%（单位：万元）",
    "项目：支出；2022年·金额：402000；2022年·增速：6.0%（单位：万元）",
]
MENU = "<ul><li><a href=/>首页</a></li><li><a href=/a>政务公开</a></li><li><a href=/b>互动交流</a></li></ul>"
FOOTER = """<p>主办单位：青川县人民政府办公室　承办单位：青川县大数据中心</p>
<p>青ICP备05000001号　青公网安备 51082202000001号</p><p>版权所有：青川县人民政府　网站地图</p>"""
RELATED = """<div class="xgwj"><h3>相关文件</h3><ul>
<li><a href=1>青川县2021年统计公报</a> <span>2022-03-01</span></li>
<li><a href=2>青川县2020年统计公报</a> <span>2021-03-02</span></li></ul></div>"""


def texts(page: str | bytes) -> list[str]:
    return [block.text for block in read(page).blocks]


def read(page: str | bytes) -> Content:
    return load_html(page.encode() if isinstance(page, str) else page)


GOVERNMENT = f"""<!DOCTYPE html><html><head><meta charset="utf-8">
<title>青川县2022年统计公报_青川县人民政府</title>
<meta name="ArticleTitle" content="青川县2022年统计公报"><meta name="PubDate" content="2023-02-28 09:30">
<meta name="ContentSource" content="青川县统计局"><script>document.write("请开启脚本")</script></head><body>
<div class="header"><form><input value="请输入关键词"></form>{MENU}</div>
<div class="nav">当前位置：<a href="/">首页</a>&nbsp;&gt;&nbsp;<a href="/a">统计信息</a></div>
<div class="main"><h1>青川县2022年统计公报</h1>
<div class="info"><span>发布时间：2023-02-28 09:30</span> <span>来源：青川县统计局</span>
<span>浏览次数：<i>1024</i>次</span> <span>字体：[<a>大</a> <a>中</a> <a>小</a>]</span> <a href="#">打印本页</a></div>
<div id="zoom"><p>　　{FIRST}</p><h2>一、财政</h2><p>　　{SECOND}</p><p>单位：万元</p>{TABLE}
<p>注：本表为初步统计数。</p><ul><li>建成水库两座</li><li>新增学位600个</li></ul></div>
<div class="share">分享到：<a>微信</a><a>微博</a></div>
<div><a href="#">【打印本页】</a><a href="#">【关闭窗口】</a></div>{RELATED}</div>
<div class="footer">{FOOTER}</div></body></html>"""


def test_an_article_is_read_without_what_surrounds_it() -> None:
    content = read(GOVERNMENT)
    assert [block.text for block in content.blocks] == [
        "青川县2022年统计公报",
        "发布时间：2023-02-28 09:30 来源：青川县统计局",
        FIRST,
        "一、财政",
        SECOND,
        "单位：万元",
        *ROWS,
        "注：本表为初步统计数。",
        "建成水库两座",
        "新增学位600个",
    ]
    assert [(b.text, b.level) for b in content.blocks if b.level] == [
        ("青川县2022年统计公报", 1),
        ("一、财政", 2),
    ]
    assert content.title == "青川县2022年统计公报"
    assert content.date == "2023-02-28 09:30"
    assert content.issuer == "青川县统计局"


def test_a_page_becomes_a_document() -> None:
    document = load(PurePosixPath("公报.html"), GOVERNMENT.encode())
    assert (document.title, document.year) == ("青川县2022年统计公报", 2022)
    assert (document.published, document.issuer) == ("2023-02-28", "青川县统计局")


def test_a_page_laid_out_with_tables_in_gb2312() -> None:
    data = f"""<HTML><HEAD><META http-equiv="Content-Type" content="text/html; charset=gb2312">
<TITLE>云岭州2022年公报</TITLE></HEAD><BODY><table width=778><tr><td><img src=a.jpg></td></tr></table>
<table><tr><td width=180>{MENU}</td><td><table>
<tr><td>您现在的位置：<a href=/>首页</a> &gt;&gt; <a href=/g>公报</a> &gt;&gt; 正文</td></tr>
<tr><td align=center><b>云岭州2022年公报</b></td></tr>
<tr><td align=center>来源：云岭州统计局　发布时间：2023-03-01　点击数：358　【字体：<a>大</a> <a>中</a> <a>小</a>】</td></tr>
<tr><td><font size=3>　　{FIRST}<br><br>　　{SECOND}<br><br>㐱村完成改造。</font></td></tr>
<tr><td>【<a href=#>打印此文</a>】【<a href=#>关闭窗口</a>】</td></tr></table></td></tr></table>
<table><tr><td align=center>{FOOTER}</td></tr></table></BODY></HTML>""".encode("gb18030")
    content = read(data)
    assert [block.text for block in content.blocks] == [
        "云岭州2022年公报",
        "来源：云岭州统计局 发布时间：2023-03-01",
        FIRST,
        SECOND,
        "㐱村完成改造。",
    ]
    assert (content.title, content.date, content.issuer) == (
        "云岭州2022年公报",
        "2023-03-01",
        "云岭州统计局",
    )


def test_no_table_of_a_page_of_bare_divisions_is_lost() -> None:
    page = f"<div><div>{FIRST}</div><div>{SECOND}</div></div><div>单位：万元</div>{TABLE}<div>{THIRD}</div>"
    assert texts(page) == [FIRST, SECOND, "单位：万元", *ROWS, THIRD]


def test_comments_and_neighbours_of_a_post_are_left_out() -> None:
    page = f"""<html><head><title>水库纪行 – 临澜观察</title></head><body><a class="skip-link" href=#c>跳至内容</a>
<header><p><a href=/>临澜观察</a></p><nav>{MENU}</nav></header><main><article><h1>水库纪行</h1>
<div>发布于 <time datetime="2023-05-06T10:00:00+08:00">2023-05-06</time></div><p>{FIRST}</p><p>{SECOND}</p>
<footer>分类：<a>游记</a></footer></article><nav><a href=1>上一篇 山行</a><a href=2>下一篇 渡口</a></nav>
<div id="comments"><h2>2 条评论</h2><ol><li><p>写得很好，期待下一篇。</p></li></ol></div></main>
<aside class="sidebar"><h2>近期文章</h2><ul><li><a href=3>渡口</a></li><li><a href=4>山行</a></li></ul></aside>
</body></html>"""
    content = read(page)
    assert [b.text for b in content.blocks] == ["水库纪行", "发布于 2023-05-06", FIRST, SECOND]
    assert (content.title, content.date[:10]) == ("水库纪行", "2023-05-06")


def test_a_notice_of_three_lines_is_kept() -> None:
    page = f"<html><body><div>{MENU}</div><p>通知</p><p>明天停水。</p><p>水务局</p><div>{FOOTER}</div></body></html>"
    assert texts(page) == ["通知", "明天停水。", "水务局"]


def test_lines_that_only_look_like_tools_are_kept() -> None:
    lines = [
        "版权所有者可以授权他人使用",
        "关闭窗口期间不得交易",
        "浏览次数：1024；年份：2023",
        "打印设备",
        "附件：",
        "1. 收入表.xlsx",
        "2. 支出表.xlsx",
    ]
    page = "".join(f"<p>{line}</p>" for line in lines[:5])
    page += "<ul><li><a href=1>1. 收入表.xlsx</a></li><li><a href=2>2. 支出表.xlsx</a></li></ul>"
    assert texts(f"<p>{FIRST}</p>{page}<p>打印本页</p><p>上一篇：<a href=3>旧闻</a></p>") == [
        FIRST,
        *lines,
    ]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("第一段。<br><br>第二段。<br/>第三段。", ["第一段。", "第二段。", "第三段。"]),
        ("<p>2022<span>\n年</span>，<b>全县</b>\n  GDP\nrose.</p>", ["2022年，全县GDP rose."]),
        ("<h1>青川县<br>2022年公报</h1><p>正文。</p>", ["青川县2022年公报", "正文。"]),
        ("<ul><li>甲<ul><li>乙</li></ul></li><li><p>丙</p></li></ul>", ["甲", "乙", "丙"]),
        ("<ol start=3><li>丁</li><li><p>戊</p></li><li>（一）己</li></ol>", ["3. 丁", "4. 戊", "（一）己"]),
        ("<pre>一\n二\t三</pre><p>后。</p>", ["一\n二\t三", "后。"]),
        ("<p>正文。</p><p hidden>藏</p><p style='Display: none; display: none'>藏</p>", ["正文。"]),
        ("<p>強<ruby>化<rt>huà</rt></ruby>改革<!-- 注 -->。</p>", ["強化改革。"]),
        ("前<table><tr><td>甲</td><td>乙</td></tr><tr><td>1</td><td>2</td></tr></table>后", ["前", "甲：1；乙：2", "后"]),
        (
            "<table><tr><th>项目名称</th><td>青川水库</td></tr><tr><th>投资</th><td>3亿元</td></tr></table>",
            ["项目名称：青川水库", "投资：3亿元"],
        ),
        ("<table><tr><td colspan=9999999>甲</td><td rowspan=99999>乙</td></tr></table>", ["甲", "乙"]),
        ("<ul><li><a href=1>甲的通知</a></li><li><a href=2>乙的通知</a></li></ul>", ["甲的通知", "乙的通知"]),
        ("<div>" * 600 + "深处。" + "</div>" * 600, ["深处。"]),
    ],
)  # fmt: skip
def test_elements_become_blocks(page: str, expected: list[str]) -> None:
    assert texts(page) == expected


def test_well_formed_xhtml_is_read_as_xml() -> None:
    page = """<?xml version="1.0" encoding="gb2312"?><!DOCTYPE html PUBLIC
"-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="a"/></head>
<body><h2>标题</h2><p>甲&nbsp;乙&ldquo;丙&rdquo;&amp;丁</p></body></html>"""
    assert texts(page.encode("gb2312")) == ["标题", "甲 乙“丙”&丁"]


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("临澜市水利通报-临澜新闻网", "<h2>临澜市水利通报</h2>", "临澜市水利通报"),
        ("临澜市财政局 财政公开 2021-2022年预算报告", "<b>2021-2022年预算报告</b>", "2021-2022年预算报告"),
        ("临澜市水利通报_临澜市人民政府门户网站", "", "临澜市水利通报"),
        ("临澜市财政局门户网站", "<p>2023年预算公开说明</p>", "2023年预算公开说明"),
        ("首页", "<h1>水利通报</h1>", "水利通报"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_the_title_is_without_the_sites_name(head: str, body: str, title: str) -> None:
    page = f"<html><head><title>{head}</title></head><body><div>{body}<p>{FIRST}</p><p>{SECOND}</p></div></body></html>"
    assert read(page).title == title


@pytest.mark.parametrize(
    ("line", "date", "issuer"),
    [
        ("发布日期：2023年2月8日 信息来源：青川县统计局 浏览次数：12", "2023年2月8日", "青川县统计局"),
        ("来源：本站 时间：2023/02/08", "2023/02/08", ""),
        ("<span>发布时间：2023-02-08</span><span>来源：县水务局</span><span>字号：大 中 小</span>", "2023-02-08", "县水务局"),
        ("<table><tr><td>发文机关：</td><td>县政府</td><td>成文日期：</td><td>2023-01-02</td></tr><tr><td>主题：</td><td>统计</td><td>文号：</td><td>5号</td></tr></table>", "2023-01-02", "县政府"),
    ],
)  # fmt: skip
def test_date_and_issuer_are_read_from_the_page(line: str, date: str, issuer: str) -> None:
    content = read(f"<div><div>{line}</div><p>{FIRST}</p><p>{SECOND}</p></div>")
    assert (content.date, content.issuer) == (date, issuer)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("", "没有内容"),
        ("<html><body><div id=app></div><script src=a.js></script></body></html>", "由脚本"),
        ("<html><frameset rows=1><frame src='main.htm'></frameset></html>", "框架，.*main.htm"),
        ("<html><body><iframe src='a.html'></iframe></body></html>", "框架，.*a.html"),
        ("<html><body><p> </p></body></html>", "没有文字"),
        ("<div>" * 3000 + "深" + "</div>" * 3000, "嵌套过深"),
    ],
)
def test_a_page_without_an_article_says_why(page: str, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        read(page)


@pytest.mark.parametrize(
    ("encoding", "stated", "found"),
    [
        ("utf-8", "gb2312", "utf-8"),
        ("gb18030", "gb2312", "gb2312"),
        ("gb18030", "", "gb18030"),
        ("big5", "big5", "big5"),
        ("utf-8-sig", "", "utf-8"),
        ("utf-16", "", "utf-16"),
    ],
)
def test_the_encoding_is_found(encoding: str, stated: str, found: str) -> None:
    line = "今年全市完成工程三十件，明年再做十件。"
    content = read(f"<meta charset={stated or 'utf-8'}><p>{line}</p>".encode(encoding))
    assert [block.text for block in content.blocks] == [line]
    assert content.encoding == found


def test_a_page_saved_in_one_file() -> None:
    page = f"<html><head><title>公报</title></head><body><p>{FIRST}</p></body></html>"
    data = (
        b"From: <Saved by Blink>\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/related; type="text/html"; boundary="X"\n\n'
        b"--X\nContent-Type: text/css\n\np{}\n"
        b"--X\nContent-Type: text/html\nContent-Transfer-Encoding: 8bit\n\n"
    ) + f"{page}\n--X--\n".encode()
    assert [block.text for block in load_mhtml(data).blocks] == [FIRST]
    with pytest.raises(UnreadableFile, match="没有网页"):
        load_mhtml(b"MIME-Version: 1.0\nContent-Type: text/plain\n\nx")


def test_trafilatura_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    read("<p>甲</p>")
    assert capfd.readouterr() == ("", "")
