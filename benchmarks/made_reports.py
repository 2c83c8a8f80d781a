"""Made-up Chinese reports, and files of many formats that hold one."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image

_PLACES = ("青川县", "临澜市", "云泽区", "石桥镇", "白沙河流域", "河口新区", "大坪乡", "竹园片区")
_MATTERS = (
    "粮食生产", "水库除险加固", "农村饮水安全", "老旧小区改造", "普惠托育", "职业技能培训",
    "秸秆综合利用", "数字政务", "跨境电商", "生猪稳产保供", "古树名木保护", "应急广播", "冷链物流",
    "养老服务", "矿山修复",
)  # fmt: skip
_CLAUSES = (
    "{place}{matter}完成投资{number}亿元，比上年增长{share}%，增速比全省平均水平高{points}个百分点。",
    "全年{matter}受益群众{people}万人次，其中脱贫户{count}户，户均增收{yuan}元。",
    "坚持“问题导向、分类施策”，把{matter}列为年度十件民生实事，由{place}牵头推进。",
    "{place}新建改建站点{count}处，整治隐患{small}处，办结率达到{rate}%，群众满意度为{rate}%。",
    "年末常住人口{people}万人，人口自然增长率为{mille}‰，城镇化率{rate}%（比上年末提高{points}个百分点）。",
    "受汛期强降雨影响，{place}部分堤段发生管涌、渗漏，经抢护均已处置完毕，未发生人员伤亡。",
    "下一步，将对照《{place}{matter}三年行动方案（2022—2024年）》，逐项销号、按季通报。",
    "一般公共预算收入{number}亿元，增长{share}%；一般公共预算支出{number}亿元，下降{points}%。",
    "居民人均可支配收入{yuan}元，扣除价格因素，实际增长{share}%，城乡收入比缩小到{points}：1。",
    "与此同时，仍存在设施老化、专业人员偏少、部门之间数据不通等短板，需在今后工作中着力解决。",
    "会同农业、水利、财政等{small}个部门开展联合检查，发现并督促整改问题{count}个。",
    "举办培训班{small}期，培训乡镇干部、技术人员{count}人次，发放手册{people}万册。",
)
_INDICATORS = (
    "地区生产总值", "第一产业增加值", "第二产业增加值", "第三产业增加值", "固定资产投资",
    "社会消费品零售总额", "粮食总产量", "进出口总额", "一般公共预算收入", "年末存款余额",
    "旅游总收入", "工业用电量",
)  # fmt: skip
# Stands at the head of each printed page.
HEADER = "统计资料汇编"
_ORDINALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its unit, its header and its rows, all as long as the header."""

    unit: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def lines(self) -> list[str]:
        """Each row as Wenju writes one."""
        named = (zip(self.header, row, strict=True) for row in self.rows)
        rows = ("；".join(f"{name}：{cell}" for name, cell in row) for row in named)
        return [f"{row}（单位：{self.unit}）" for row in rows]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, the paragraphs below it, and the table behind them."""

    heading: str
    paragraphs: tuple[str, ...]
    sheet: Sheet

    @property
    def lines(self) -> list[str]:
        """The heading and the paragraphs."""
        return [self.heading, *self.paragraphs]


@dataclass(frozen=True, slots=True)
class Report:
    """A title and sections."""

    title: str
    sections: tuple[Section, ...]

    @property
    def prose(self) -> list[str]:
        """The title and all paragraphs, without the tables."""
        return [self.title, *(line for section in self.sections for line in section.lines)]

    @property
    def lines(self) -> list[str]:
        """The title, and section by section its paragraphs and the rows of its table."""
        parts = (
            [*section.lines, f"单位：{section.sheet.unit}", *section.sheet.lines]
            for section in self.sections
        )
        return [self.title, *(line for part in parts for line in part)]

    @property
    def sheets(self) -> list[Sheet]:
        return [section.sheet for section in self.sections]


def make_report(seed: int, sections: int = 4) -> Report:
    """Return a report of about 500 characters and one table a section."""
    random = np.random.default_rng(seed)
    place, year = str(random.choice(_PLACES)), 2015 + seed % 10
    made = []
    for number in range(sections):
        heading = f"{_ORDINALS[number]}、{random.choice(_MATTERS)}情况"
        texts = tuple(_paragraph(random) for _ in range(4))
        made.append(Section(heading, texts, _sheet(random, year)))
    return Report(f"{place}{year}年国民经济和社会发展情况报告", tuple(made))


def _paragraph(random: np.random.Generator) -> str:
    clauses = random.choice(_CLAUSES, 3, replace=False)
    return "".join(
        clause.format(
            place=random.choice(_PLACES),
            matter=random.choice(_MATTERS),
            number=f"{random.uniform(3, 900):.1f}",
            share=f"{random.uniform(1, 19):.1f}",
            points=f"{random.uniform(0.2, 3.9):.1f}",
            people=f"{random.uniform(1, 99):.2f}",
            mille=f"{random.uniform(1, 9):.2f}",
            rate=f"{random.uniform(51, 99):.1f}",
            count=random.integers(100, 9999),
            small=random.integers(2, 60),
            yuan=random.integers(9000, 60000),
        )
        for clause in clauses
    )


def _sheet(random: np.random.Generator, year: int) -> Sheet:
    names = random.choice(_INDICATORS, 6, replace=False)
    rows = tuple(
        (
            str(name),
            f"{random.uniform(10, 4000):,.1f}",
            f"{random.uniform(10, 4000):,.1f}",
            f"{random.uniform(-5, 15):.1f}",
        )
        for name in names
    )
    return Sheet("亿元", ("指标", f"{year - 1}年", f"{year}年", "增长（%）"), rows)


_STYLE = """
@page { size: A4; margin: 25mm 28mm; @top-center { content: "%s"; font-size: 9pt }
  @bottom-center { content: "— " counter(page) " —"; font-size: 9pt } }
