import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from scans import DPI, draw_page, font, with_noise

from index.errors import UnreadableFile
from index.load.layout.blocks import page_blocks
from index.load.layout.page import Page, TextLine
from index.load.scan import ocr

TEXT = (
    "青川县2021年国民经济和社会发展统计公报",
    "全年地区生产总值186.4亿元，比上年增长7.2%。",
    "粮食总产量23.5万吨；新建农村公路156公里。",
    "城镇新增就业3618人，完成棚户区改造840套。",
)
LINES = [(40.0, 50.0 + 30 * row, text) for row, text in enumerate(TEXT)]


def read(picture: Image.Image, dpi: float = DPI) -> tuple[Page, float]:
    page, confidence = ocr.read_page(np.asarray(picture), 3, dpi)
    lines = tuple(sorted(page.lines, key=lambda line: (round(line.top / 9), line.left)))
    return Page(page.number, page.width, page.height, lines), confidence


def texts(picture: Image.Image) -> tuple[str, ...]:
    return tuple(line.text for line in read(picture)[0].lines)


def test_lines_are_read_where_they_stand() -> None:
    page, confidence = read(draw_page(LINES))
    assert tuple(line.text for line in page.lines) == TEXT
    assert confidence > 0.95
    assert (page.number, page.width, page.height) == (3, 500, 300)
    for line, (left, base, _) in zip(page.lines, LINES, strict=True):
        assert line.left == pytest.approx(left, abs=2)
        assert line.bottom == pytest.approx(base + 1.5, abs=2)
        assert line.size == pytest.approx(16, rel=0.08)


def test_places_do_not_depend_on_the_resolution() -> None:
    page, _ = read(draw_page(LINES).resize((500, 300), Image.Resampling.LANCZOS), dpi=72)
    assert tuple(line.text for line in page.lines) == TEXT
    assert page.lines[0].left == pytest.approx(40, abs=2)
    assert (page.width, page.height) == (500, 300)


@pytest.mark.parametrize("angle", [-2, 1.5])
def test_a_crooked_page_is_straightened(angle: float) -> None:
    crooked = draw_page(LINES).rotate(angle, Image.Resampling.BICUBIC, fillcolor="white")
    page, _ = read(crooked)
    assert tuple(line.text for line in page.lines) == TEXT
    assert [line.left for line in page.lines] == pytest.approx([40] * 4, abs=3)
    assert max(line.size for line in page.lines) < 18


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_that_was_laid_down_wrongly_is_turned(quarters: int) -> None:
    turned = Image.fromarray(np.rot90(np.asarray(draw_page(LINES)), quarters))
    page, confidence = read(turned)
    assert tuple(line.text for line in page.lines) == TEXT
    assert confidence > 0.95
    assert (page.width, page.height) == (500, 300)
    assert page.lines[0].left == pytest.approx(40, abs=2)


def test_a_noisy_page_is_read() -> None:
    blurred = draw_page(LINES).filter(ImageFilter.GaussianBlur(1))
    assert texts(with_noise(blurred)) == TEXT


def test_light_letters_on_a_dark_ground_are_read() -> None:
    page, _ = read(draw_page(LINES[:2], ink="white", paper="#103050"))
    assert tuple(line.text for line in page.lines) == TEXT[:2]
    assert page.lines[0].size == pytest.approx(16, rel=0.1)


def test_a_line_below_a_red_seal_is_read_and_a_red_heading_too() -> None:
    picture = draw_page([(150, 200, "2023年5月16日")])
    stamp = Image.new("RGB", picture.size, "white")
    ring = ImageDraw.Draw(stamp)
    ring.ellipse((380, 260, 600, 480), outline=(230, 30, 30), width=8)
    for place, char in (((420, 300), "青"), ((470, 370), "★"), ((550, 380), "府")):
        ring.text(place, char, (230, 30, 30), font(40))
    ring.text((80, 60), "青川县人民政府文件", (230, 30, 30), font(60))
    stamped = ImageChops.multiply(picture, stamp)
    assert {"2023年5月16日", "青川县人民政府文件"} <= set(texts(stamped))


def test_columns_stay_apart() -> None:
    left = [
        "临澜市加快建设新型能源",
        "体系，全年新增风电装机",
        "八十万千瓦，在建项目共",
        "三十二个。",
    ]
    right = [
        "云泽区实施防洪工程九处",
        "加固水库大坝四座，治理",
        "河道一百二十公里，惠及",
        "群众六万人。",
    ]
    lines = [
        (start, 60.0 + 24 * row, text)
        for start, column in ((40.0, left), (280.0, right))
        for row, text in enumerate(column)
    ]
    page, _ = read(draw_page(lines))
    assert {line.text for line in page.lines} == {*left, *right}
    text = "".join(block.text for block in page_blocks([page]))
    assert text.index("三十二个") < text.index("云泽区")


