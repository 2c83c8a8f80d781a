"""Pictures of pages to lines of text, by the PP-OCR models that the `rapidocr` package carries."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from index.cores import available_cores
from index.errors import UnreadableFile
from index.load.layout.page import Page, TextLine
from index.load.paragraph import join_lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Corners = NDArray[np.float32]

# Longer short sides (A4 at 220 dpi) show no more, and shorter long sides less than the models need.
_MOST, _LEAST, _LARGEST_ENLARGEMENT = 1800, 1000, 3.0
# Lines are found as well on a page of so many pixels as on one of 2400, in a third of the time.
_DETECTOR_SIDE = 1280
# Boxes are wider than the detector's default of 1.6, which cuts marks at the ends of lines.
_UNCLIP = 2.0
# The default of 0.5 loses single characters such as 一 and dashes in the cells of a table.
_LEAST_CERTAIN = 0.3
# A long screenshot is cut into bands of this many times its width.
_BAND = 1.5
# The longest lines tell whether a page is upright: upside down they read with 0.71 at most, upright
# with 0.88 or more unless the page is hardly readable.
_SAMPLE, _READS_WELL = 6, 0.8
# Lines read with less are specks, stamps and parts of pictures.
_LEAST_SCORE, _LEAST_SCORE_ALONE = 0.5, 0.9
# Below it more than a tenth of the characters are wrong, above it less.
_DOUBTFUL = 0.9
# Red ink is so light in red, 0 to 255, and in green and blue no lighter than this share of that;
# dark ink is darker. A line under a stamp shows this share of both.
_RED, _PURE, _DARK = 120, 0.7, 110
_STAMPED, _WRITTEN = 0.01, 0.03
# Height of the ink of a line in ems: Chinese characters or a mark below the base line, or digits.
_TALL, _LOW = 0.92, 0.74
# Parts of a line that the detector split are at most so many ems apart, columns further.
_LINE_GAP = 0.5

# The model never writes ‰, but this or %.
_PER_MILLE = re.compile(r"(?<=\d)%[0oO₀e](?![\dA-Za-z])")
# A dash between years.
_FROM_TO = re.compile(r"(?<=(?:19|20)\d\d)一(?=(?:19|20)\d\d(?!\d))")
_DRAWN_OUT = 1.6
# What is stated in ‰.
_RATES = re.compile("‰|出生率|死亡率|自然增[长長]率")
_PERCENT = re.compile(r"\d%")
# Brackets of two kinds around the same words.
_ODD_BRACKETS = re.compile(r"\(([^()（）]*)）|（([^()（）]*)\)")
_DOCUMENT_NUMBER = re.compile(
    r"(?!\(\d+\)|（\d+）|\[\d+\])[〔（(\[]((?:19|20)\d\d)[〕）)\]](?=第?\d{1,5}号)"
)
# Marks that belong to Chinese text, by what they are when written half as wide.
_MARKS = (dict(zip(",:;?!", "，：；？！", strict=True)), {"(": "（", ")": "）"})
_CHINESE = "[\u4e00-\u9fff\u3000-\u303f\uff01-\uff60“”]"
_TALL_MARK = re.compile(r"[\u2e80-\uffff,;()\[\]/gjpqyQ]")


@dataclass(frozen=True, slots=True)
class _Engine:
    """The model that finds lines in a picture and the one that reads a line."""

    find: Callable[..., Any]
    read: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class _Patch:
    """The picture of a line, its corners on the page in pixels, and whether it stood upright
    there and was laid down."""

    picture: Pixels
    corners: Corners
    length: float
    standing: bool


def read_page(image: Pixels, number: int, dpi: float) -> tuple[Page, float]:
    """Return page `number` as a (height, width, 3) RGB picture at `dpi` shows it, and the mean
    confidence of its characters, 0 to 1 (0 where there are none).

    A page scanned sideways or upside down is turned first and a crooked one straightened: the
    boxes, and the width and height of the page, are those of the upright page. Raises
    UnreadableFile if the models are not installed.
    """
    engine = _engine()
    pixels, scale = _sized(image)
    patches = _find(engine, pixels)
    read = _read(engine, [patch.picture for patch in patches[:_SAMPLE]])
    if turn := _turn(engine, patches[:_SAMPLE], read):
        pixels = np.rot90(pixels, turn)
        patches, read = _find(engine, pixels), []
    read += _read(engine, [patch.picture for patch in patches[len(read) :]])
    read = _with_rates(engine, patches, read)
    points = 72 / dpi / scale
    height, width = pixels.shape[:2]
    lines = _lines(patches, read, (width / 2, height / 2))
    placed = tuple(_in_points(line, points) for line in _joined(lines))
    return Page(number, width * points, height * points, placed), _mean(read)


def doubts(page: Page, confidence: float) -> list[str]:
    """Return, in words for the user, what should be looked up in the original of a page that was
    read with this mean confidence."""
    problems = []
    if confidence < _DOUBTFUL:
        problems.append(f"第 {page.number} 页识别可信度低（{confidence:.2f}），请核对原件")
    text = "\n".join(line.text for line in page.lines)
    if _RATES.search(text) and _PERCENT.search(text):
        problems.append(f"第 {page.number} 页有千分率，识别时 ‰ 可能误作 %，请核对原件")
    return problems


def without_slips(text: str) -> str:
    """Return a line without the slips that can be told from what stands around them."""
    text = _in_wide_brackets(_FROM_TO.sub("—", _PER_MILLE.sub("‰", text)))
    return _DOCUMENT_NUMBER.sub(r"〔\1〕", text)


def in_one_width(pages: Sequence[Page]) -> list[Page]:
    """Return the pages of a file with the marks beside Chinese as wide as most of their kind.

    The model reads marks of half width as they are, but a tenth of the wide brackets and most wide
    colons in short lines as half as wide. Which of both a file has shows in its other marks.
    """
    found = [line.text for page in pages for line in page.lines]
    for marks in _MARKS:
        halves = re.escape("".join(marks))
        narrow = re.compile(f"(?<={_CHINESE})[{halves}]|[{halves}](?={_CHINESE})")
        text = "\n".join(found)
        if sum(map(text.count, marks.values())) > len(narrow.findall(text)):
            found = [narrow.sub(lambda half, marks=marks: marks[half[0]], line) for line in found]
            found = list(map(_in_wide_brackets, found))
    texts = iter(found)
    return [
        replace(page, lines=tuple(replace(line, text=next(texts)) for line in page.lines))
        for page in pages
    ]


def _in_wide_brackets(text: str) -> str:
    return _ODD_BRACKETS.sub(lambda match: f"（{match[1] or match[2] or ''}）", text)


_loading = Lock()


def _engine() -> _Engine:
    with _loading:
        return _load()


@cache
def _load() -> _Engine:
    import rapidocr

    quiet = {"Global.text_score": 0.0, "Global.log_level": "critical"}
    # The classifier of upside-down lines garbles good ones; pages are turned as a whole.
    quiet |= {"Global.use_cls": False, "Global.use_preprocess_img": False}
    # Without a path rapidocr would fetch a model that is missing.
    models = Path(rapidocr.__file__).parent / "models"
    threads = "EngineConfig.onnxruntime.intra_op_num_threads"
    find = {
        "Global.use_rec": False,
        "Det.model_path": _model(models, "det"),
        "Det.limit_type": "max",
        "Det.limit_side_len": _DETECTOR_SIDE,
        "Det.unclip_ratio": _UNCLIP,
        "Det.box_thresh": _LEAST_CERTAIN,
        "Det.score_mode": "slow",
        threads: available_cores(),
    }
    # Lines are read side by side, each on one core.
    read = {"Global.use_det": False, "Rec.model_path": _model(models, "rec"), threads: 1}
    return _Engine(rapidocr.RapidOCR(params=quiet | find), rapidocr.RapidOCR(params=quiet | read))


def _model(folder: Path, task: str) -> str:
    for path in sorted(folder.glob(f"*_{task}_*.onnx")):
        return str(path)
    message = f"文字识别（OCR）的模型不在 {folder}，请重新安装 rapidocr"
    raise UnreadableFile(message)


def _sized(image: Pixels) -> tuple[Pixels, float]:
    """Return the picture as BGR at a size that the models read well, and by how much it grew."""
    import cv2

    short, long = sorted(image.shape[:2])
    scale = min(1.0, _MOST / short)
    scale = max(scale, min(_LEAST / long, _LARGEST_ENLARGEMENT))
    pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    if scale != 1:
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=how)
    return pixels, scale


def _find(engine: _Engine, pixels: Pixels) -> list[_Patch]:
    """Return the lines found on a page, the longest first."""
    patches = []
    for top, bottom in pairwise(_cuts(pixels)):
        boxes = engine.find(np.ascontiguousarray(pixels[top:bottom])).boxes
        for box in () if boxes is None else boxes:
            patches.append(_patch(pixels, np.asarray(box, np.float32) + np.float32([0, top])))
    return sorted(patches, key=lambda patch: -patch.length)


def _cuts(pixels: Pixels) -> list[int]:
    """Return the rows at which a long picture is cut into bands: where they show least."""
    height, width = pixels.shape[:2]
    step = max(int(width * _BAND), _LEAST)
    cuts = [0]
    while height - cuts[-1] > step + width // 2:
        first, last = cuts[-1] + step * 2 // 3, cuts[-1] + step
        shown = pixels[first:last].std(axis=(1, 2))
        cuts.append(first + int(shown.argmin()))
    return [*cuts, height]


def _patch(pixels: Pixels, corners: Corners) -> _Patch:
    """Return the line between four corners, from the top left one clockwise."""
    import cv2

    width, height = _sides(corners)
    size = max(1, round(width)), max(1, round(height))
    straight = np.float32([[0, 0], [size[0], 0], size, [0, size[1]]])
    picture = cv2.warpPerspective(
        pixels,
        cv2.getPerspectiveTransform(corners, straight),
        size,
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    standing = height > 2 * width
    if standing:
        picture = np.ascontiguousarray(np.rot90(picture))
    return _Patch(_without_stamp(picture), corners, max(width, height), standing)


def _without_stamp(picture: Pixels) -> Pixels:
    """Return a line of dark letters without what is red, such as a seal over it; a red line as it
    is."""
    blue, green, red = picture[..., 0], picture[..., 1], picture[..., 2]
    stamp = (red > _RED) & (np.maximum(blue, green) < red * _PURE)
    dark = red < _DARK
    if stamp.mean() < _STAMPED or dark.mean() < _WRITTEN:
        return picture
    return np.repeat(red[..., None], 3, axis=2)


def _sides(corners: Corners) -> tuple[float, float]:
    """Return the mean width and height of a box."""
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    return float(sides[0] + sides[2]) / 2, float(sides[1] + sides[3]) / 2


def _read(engine: _Engine, pictures: Sequence[Pixels]) -> list[tuple[str, float]]:
    """Return the text of each picture of a line and its confidence."""

    def read(picture: Pixels) -> tuple[str, float]:
        line = engine.read(picture)
        return without_slips(line.txts[0].strip()), float(line.scores[0])

    with ThreadPoolExecutor(available_cores()) as pool:
        return list(pool.map(read, pictures))


def _with_rates(
    engine: _Engine, patches: Sequence[_Patch], read: Sequence[tuple[str, float]]
) -> list[tuple[str, float]]:
    """Return what was read, with ‰ where it took them for %.

    On a page with such rates, lines with % are read again, drawn out: of ‰ in running text the
    model tells a third at first and four fifths then, and takes no % for one.
    """
    import cv2

    if not any(_RATES.search(text) for text, _ in read):
        return list(read)
    rates = [at for at, (text, _) in enumerate(read) if "%" in text]
    pictures = [cv2.resize(patches[at].picture, None, fx=_DRAWN_OUT, fy=1) for at in rates]
    found = list(read)
    for at, (again, _) in zip(rates, _read(engine, pictures), strict=True):
        text, score = read[at]
        if again.replace("‰", "%") == text.replace("‰", "%"):
            signs = (max(pair) for pair in zip(text, again, strict=True))  # ‰ comes after %
            found[at] = "".join(signs), score
    return found


def _mean(read: Sequence[tuple[str, float]]) -> float:
    """Return the mean confidence of the characters, 0 to 1."""
    characters = sum(len(text) for text, _ in read)
    return sum(len(text) * score for text, score in read) / max(1, characters)


def _turn(engine: _Engine, patches: Sequence[_Patch], read: Sequence[tuple[str, float]]) -> int:
    """Return by how many quarters, anticlockwise, the page of these lines must be turned."""
    standing = sum(patch.length if patch.standing else -patch.length for patch in patches) > 0
    score = _mean(read)
    if score >= _READS_WELL:
        return int(standing)  # lines that stand were laid down by one quarter and read well
    flipped = [np.ascontiguousarray(np.rot90(patch.picture, 2)) for patch in patches]
    return int(standing) + 2 * (_mean(_read(engine, flipped)) > score)


def _lines(
    patches: Sequence[_Patch], read: Sequence[tuple[str, float]], middle: tuple[float, float]
) -> list[TextLine]:
    """Return the lines of a page in pixels, straightened around its middle."""
    skew = _skew(patches)
    cos, sin = np.cos(skew), np.sin(skew)
    straight = np.float32([[cos, -sin], [sin, cos]])
    lines = []
    for patch, (text, score) in zip(patches, read, strict=True):
        if score < (_LEAST_SCORE if len(text) > 1 else _LEAST_SCORE_ALONE):
            continue
        x, y = (patch.corners.mean(axis=0) - middle) @ straight + middle
        lines.append(_line(patch, text, float(x), float(y)))
    return lines


def _skew(patches: Sequence[_Patch]) -> float:
    """Return the angle in radians, clockwise, at which the lines of a page run."""
    angles = []
    for patch in patches:
        width, height = _sides(patch.corners)
        if width > 5 * height:
            along = patch.corners[1] + patch.corners[2] - patch.corners[0] - patch.corners[3]
            angles.append(np.arctan2(along[1], along[0]))
    return float(np.median(angles)) if angles else 0.0


def _line(patch: _Patch, text: str, x: float, y: float) -> TextLine:
    """Return the line with a box around its ink; the detector's is up to twice as high, by chance.

    `x` and `y` are the middle of the detector's box on the straightened page.
    """
    height, width = patch.picture.shape[:2]
    left, top, right, bottom = _ink(patch.picture)
    size = (bottom - top) / (_TALL if _TALL_MARK.search(text) else _LOW)
    if patch.standing:
        left, top, right, bottom = height - bottom, left, height - top, right
        width, height = height, width
    x, y = x - width / 2, y - height / 2
    return TextLine(text, x + left, y + top, x + right, y + bottom, size)


def _ink(picture: Pixels) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of the line of text in the middle of a picture."""
    import cv2

    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (3, 3), 0)
    _, ink = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    if ink.mean() > 0.5:
        ink = 1 - ink  # light on dark
    ink[:, ink.mean(axis=0) > 0.9] = 0  # the rule beside a cell
    top, bottom = _band(ink.mean(axis=1))
    columns = np.flatnonzero(ink[top:bottom].mean(axis=0) > 0.06)
    if not len(columns):
        return 0, top, picture.shape[1], bottom
    return int(columns[0]), top, int(columns[-1]) + 1, bottom