body { font: 12pt/21pt "Noto Serif CJK SC"; margin: 0 }
p { margin: 0; text-indent: 2em; text-align: justify }
h1 { font: bold 20pt "Noto Sans CJK SC"; text-align: center }
h2 { font: bold 15pt "Noto Sans CJK SC" }
table { border-collapse: collapse; width: 100%%; font-size: 10.5pt; break-inside: avoid }
td { text-align: center } td:first-child { text-align: left }
.unit { text-align: right; font-size: 10.5pt }
.ruled td { border: 1px solid }
.open table { border: solid; border-width: 2px 0 }
.open tr:first-child td { border-bottom: 1px solid }
.columns { column-count: 2; column-gap: 9mm; font-size: 10.5pt; line-height: 17pt }
.columns table, .columns .unit { font-size: 8pt }
"""


def as_pdf(report: Report, kind: str = "ruled") -> bytes:
    """Return the report as Chromium prints it, below a running header; `kind` may be `ruled`,
    `open` (tables of three lines) or `ruled columns`."""
    page = f'<meta charset="utf-8"><style>{_STYLE % HEADER}</style><h1>{report.title}</h1>'
    page += f'<div class="{kind}">{_sections(report)}</div>'
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        message = "chromium makes the PDF files: install it first"
        raise SystemExit(message)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "a.html"), Path(folder, "a.pdf")
        source.write_text(page, encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
        command = [chromium, *options, f"--print-to-pdf={target}", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return target.read_bytes()


def _sections(report: Report) -> str:
    return "".join(
        f"<h2>{section.heading}</h2>"
        + "".join(f"<p>{escape(text)}</p>" for text in section.paragraphs)
        + f'<p class="unit">单位：{section.sheet.unit}</p>{_table(section.sheet)}'
        for section in report.sections
    )


def _table(sheet: Sheet) -> str:
    rows = ("".join(f"<td>{cell}</td>" for cell in row) for row in (sheet.header, *sheet.rows))
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


def page_pictures(pdf: bytes, dpi: int) -> list[Image.Image]:
    """Return the pages of a PDF as pictures."""
    from pypdfium2 import PdfDocument

    document = PdfDocument(pdf)
    return [page.render(scale=dpi / 72).to_pil().convert("RGB") for page in document]


def as_scan(pictures: Sequence[Image.Image], dpi: int, seed: int = 0) -> bytes:
    """Return pages as a scanner makes a PDF of them: a little crooked, grained, as JPEG."""
    random = np.random.default_rng(seed)
    scans = [_scanned(picture, random) for picture in pictures]
    file = io.BytesIO()
    scans[0].save(file, "PDF", save_all=True, append_images=scans[1:], resolution=dpi, quality=80)
    return file.getvalue()


def _scanned(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    angle = float(random.uniform(-0.8, 0.8))
    crooked = picture.rotate(angle, Image.Resampling.BICUBIC, fillcolor="white")
    return _grained(np.asarray(crooked, np.float32) * 0.9 + 12, random, 9)


def as_photo(picture: Image.Image, format: str, seed: int = 0) -> bytes:
    """Return a page as a camera takes it: askew, unevenly lit, grained; `format` is PNG or JPEG."""
    random = np.random.default_rng(seed)
    width, height = picture.size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    seen = corners + random.uniform(-0.015, 0.015, (4, 2)) * width
    askew = picture.transform(
        picture.size,
        Image.Transform.PERSPECTIVE,
        _perspective(corners, seen),
        Image.Resampling.BICUBIC,
        fillcolor="white",
    )
    across = np.linspace(0.72, 1.0, width)[None, :, None]
    down = np.linspace(1.0, 0.85, height)[:, None, None]
    photo = _grained(np.asarray(askew, np.float32) * across * down, random, 7)
    file = io.BytesIO()
    photo.save(file, format, **({"quality": 85} if format == "JPEG" else {}))
    return file.getvalue()


def _grained(values: np.ndarray, random: np.random.Generator, grain: float) -> Image.Image:
    noise = random.normal(0, grain, values.shape[:2])[..., None]
    return Image.fromarray((values + noise).clip(0, 255).astype(np.uint8))


def _perspective(corners: np.ndarray, seen: np.ndarray) -> list[float]:
    """Return PIL's eight coefficients that take `corners` of the result to `seen` of the source."""
    equations = []
    for (x, y), (u, v) in zip(corners, seen, strict=True):
        equations += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    return np.linalg.solve(np.array(equations), seen.reshape(-1)).tolist()


