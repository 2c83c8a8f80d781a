import base64
import io
from pathlib import PurePosixPath

import pytest
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.slide import Slide
from pptx.util import Cm

from index.errors import UnreadableFile
from index.load import load
from index.load.content import Block
from index.load.slides.pptx import load_pptx

NAMES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "p": "http://schemas.openxmlformats.org/presentationml/2006/main",
        "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "dgm": "http://schemas.openxmlformats.org/drawingml/2006/diagram",
    }.items()
)
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
# Layouts of the default template.
TITLE, BODY, SECTION, TITLE_ONLY, BLANK = 0, 1, 2, 5, 6


def slide(deck: Presentation, layout: int, title: str = "", body: str = "") -> Slide:
    added = deck.slides.add_slide(deck.slide_layouts[layout])
    if title:
        added.shapes.title.text = title
    if body:
        added.placeholders[1].text = body
    return added


def box(where: Slide, left: float, top: float, text: str, height: float = 2) -> None:
    shape = where.shapes.add_textbox(Cm(left), Cm(top), Cm(5), Cm(height))
    shape.text_frame.text = text


def saved(deck: Presentation) -> bytes:
    file = io.BytesIO()
    deck.save(file)
    return file.getvalue()


def texts(deck: Presentation) -> list[str]:
    return [block.text for block in load_pptx(saved(deck)).blocks]


def test_each_slide_is_a_page_with_its_title_as_heading() -> None:
    deck = Presentation()
    slide(deck, TITLE, "青川县2023年\n工作汇报", "县政府办公室")
    slide(deck, BLANK)
    last = slide(deck, BODY, "总体情况", "生产总值156亿元\n\n增长7.2%")
    last.notes_slide.notes_text_frame.text = "数据为快报数\n请核对"
    read = load(PurePosixPath("a.pptx"), saved(deck))
    assert read.text.split("\n\n") == [
        "青川县2023年工作汇报",
        "县政府办公室",
        "总体情况",
        "生产总值156亿元",
        "增长7.2%",
        "备注：数据为快报数",
        "备注：请核对",
    ]
    assert (read.title, read.year) == ("青川县2023年工作汇报", 2023)
    assert [read.page(read.text.index(text)) for text in ("县政", "总体", "请核对")] == [1, 3, 3]
    assert [(read.text[h.start : h.end], h.level) for h in read.headings] == [
        ("青川县2023年工作汇报", 1),
        ("总体情况", 1),
    ]


def test_slides_below_a_section_stand_below_its_title() -> None:
    deck = Presentation()
    slide(deck, TITLE_ONLY, "封面")
    slide(deck, SECTION, "第一部分", "工业")
    slide(deck, BODY, "产值", "增长8%")
    levels = [(block.text, block.level) for block in load_pptx(saved(deck)).blocks if block.level]
    assert levels == [("\f封面", 2), ("\f第一部分", 1), ("\f产值", 2)]


def test_texts_stand_from_top_to_bottom_and_left_to_right() -> None:
    deck = Presentation()
    page = slide(deck, TITLE_ONLY, "标题")
    box(page, 12, 8.2, "右下")
    box(page, 1, 8, "左下")
    box(page, 12, 5, "右上")
    box(page, 1, 5.5, "左上")
    group = page.shapes.add_group_shape()
    for left, text in ((9, "组内右"), (7, "组内左")):
        shape = group.shapes.add_textbox(Cm(left), Cm(12), Cm(1), Cm(1))
        shape.text_frame.text = text
    assert texts(deck) == ["\f标题", "左上", "右上", "左下", "右下", "组内左", "组内右"]


def test_the_first_short_line_of_a_slide_without_title_stands_in_for_it() -> None:
    deck = Presentation()
    page = slide(deck, BLANK)
    box(page, 1, 5, "正文在下。")
    box(page, 1, 1, "一、工业")
    assert load_pptx(saved(deck)).blocks == (Block("\f一、工业", 1), Block("正文在下。"))
    alone = Presentation()
    box(slide(alone, BLANK), 1, 1, "只有一句")
    assert load_pptx(saved(alone)).blocks == (Block("\f只有一句"),)


def test_numbers_of_paragraphs_are_read() -> None:
    deck = Presentation()
    page = slide(deck, BODY, "安排", "甲\n乙\n丙\n丁\n戊")
    ways = ['type="ea1ChsPeriod"', 'type="ea1ChsPeriod"', 'type="arabicParenBoth" startAt="3"']
    paragraphs = page.placeholders[1].text_frame.paragraphs
    for paragraph, way in zip((*paragraphs[:2], paragraphs[3]), ways, strict=True):
        paragraph._p.get_or_add_pPr().append(parse_xml(f"<a:buAutoNum {NAMES} {way}/>"))
    assert texts(deck)[1:] == ["一. 甲", "二. 乙", "丙", "(3)丁", "戊"]


