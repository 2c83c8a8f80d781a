"""Pages of Chinese text, drawn for the tests of OCR."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

_FONTS = ("NotoSansCJK-Regular.ttc", "PingFang.ttc", "msyh.ttc")
_FOLDERS = ("/usr/share/fonts", "/System/Library/Fonts", "C:/Windows/Fonts")
_CHINESE = 2  # in the collection of Noto fonts
DPI = 144  # two pixels a point


@cache
def font(pixels: int) -> ImageFont.FreeTypeFont:
    """A Chinese font of the machine, of this size."""
    for folder in _FOLDERS:
        for path in Path(folder).rglob("*.tt?"):
            if path.name in _FONTS:
                index = _CHINESE if path.name.startswith("Noto") else 0
                return ImageFont.truetype(path, pixels, index=index)
    pytest.skip("no Chinese font to draw a page with")


def draw_page(
    lines: Sequence[tuple[float, float, str]],
    size: float = 16,
    page: tuple[int, int] = (500, 300),
    ink: str = "black",
    paper: str = "white",
) -> Image.Image:
    """A page with texts, each with the place of its left end and of its base line; all in
    points."""
    scale = DPI / 72
    picture = Image.new("RGB", (round(page[0] * scale), round(page[1] * scale)), paper)
    drawing = ImageDraw.Draw(picture)
    for left, base, text in lines:
        place = left * scale, base * scale
        drawing.text(place, text, ink, font(round(size * scale)), anchor="ls")
    return picture


def with_noise(picture: Image.Image) -> Image.Image:
    """The picture on grey paper, with grain."""
    values = np.asarray(picture, np.float32) * 0.8 + 30
    grain = np.random.default_rng(7).normal(0, 18, values.shape[:2])[..., None]
    return Image.fromarray((values + grain).clip(0, 255).astype(np.uint8))