def _band(rows: NDArray[np.floating[Any]]) -> tuple[int, int]:
    """Return where the text begins and ends in the share of ink of each row: specks and the feet
    of the line above are set apart from it."""
    inked = np.flatnonzero(rows > np.quantile(rows, 0.9) * 0.15)
    if not len(inked):
        return 0, len(rows)
    apart = np.flatnonzero(np.diff(inked) > len(rows) * 0.12) + 1
    band = max(np.split(inked, apart), key=lambda band: rows[band].sum())
    return int(band[0]), int(band[-1]) + 1


def _joined(lines: Sequence[TextLine]) -> list[TextLine]:
    """Return the lines with those joined that the detector found as parts of one."""
    joined: list[TextLine] = []
    for line in sorted(lines, key=lambda line: line.left):
        before = next((other for other in joined if _goes_on(other, line)), None)
        if before is None:
            joined.append(line)
            continue
        joined[joined.index(before)] = TextLine(
            join_lines((before.text, line.text)),
            before.left,
            min(before.top, line.top),
            max(before.right, line.right),
            max(before.bottom, line.bottom),
            max(before.size, line.size),
        )
    return joined


def _goes_on(line: TextLine, other: TextLine) -> bool:
    size = max(line.size, other.size)
    return (
        abs(line.top + line.bottom - other.top - other.bottom) < size * 0.6
        and -size < other.left - line.right < size * _LINE_GAP
        and min(line.size, other.size) > size * 0.8
    )


def _in_points(line: TextLine, points: float) -> TextLine:
    """Return the line with its lengths, in pixels, in points."""
    box = (line.left, line.top, line.right, line.bottom, line.size)
    return TextLine(line.text, *(length * points for length in box))
