import io
from pathlib import PurePosixPath

import numpy as np
import pytest
from PIL import Image, ImageFilter
from scans import DPI, draw_page, with_noise

from index.errors import UnreadableFile
from index.load import load
from index.load.content import Content
from index.load.scan.image import load_image

_ORIENTATION, _STRIPS, _SUBFILE = 274, 273, 254
LINE = "全县生产总值增长7.2%"


def page(text: str = LINE, mode: str = "RGB") -> Image.Image:
    return draw_page([(30, 60, text)] if text else [], size=20, page=(300, 100)).convert(mode)


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def read(data: bytes) -> Content:
    return load_image(data, lambda done, total: None)


def text_of(data: bytes) -> list[str]:
    return [block.text for block in read(data).blocks]


def turned(orientation: int) -> Image.Exif:
    """EXIF data by which a camera says how it was held."""
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    return exif


@pytest.mark.parametrize(
    ("form", "mode"),
    [("PNG", "P"), ("PNG", "1"), ("JPEG", "L"), ("JPEG", "CMYK"), ("BMP", "RGB"), ("WEBP", "RGB")],
)
def test_a_picture_is_read(form: str, mode: str) -> None:
    assert text_of(saved(page(mode=mode), form)) == ["\f" + LINE]


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_a_pixel_are_read(form: str) -> None:
    # From a scanner with twelve: white is 4095.
    values = np.asarray(page(mode="L"), np.uint16) * 16
    assert text_of(saved(Image.fromarray(values), form)) == ["\f" + LINE]


def test_transparent_paper_is_white() -> None:
    picture = Image.new("RGBA", page().size, (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), mask=page(mode="L").point(lambda value: 255 - value))
    assert text_of(saved(picture, "PNG")) == ["\f" + LINE]
    assert text_of(saved(picture.convert("LA"), "PNG")) == ["\f" + LINE]


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_a_picture_is_held_as_the_camera_says(form: str) -> None:
    data = saved(page().rotate(90, expand=True), form, exif=turned(6))
    content = read(data)
    assert [block.text for block in content.blocks] == ["\f" + LINE]
    assert content.scanned[0][1] > 0.95


def test_a_moving_picture_is_one_page() -> None:
    data = saved(page(), "PNG", save_all=True, append_images=[page("第二幅")])
    assert text_of(data) == ["\f" + LINE]


def test_the_pages_of_a_tiff_are_read_one_after_the_other() -> None:
    pages = [page("新建农村公路156公里。"), page(""), with_noise(page("改造住房840套。"))]
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:], dpi=(DPI, DPI))
    seen: list[tuple[int, int]] = []
    content = load_image(data, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert [block.text for block in content.blocks] == [
        "\f新建农村公路156公里。",
        "\f\f改造住房840套。",
    ]
    assert [number for number, _ in content.scanned] == [1, 2, 3]
    assert content.scanned[0][1] > 0.95
    assert content.problems == ("第 2 页没有读出文字",)


def test_a_damaged_page_is_named_and_the_others_are_read() -> None:
    pages = [page(f"这是第{number}页的文字。") for number in "一二三"]
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="jpeg")
    with Image.open(io.BytesIO(data)) as file:
        file.seek(1)
        start = file.tag_v2[_STRIPS][0]
    content = read(data[:start] + bytes(200) + data[start + 200 :])
    assert content.problems == ("第 2 页已损坏，没有读出",)
    assert [block.text for block in content.blocks] == [
        "\f这是第一页的文字。",
        "\f\f这是第三页的文字。",
    ]


def test_a_smaller_copy_of_a_page_is_no_page() -> None:
    small = page().resize((150, 50))
    small.encoderinfo = {"tiffinfo": {_SUBFILE: 1}}
    data = saved(page(), "TIFF", save_all=True, append_images=[small])
    with Image.open(io.BytesIO(data)) as file:
        assert file.n_frames == 2
    assert text_of(data) == ["\f" + LINE]


def test_a_picture_that_can_hardly_be_read_is_named() -> None:
    content = read(saved(page().filter(ImageFilter.GaussianBlur(6)), "PNG"))
    (problem,) = content.problems
    assert problem.startswith("第 1 页识别可信度低（0.")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b"\x89PNG\r\n\x1a\n",
        saved(Image.new("L", (300, 300)), "PNG")[:80],
        saved(Image.effect_noise((300, 300), 50), "JPEG")[:9000],
        b"II*\0\x08\0\0\0\0\0\0\0\0\0",
    ],
)
def test_what_is_damaged_says_so(data: bytes) -> None:
    with pytest.raises(UnreadableFile, match="图片已损坏或不完整"):
        read(data)


def test_a_picture_that_is_too_large_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(Image.new("1", (20000, 5000)), "PNG")
    with pytest.raises(UnreadableFile, match="图片过大"):
        read(data)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(UnreadableFile, match="图片过大"):
        read(data)


def test_a_scan_becomes_a_document() -> None:
    document = load(PurePosixPath("青川县公报.png"), saved(page(), "PNG"))
    assert document.text == LINE
    assert document.page(0) == 1
    assert document.scanned[0][0] == 1
    with pytest.raises(UnreadableFile, match="文件里没有文字（第 1 页没有读出文字）"):
        load(PurePosixPath("空白.jpg"), saved(page(""), "JPEG"))