def test_tables_are_read_row_by_row() -> None:
    deck = Presentation()
    page = slide(deck, TITLE_ONLY, "收支")
    cells = [
        ["收支表", "", ""],
        ["地区", "项目", "金额"],
        ["城区", "税收", "10"],
        ["", "罚没", "2"],
    ]
    table = page.shapes.add_table(4, 3, Cm(1), Cm(5), Cm(20), Cm(8)).table
    for row, line in enumerate(cells):
        for column, text in enumerate(line):
            table.cell(row, column).text = text
    table.cell(0, 0).merge(table.cell(0, 2))
    table.cell(2, 0).merge(table.cell(3, 0))
    assert texts(deck)[1:] == [
        "收支表",
        "地区：城区；项目：税收；金额：10",
        "地区：城区；项目：罚没；金额：2",
    ]


def test_a_unit_in_a_box_above_a_table_is_that_of_its_values() -> None:
    deck = Presentation()
    page = slide(deck, BLANK)
    box(page, 2, 1, "单位：亿元")
    table = page.shapes.add_table(2, 2, Cm(2), Cm(5), Cm(10), Cm(4)).table
    for at, text in enumerate(["指标", "2023年", "税收", "7.2"]):
        table.cell(*divmod(at, 2)).text = text
    assert texts(deck) == ["\f单位：亿元", "指标：税收；2023年：7.2（单位：亿元）"]


def test_charts_are_read_by_category() -> None:
    deck = Presentation()
    page = slide(deck, TITLE_ONLY, "图表")
    data = CategoryChartData(number_format="0.0%")
    data.categories = ["2022年", "2023年"]
    data.add_series("增速", (0.065, 0.072))
    data.add_series("占比", (0.3, None))
    chart = page.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, Cm(1), Cm(5), Cm(9), Cm(9), data
    ).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "财政收入"
    assert texts(deck)[1:] == [
        "财政收入",
        "类别：2022年；增速：6.5%；占比：30.0%",
        "类别：2023年；增速：7.2%",
    ]


def test_diagrams_and_shapes_with_alternatives_are_read() -> None:
    deck = Presentation()
    page = slide(deck, TITLE_ONLY, "流程")
    point = (
        '<dgm:pt modelId="{}" {}><dgm:t><a:p><a:r><a:t>{}</a:t></a:r></a:p></dgm:t></dgm:pt>'.format
    )
    points = point(1, "", "申报") + point(2, 'type="sibTrans"', "线") + point(3, "", "审核")
    xml = f"<dgm:dataModel {NAMES}><dgm:ptLst>{points}</dgm:ptLst></dgm:dataModel>".encode()
    part = Part(PackURI("/ppt/diagrams/data1.xml"), "application/xml", page.part.package, xml)
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData"
    tree = page.shapes._spTree
    tree.append(
        parse_xml(
            f"<p:graphicFrame {NAMES}><a:graphic><a:graphicData>"
            f'<dgm:relIds r:dm="{page.part.relate_to(part, kind)}"/>'
            "</a:graphicData></a:graphic></p:graphicFrame>"
        )
    )
    shape = "<p:sp><p:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp>".format
    tree.append(
        parse_xml(
            f"<mc:AlternateContent {NAMES}><mc:Choice>{shape('新')}</mc:Choice>"
            f"<mc:Fallback>{shape('旧')}</mc:Fallback></mc:AlternateContent>"
        )
    )
    assert texts(deck) == ["\f流程", "申报", "审核", "新"]


def test_hidden_shapes_and_page_numbers_are_left_out() -> None:
    deck = Presentation()
    page = slide(deck, BODY, "标题", "正文")
    box(page, 1, 15, "隐藏的")
    page.shapes[-1]._element.nvSpPr.cNvPr.set("hidden", "1")
    page.shapes._spTree.append(
        parse_xml(
            f'<p:sp {NAMES}><p:nvSpPr><p:nvPr><p:ph type="sldNum"/></p:nvPr></p:nvSpPr><p:txBody><a:p>'
            '<a:fld type="slidenum" id="x"><a:t>7</a:t></a:fld></a:p></p:txBody></p:sp>'
        )
    )
    assert texts(deck) == ["\f标题", "正文"]


def test_slides_of_pictures_are_reported() -> None:
    deck = Presentation()
    slide(deck, BODY, "有文字", "正文").shapes.add_picture(io.BytesIO(DOT), 0, 0)
    for _ in range(2):
        slide(deck, TITLE_ONLY, "图").shapes.add_picture(io.BytesIO(DOT), 0, 0)
    assert load_pptx(saved(deck)).problems == ("第 2、3 页只有图片，图中文字没有读出",)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"abc", "内容不是 .pptx"),
        (saved(Presentation())[:9000], "已损坏"),
        (
            saved(Presentation()).replace(b"ppt/presentation.xml", b"ppt/presentatiom.xml"),
            "演示文稿|已损坏",
        ),
    ],
)
def test_what_cannot_be_read_says_what_to_do(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        load_pptx(data)