def as_docx(report: Report) -> bytes:
    """Return the report as a Word document with styles."""
    from docx import Document

    document = Document()
    document.add_heading(report.title, 0)
    for section in report.sections:
        document.add_heading(section.heading, 1)
        for text in (*section.paragraphs, f"单位：{section.sheet.unit}"):
            document.add_paragraph(text)
        rows = (section.sheet.header, *section.sheet.rows)
        table = document.add_table(len(rows), len(section.sheet.header))
        for line, row in zip(table.rows, rows, strict=True):
            for cell, text in zip(line.cells, row, strict=True):
                cell.text = text
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def as_pptx(report: Report) -> bytes:
    """Return the report as slides: the title, then for each section its text and its table."""
    from pptx import Presentation
    from pptx.util import Inches

    slides = Presentation()
    slides.slides.add_slide(slides.slide_layouts[5]).shapes.title.text = report.title
    for section in report.sections:
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text = section.heading
        slide.placeholders[1].text = "\n".join(section.paragraphs)
        slide = slides.slides.add_slide(slides.slide_layouts[6])
        box = slide.shapes.add_textbox(Inches(1), Inches(0.4), Inches(8), Inches(0.5))
        box.text_frame.text = f"单位：{section.sheet.unit}"
        rows = (section.sheet.header, *section.sheet.rows)
        size = Inches(1), Inches(1), Inches(8), Inches(4)
        table = slide.shapes.add_table(len(rows), len(section.sheet.header), *size).table
        for at, row in enumerate(rows):
            for column, text in enumerate(row):
                table.cell(at, column).text = text
    file = io.BytesIO()
    slides.save(file)
    return file.getvalue()


