import base64
import io
import zipfile
from collections.abc import Callable
from pathlib import PurePosixPath

import pytest
from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml

from index.errors import UnreadableFile
from index.load import load
from index.load.content import Block
from index.load.office.counting import counted
from index.load.word.docx import load_docx

NAMES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "v": "urn:schemas-microsoft-com:vml",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    }.items()
)
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def saved(document: Document) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def append(document: Document, xml: str) -> None:
    """Append an element of the body, written without its namespaces."""
    name, _, rest = xml.removeprefix("<").partition(">")
    document.element.body.insert(-1, parse_xml(f"<{name} {NAMES}>{rest}"))


def texts(document: Document) -> list[str]:
    return [block.text for block in load_docx(saved(document)).blocks]


def rewritten(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a package with one part changed."""
    source, file = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.namelist():
            part = source.read(member)
            target.writestr(member, change(part) if member == name else part)
    return file.getvalue()


def test_paragraphs_and_tables_stand_in_order() -> None:
    document = Document()
    document.add_paragraph("青川县2023年公报", style="Title")
    document.add_heading("综合", 1)
    document.add_paragraph("全年生产总值").add_run("156.3亿元。").bold = True
    document.add_paragraph("（单位：万元）")
    table = document.add_table(2, 3)
    for row, cells in enumerate([["项目", "2022年", "2023年"], ["税收", "10", "12"]]):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    document.add_paragraph("点", style="List Bullet")
    read = load(PurePosixPath("a.docx"), saved(document))
    assert read.text.split("\n\n") == [
        "青川县2023年公报",
        "综合",
        "全年生产总值156.3亿元。",
        "（单位：万元）",
        "项目：税收；2022年：10；2023年：12（单位：万元）",
        "点",
    ]
    assert (read.title, read.year, read.pages) == ("青川县2023年公报", 2023, ())
    assert [read.text[h.start : h.end] for h in read.headings] == ["青川县2023年公报", "综合"]


def test_headings_are_told_by_name_ancestry_and_outline_level() -> None:
    document = Document()
    styles = document.styles
    styles.add_style("标题 3", WD_STYLE_TYPE.PARAGRAPH)
    styles.add_style("章名", WD_STYLE_TYPE.PARAGRAPH).base_style = styles["Heading 2"]
    plain = styles.add_style("正文二", WD_STYLE_TYPE.PARAGRAPH)
    plain.base_style = styles["Heading 1"]
    plain.element.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {NAMES} w:val="9"/>'))
    for style in ("标题 3", "章名", "正文二"):
        document.add_paragraph(style, style=style)
    append(
        document, '<w:p><w:pPr><w:outlineLvl w:val="3"/></w:pPr><w:r><w:t>大纲四</w:t></w:r></w:p>'
    )
    document.add_paragraph("整段都用了标题样式。" * 10, style="Heading 1")
    levels = [block.level for block in load_docx(saved(document)).blocks]
    assert levels == [3, 2, None, 4, None]


def test_a_title_in_the_properties_counts_where_the_text_says_it() -> None:
    document = Document()
    document.add_heading("综合", 1)
    document.add_paragraph("临澜市\n2023年统计公报")
    document.core_properties.title = "临澜市2023年统计公报"
    assert load_docx(saved(document)).title == "临澜市2023年统计公报"
    document.core_properties.title = "模板里的旧标题"
    assert load_docx(saved(document)).title == "综合"


def numbered(document: Document, levels: str, overrides: str = "") -> Callable[..., None]:
    """Add a list with these levels; return what adds a paragraph to it."""
    root = document.part.numbering_part.element
    key = str(100 + len(root))
    abstract = parse_xml(f'<w:abstractNum {NAMES} w:abstractNumId="{key}">{levels}</w:abstractNum>')
    root.insert(0, abstract)
    root.append(
        parse_xml(
            f'<w:num {NAMES} w:numId="{key}"><w:abstractNumId w:val="{key}"/>{overrides}</w:num>'
        )
    )

    def add(text: str, level: int = 0, number: str = key) -> None:
        append(
            document,
            f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
            f"</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>",
        )

    return add


def level(index: int, form: str, pattern: str, more: str = "", start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{index}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{pattern}"/></w:lvl>'
    )


def test_the_numbers_that_word_writes_are_read() -> None:
    document = Document()
    add = numbered(
        document,
        level(0, "chineseCounting", "%1、")
        + level(1, "chineseCountingThousand", "（%2）")
        + level(2, "decimal", "%3.")
        + level(3, "decimal", "%1.%3.%4", "<w:isLgl/>")
        + level(4, "bullet", "•"),
    )
    for text, depth in [
        ("甲", 0),
        ("乙", 1),
        ("2023年", 2),
        ("丁", 2),
        ("戊", 3),
        ("己", 1),
        ("庚", 2),
    ]:
        add(text, depth)
    add("辛", 0)
    add("壬", 1)
    add("点", 4)
    for _ in range(9):
        add("癸", 0)
    assert texts(document) == [
        *(
            "一、甲",
            "（一）乙",
            "1. 2023年",
            "2. 丁",
            "1.2.1 戊",
            "（二）己",
            "1. 庚",
            "二、辛",
            "（一）壬",
        ),
        *(
            "点",
            "三、癸",
            "四、癸",
            "五、癸",
            "六、癸",
            "七、癸",
            "八、癸",
            "九、癸",
            "十、癸",
            "十一、癸",
        ),
    ]


def test_numbered_paragraphs_of_a_chinese_report_become_headings() -> None:
    document = Document()
    add = numbered(
        document, level(0, "chineseCounting", "%1、") + level(1, "chineseCounting", "（%2）")
    )
    add("工作回顾")
    add("工业", 1)
    document.add_paragraph("工业增加值增长8%。")
    add("工作安排")
    document.add_paragraph("力争增长9%。")
    read = load(PurePosixPath("a.docx"), saved(document))
    assert [(read.text[h.start : h.end], h.level) for h in read.headings] == [
        ("一、工作回顾", 4),
        ("（一）工业", 5),
        ("二、工作安排", 4),
    ]


def test_lists_start_where_they_say_and_go_on_or_begin_anew() -> None:
    document = Document()
    add = numbered(document, level(0, "decimal", "第%1条", "<w:suff w:val='space'/>", start=3))
    add("甲")
    root = document.part.numbering_part.element
    key = root[0].get(root[0].keys()[0])
    for number, more in (
        ("901", ""),
        ("902", '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'),
    ):
        root.append(
            parse_xml(
                f'<w:num {NAMES} w:numId="{number}"><w:abstractNumId w:val="{key}"/>{more}</w:num>'
            )
        )
    add("乙", number="901")
    add("丙", number="902")
    add("丁", number="902")
    add("无号", number="0")
    assert texts(document) == ["第3条 甲", "第4条 乙", "第1条 丙", "第2条 丁", "无号"]


def test_styles_may_number_headings() -> None:
    document = Document()
    root = document.part.numbering_part.element
    link = '<w:pStyle w:val="{}"/>'
    root.insert(
        0,
        parse_xml(
            f'<w:abstractNum {NAMES} w:abstractNumId="700">'
            + level(0, "chineseCounting", "第%1章", link.format("Heading1"))
            + level(1, "decimal", "%1.%2", "<w:isLgl/>" + link.format("Heading2"))
            + "</w:abstractNum>"
        ),
    )
    root.append(parse_xml(f'<w:num {NAMES} w:numId="700"><w:abstractNumId w:val="700"/></w:num>'))
    for name in ("Heading 1", "Heading 2"):
        properties = document.styles[name].element.get_or_add_pPr()
        properties.append(parse_xml(f'<w:numPr {NAMES}><w:numId w:val="700"/></w:numPr>'))
    for text, depth in (("总则", 1), ("目的", 2), ("范围", 2), ("附则", 1), ("施行", 2)):
        document.add_heading(text, depth)
    assert texts(document) == ["第一章 总则", "1.1 目的", "1.2 范围", "第二章 附则", "2.1 施行"]


@pytest.mark.parametrize(
    ("form", "number", "written"),
    [
        ("chineseCounting", 10, "十"),
        ("chineseCounting", 105, "一百零五"),
        ("chineseCountingThousand", 1010, "一千零一十"),
        ("upperRoman", 1994, "MCMXCIV"),
        ("lowerLetter", 28, "bb"),
        ("ideographTraditional", 3, "丙"),
        ("decimalEnclosedCircle", 21, "㉑"),
        ("chineseLegalSimplified", 12, "壹拾贰"),
        ("decimalZero", 7, "07"),
        ("ideographTraditional", 11, "11"),
        ("unknown", 5, "5"),
        ("lowerLetter", 10**18, "1" + "0" * 18),
    ],
)
def test_numbers_are_written_in_many_ways(form: str, number: int, written: str) -> None:
    assert counted(number, form) == written


def test_inserted_text_is_read_and_deleted_and_hidden_text_is_not() -> None:
    document = Document()
    append(
        document,
        "<w:p><w:r><w:t>增长</w:t></w:r>"
        '<w:del w:id="1" w:author="a"><w:r><w:delText>5%</w:delText></w:r></w:del>'
        '<w:ins w:id="2" w:author="a"><w:r><w:t>6%</w:t></w:r></w:ins>'
        "<w:moveFrom><w:r><w:t>移走</w:t></w:r></w:moveFrom>"
        "<w:moveTo><w:r><w:t>，移来</w:t></w:r></w:moveTo>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r>"
        '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>。</w:t></w:r></w:p>',
    )
    # The end of this paragraph is deleted, so it goes on in the next one.
    append(document, "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>前半</w:t></w:r></w:p>")
    append(document, "<w:p><w:r><w:t>后半</w:t></w:r></w:p>")
    assert texts(document) == ["增长6%，移来。", "前半后半"]


def test_links_controls_fields_and_signs_are_read() -> None:
    document = Document()
    append(
        document,
        "<w:p><w:hyperlink><w:r><w:t>链接</w:t></w:r></w:hyperlink>"
        '<w:r><w:fldChar w:fldCharType="begin"/><w:instrText>PAGE</w:instrText></w:r>'
        "<w:fldSimple><w:r><w:t>2023</w:t></w:r></w:fldSimple><w:r><w:tab/><w:t>甲</w:t><w:br/></w:r>"
        '<w:r><w:br w:type="page"/><w:t>乙</w:t><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>'
        "<w:r><w:ruby><w:rt><w:r><w:t>yǐ</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>丙</w:t></w:r>"
        "</w:rubyBase></w:ruby></w:r></w:p>",
    )
    append(
        document,
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>控件</w:t></w:r>"
        "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r><w:t>单击输入</w:t></w:r>"
        "</w:sdtContent></w:sdt></w:p></w:sdtContent></w:sdt>",
    )
    document.styles.add_style("toc 1", WD_STYLE_TYPE.PARAGRAPH)
    document.add_paragraph("一、总则\t1", style="toc 1")
    assert texts(document) == ["链接2023\t甲\n乙☑丙", "控件"]


def test_a_text_box_is_read_once() -> None:
    document = Document()
    box = "<w:txbxContent><w:p><w:r><w:t>框中文字</w:t></w:r></w:p></w:txbxContent>"
    append(
        document,
        "<w:p><w:r><w:t>正文</w:t></w:r><w:r><mc:AlternateContent>"
        f'<mc:Choice Requires="wps"><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>",
    )
    assert texts(document) == ["正文", "框中文字"]


def test_formulas_are_read_as_text() -> None:
    document = Document()
    run = "<m:r><m:t>{}</m:t></m:r>".format
    append(
        document,
        f"<w:p><w:r><w:t>增速</w:t></w:r><m:oMath>{run('=')}<m:f><m:num>{run('a-b')}</m:num>"
        f"<m:den>{run('b')}</m:den></m:f>{run('+')}<m:sSup><m:e>{run('x')}</m:e><m:sup>{run('2')}</m:sup>"
        f"</m:sSup><m:rad><m:e>{run('n')}</m:e></m:rad><m:d><m:e>{run('k')}</m:e></m:d></m:oMath></w:p>",
    )
    assert texts(document) == ["增速=(a-b)/b+x^2√(n)(k)"]


def with_notes(document: Document, kind: str, notes: dict[int, str]) -> None:
    single = kind.removesuffix("s")
    body = "".join(
        f'<w:{single} w:id="{key}"><w:p><w:r><w:{single}Ref/></w:r><w:r><w:t xml:space="preserve"> {text}</w:t></w:r></w:p></w:{single}>'
        for key, text in notes.items()
    )
    xml = f"<w:{kind} {NAMES}>{body}</w:{kind}>".encode()
    part = Part(PackURI(f"/word/{kind}.xml"), "application/xml", xml, document.part.package)
    document.part.relate_to(part, getattr(RELATIONSHIP_TYPE, kind.upper()))


def test_notes_stand_behind_the_paragraph_or_the_table_with_their_mark() -> None:
    document = Document()
    with_notes(document, "footnotes", {7: "按可比价格计算。", 9: "快报数。"})
    with_notes(document, "endnotes", {2: "见年鉴。"})
    mark = '<w:r><w:{}Reference w:id="{}"/></w:r>'.format
    append(
        document,
        f"<w:p><w:r><w:t>增长7%</w:t></w:r>{mark('footnote', 9)}<w:r><w:t>。</w:t></w:r></w:p>",
    )
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r>{}</w:p></w:tc>".format
    append(
        document,
        f"<w:tbl><w:tr>{cell('项目', '')}{cell('金额', mark('footnote', 7))}</w:tr>"
        f"<w:tr>{cell('税收', '')}{cell('10', mark('endnote', 2))}</w:tr></w:tbl>",
    )
    document.add_paragraph("末段")
    assert texts(document) == [
        "增长7%。",
        "注1：快报数。",
        "项目：税收；金额：10",
        "注2：按可比价格计算。",
        "尾注1：见年鉴。",
        "末段",
    ]


def test_merged_cells_and_deleted_rows_of_a_table() -> None:
    document = Document()
    table = document.add_table(6, 4)
    for row, cells in enumerate(
        [
            ["青川县收支表", "", "", ""],
            ["地区", "类别", "2023年", ""],
            ["", "", "金额", "增速"],
            ["城区", "税收", "10", "5%"],
            ["", "罚没", "2", "1%"],
            ["删去", "的", "一", "行"],
        ]
    ):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    for first, last in (((0, 0), (0, 3)), ((1, 0), (2, 0)), ((1, 2), (1, 3)), ((3, 0), (4, 0))):
        merged = table.cell(*first).merge(table.cell(*last))
        merged.text = merged.text.strip()
    row = table.rows[5]._tr
    row.get_or_add_trPr().append(parse_xml(f"<w:del {NAMES}/>"))
    assert texts(document) == [
        "青川县收支表",
        "地区：城区；类别：税收；2023年·金额：10；2023年·增速：5%",
        "地区：城区；类别：罚没；2023年·金额：2；2023年·增速：1%",
    ]


def test_tables_that_only_serve_the_layout_are_read_as_text() -> None:
    document = Document()
    frame = document.add_table(1, 2)
    frame.cell(0, 0).text = "左栏"
    frame.cell(0, 0).add_paragraph("小节", style="Heading 2")
    inner = frame.cell(0, 1).add_table(2, 2)
    for row, cells in enumerate([["项目", "金额"], ["税收", "10"]]):
        for column, text in enumerate(cells):
            inner.cell(row, column).text = text
    assert load_docx(saved(document)).blocks == (
        Block("左栏"),
        Block("小节", 2),
        Block("项目：税收；金额：10"),
    )


def test_pictures_without_text_are_reported() -> None:
    document = Document()
    for _ in range(3):
        document.add_picture(io.BytesIO(DOT))
    content = load_docx(saved(document))
    assert content.problems == ("文档里有 3 张图片，图中文字没有读出",)
    with pytest.raises(UnreadableFile, match="没有文字（文档里有 3 张图片"):
        load(PurePosixPath("a.docx"), saved(document))
    document.add_paragraph("全县各项事业稳步发展。" * 10)
    assert load_docx(saved(document)).problems == ()


def one_paragraph(text: str = "正文") -> bytes:
    document = Document()
    document.add_paragraph(text)
    return saved(document)


def test_a_relation_to_a_part_that_is_missing_does_no_harm() -> None:
    broken = b'<Relationship Id="rId99" Type="http://x/image" Target="NULL"/></Relationships>'
    data = rewritten(
        one_paragraph(),
        "word/_rels/document.xml.rels",
        lambda part: part.replace(b"</Relationships>", broken),
    )
    assert [block.text for block in load_docx(data).blocks] == ["正文"]


def test_macro_and_strict_documents_are_read() -> None:
    def macro(part: bytes) -> bytes:
        return part.replace(
            b"vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
            b"vnd.ms-word.document.macroEnabled.main+xml",
        )

    data = rewritten(one_paragraph(), "[Content_Types].xml", macro)
    assert load(PurePosixPath("a.docm"), data).text == "正文"
    strict = rewritten(
        one_paragraph(),
        "word/document.xml",
        lambda part: part.replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/",
            b"http://purl.oclc.org/ooxml/wordprocessingml/",
        ),
    )
    assert [block.text for block in load_docx(strict).blocks] == ["正文"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"abc", "内容不是 .docx"),
        (one_paragraph()[:3000], "已损坏"),
        (one_paragraph().replace(b"word/document.xml", b"word/documenu.xml"), "已损坏|不是 Word"),
        (rewritten(one_paragraph(), "word/document.xml", lambda part: part[:-20]), "已损坏"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        load_docx(data)


def test_a_locked_document_says_what_to_do() -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(UnreadableFile, match="密码"):
        load(PurePosixPath("a.docx"), data)


def test_files_that_unpack_to_too_much_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.load.office.package._MOST_XML", 2**20)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(5 * 2**20))
    with pytest.raises(UnreadableFile, match="解压后有 5 MB，超过 1 MB"):
        load_docx(file.getvalue())


def test_entities_that_grow_and_elements_in_elements_in_elements_are_refused() -> None:
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    doctype = f'<!DOCTYPE d [<!ENTITY l0 "哈">{laughs}]>'.encode()
    for entity in ("&l9;", "&l0;"):

        def defines(part: bytes, entity: str = entity) -> bytes:
            part = part.replace(b"<w:document", doctype + b"<w:document", 1)
            return part.replace("正文".encode(), f"正文{entity}".encode())

        with pytest.raises(UnreadableFile, match="已损坏"):
            load_docx(rewritten(one_paragraph(), "word/document.xml", defines))
    deep = "<w:ins>" * 1500 + "<w:r><w:t>深</w:t></w:r>" + "</w:ins>" * 1500
    document = Document()
    document.add_paragraph("正文")
    data = rewritten(
        saved(document),
        "word/document.xml",
        lambda part: part.replace(b"</w:p>", deep.encode() + b"</w:p>", 1),
    )
    with pytest.raises(UnreadableFile, match="嵌套过深|已损坏"):
        load_docx(data)