def test_single_characters_in_cells_are_kept() -> None:
    cells = ["三", "7", "是", "甲", "0", "12"]
    lines = [(60.0 + 70 * column, 80.0, cell) for column, cell in enumerate(cells)]
    assert sorted(texts(draw_page(lines, size=14))) == sorted(cells)


def test_a_long_screenshot_is_read_to_its_end() -> None:
    lines = [(20.0, 60.0 + 90 * row, f"第{row + 1}项完成投资{row + 3}亿元") for row in range(16)]
    picture = draw_page(lines, page=(300, 1500))
    assert texts(picture) == tuple(text for _, _, text in lines)


def test_an_empty_page_has_no_lines() -> None:
    page, confidence = read(draw_page([]))
    assert (page.lines, confidence) == ((), 0.0)
    assert ocr.read_page(np.zeros((1, 4000, 3), np.uint8), 1, 150)[0].lines == ()


def test_a_page_that_can_hardly_be_read_is_named() -> None:
    page, confidence = read(draw_page(LINES).filter(ImageFilter.GaussianBlur(6)))
    assert confidence < 0.9
    assert ocr.doubts(page, confidence) == [f"第 3 页识别可信度低（{confidence:.2f}），请核对原件"]


def test_rates_are_told_from_percentages() -> None:
    lines = [(30, 60, "全年人口出生率6.59‰。"), (30, 100, "城镇化率61.2%。")]
    assert texts(draw_page(lines, size=20, page=(300, 130))) == tuple(text for _, _, text in lines)


def test_rates_that_may_be_misread_are_named() -> None:
    def doubts(text: str) -> list[str]:
        return ocr.doubts(Page(3, 500, 300, (TextLine(text, 0, 0, 1, 1, 1),)), 0.99)

    problem = "第 3 页有千分率，识别时 ‰ 可能误作 %，请核对原件"
    assert doubts("人口出生率6.59%，城镇化率61.2%。") == [problem]
    assert doubts("人口自然增长率为1.4‰。") == []
    assert doubts("财政收入增长6.2%。") == []


@pytest.mark.parametrize(
    ("misread", "text"),
    [
        ("出生率6.59%0，死亡率7.1%₀。", "出生率6.59‰，死亡率7.1‰。"),
        ("占3.0%，比上年高0.5%", "占3.0%，比上年高0.5%"),
        ("(视频）会议", "（视频）会议"),
        ("国内生产总值(GDP)和（CPI）", "国内生产总值(GDP)和（CPI）"),
        ("青政发（2021〕18号", "青政发〔2021〕18号"),
        ("青政发[2021]18号", "青政发[2021]18号"),
        ("方案（2022一2024年）", "方案（2022—2024年）"),
    ],
)
def test_slips_are_put_right(misread: str, text: str) -> None:
    assert ocr.without_slips(misread) == text


def test_marks_are_as_wide_as_most_in_the_file() -> None:
    def in_one_width(*pages: tuple[str, ...]) -> list[tuple[str, ...]]:
        given = [
            Page(number, 500, 300, tuple(TextLine(text, 0, 0, 1, 1, 1) for text in page))
            for number, page in enumerate(pages, 1)
        ]
        return [tuple(line.text for line in page.lines) for page in ocr.in_one_width(given)]

    first = ("全县（含飞地）收入12亿元，同比增长3%，其中:", "（一)水利（试行）增长（%)")
    wide = ("全县（含飞地）收入12亿元，同比增长3%，其中：", "（一）水利（试行）增长（%）")
    second = ("单位:亿元", "比例3:1，时间12:30，见图(a)和(b)（附后）")
    assert in_one_width(first, second) == [
        wide,
        ("单位：亿元", "比例3:1，时间12:30，见图（a）和（b）（附后）"),
    ]
    narrow = ("全县(含飞地)收入12亿元,增长3%,其中:(A:B)", "附件（1份）")
    assert in_one_width(narrow) == [narrow]


def test_pages_may_be_read_at_the_same_time() -> None:
    pages = [draw_page([line]) for line in LINES]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(texts, pages)) == [(text,) for text in TEXT]


def test_models_that_are_missing_are_not_fetched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import rapidocr

    monkeypatch.setattr(rapidocr, "__file__", str(tmp_path / "__init__.py"))
    ocr._load.cache_clear()
    with pytest.raises(UnreadableFile, match="请重新安装 rapidocr"):
        read(draw_page(LINES))
    assert list(tmp_path.iterdir()) == []


def test_nothing_heavy_is_imported_before_a_picture_is_read() -> None:
    heavy = "import index, sys; print({'rapidocr', 'cv2', 'PIL', 'shapely'} & set(sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", heavy], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "set()"