def as_xlsx(report: Report) -> bytes:
    """Return the tables of the report, each on a sheet of its own below its title and its unit."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for section in report.sections:
        page = book.create_sheet(section.heading)
        page.append([f"{section.heading}表"])
        page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=4)
        page.append(["", "", "", f"单位：{section.sheet.unit}"])
        page.append(section.sheet.header)
        for name, *values in section.sheet.rows:
            page.append([name, *(float(value.replace(",", "")) for value in values)])
            for cell, form in zip(page[page.max_row][1:], ("#,##0.0",) * 2 + ("0.0",), strict=True):
                cell.number_format = form
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def as_csv(sheet: Sheet) -> bytes:
    """Return a table as Excel in China saves it: below its unit, in GB18030."""
    file = io.StringIO()
    csv.writer(file).writerows([(f"单位：{sheet.unit}",), sheet.header, *sheet.rows])
    return file.getvalue().encode("gb18030")


def as_html(report: Report) -> bytes:
    """Return the report as a page of a government's site, with all that stands around it."""
    menu = "".join(
        f'<li><a href="/{at}">{name}</a></li>'
        for at, name in enumerate(
            ("首页", "政务公开", "办事服务", "互动交流", "数据开放", "走进青川")
        )
    )
    latest = "".join(
        f'<li><a href="/n{at}">{matter}工作简报</a></li>' for at, matter in enumerate(_MATTERS)
    )
    name = "青川县人民政府"
    return f"""<!doctype html><html><head><meta charset="utf-8"><title>{report.title}_{name}</title>
<script>var a = "统计";</script></head><body><div class="header"><ul class="nav">{menu}</ul>
<form><input value="请输入关键字"><button>搜索</button></form></div>
<div class="position">您现在的位置：<a href="/">首页</a> &gt; <a href="/g">政务公开</a></div>
<div class="main"><h1>{report.title}</h1>
<div class="info">发布时间：2024-02-18 来源：青川县统计局 浏览次数：318 字体：大 中 小</div>
<div class="content">{_sections(report)}</div>
<div class="share">分享到：微信 微博 打印本页 关闭窗口</div></div>
<div class="side"><h3>最新信息</h3><ul>{latest}</ul></div>
<div class="footer">主办：{name}办公室 版权所有 蜀ICP备05012345号 网站标识码：5108220001</div>
</body></html>""".encode()


def as_epub(report: Report) -> bytes:
    """Return the report as a book with a chapter a section."""
    chapters = [f"<h1>{report.title}</h1>"] + [
        _sections(Report(report.title, (section,))) for section in report.sections
    ]
    names = [f"c{at}.xhtml" for at in range(len(chapters))]
    items = "".join(
        f'<item id="i{at}" href="{name}" media-type="application/xhtml+xml"/>'
        for at, name in enumerate(names)
    )
    spine = "".join(f'<itemref idref="i{at}"/>' for at in range(len(names)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{report.title}</dc:title></metadata>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    container = (
        '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        '<rootfiles><rootfile full-path="a.opf" media-type="application/oebps-package+xml"/>'
        "</rootfiles></container>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr("META-INF/container.xml", container)
        book.writestr("a.opf", package)
        for name, body in zip(names, chapters, strict=True):
            page = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>'
            book.writestr(name, f"{page}{body}</body></html>")
    return file.getvalue()


def as_zip(files: dict[str, bytes]) -> bytes:
    """Return an archive as Windows in China makes it: its names in cp936 and not marked."""
    # zipfile writes names beyond ASCII in UTF-8: stand-ins of their length make room for them.
    given = [
        (f"{at:04d}".ljust(len(name.encode("cp936")), "x"), name) for at, name in enumerate(files)
    ]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for stand_in, name in given:
            archive.writestr(stand_in, files[name])
    made = file.getvalue()
    for stand_in, name in given:
        made = made.replace(stand_in.encode(), name.encode("cp936"))
    return made
