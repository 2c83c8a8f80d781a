"""Reading a file of JSON objects, one a line, and telling at once all that is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import WenjuError

PROBLEMS_SHOWN = 20
_VALUE_SHOWN = 30


class BadLines(WenjuError):
    """A file of questions or of their answers is not as it should be."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value must be: a test, and its name in words for the user."""

    test: Callable[[Any], bool]
    name: str


TEXT = Kind(lambda value: isinstance(value, str), "文字")
TRUTH = Kind(lambda value: isinstance(value, bool), "true 或 false")


def objects_of(*keys: str) -> Kind:
    """Return the kind of a list of objects whose `keys` are texts."""

    def test(value: object) -> bool:
        return isinstance(value, list) and all(
            isinstance(part, dict) and all(isinstance(part.get(key), str) for key in keys)
            for part in value
        )

    return Kind(test, "一组 {" + ", ".join(f'"{key}": "…"' for key in keys) + "}")


def read_objects(
    file: Path, problems_of: Callable[[Mapping[str, Any]], Iterable[str]]
) -> list[dict[str, Any]]:
    """Return the objects in a file, in order; one without `id` gets the number of its line.

    `problems_of` tells what is wrong with one, in words that follow `第 3 行`. Raises BadLines
    with the first problems of all lines, among them ids that stand there twice.
    """
    records: list[dict[str, Any]] = []
    problems: list[tuple[int, str]] = []
    lines_by_id: dict[str, int] = {}
    for number, parsed in _parsed(file):
        if not isinstance(parsed, dict):
            problems.append((number, "不是一个 JSON 对象（编码须为 UTF-8）"))
            continue
        record = {"id": str(number), **parsed}
        problems += ((number, problem) for problem in problems_of(record))
        first = lines_by_id.setdefault(str(record["id"]), number)
        if first != number:
            problems.append((number, f"的 id“{record['id']}”与第 {first} 行相同"))
        records.append(record)
    if problems:
        raise BadLines(_told(file, problems))
    return records


def wrong_kinds(record: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Iterator[str]:
    """Yield what is missing from a record or of the wrong kind."""
    missing = [key for key in kinds if key not in record]
    if missing:
        yield f"缺少 {'、'.join(missing)}"
    for key, kind in kinds.items():
        if key in record and not kind.test(record[key]):
            yield f"的 {key} 应为{kind.name}，写的是 {_shown(record[key])}"


def _parsed(file: Path) -> Iterator[tuple[int, Any]]:
    """Yield the number of each line that is not empty and its value, None where it is not JSON."""
    data = file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            try:
                yield number, json.loads(line.decode("utf-8"))
            except (ValueError, RecursionError):
                yield number, None


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _VALUE_SHOWN else text[:_VALUE_SHOWN] + "…"


def _told(file: Path, problems: list[tuple[int, str]]) -> str:
    told = [f"第 {number} 行{problem}。" for number, problem in problems]
    if len(told) == 1:
        return f"{file} {told[0]}"
    more = len(told) - PROBLEMS_SHOWN
    shown = [*told[:PROBLEMS_SHOWN], *([f"……另有 {more} 处"] if more > 0 else [])]
    return "\n".join([f"{file} 有 {len(told)} 处要改：", *(f"　{line}" for line in shown)])
