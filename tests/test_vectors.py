from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import index.inverted
import index.vectors
from index.embed import Vectors
from index.inverted import Inverted
from index.vectors import VectorIndex, kinds

DIMENSION = 24
SPAN = DIMENSION * 2 + 8  # bytes of a vector and its position


@pytest.fixture(autouse=True)
def soon_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part is large from 2,000 vectors on."""
    monkeypatch.setattr(index.vectors, "LARGE", 2000)
    monkeypatch.setattr(index.inverted, "LIST", 32)
    monkeypatch.setattr(index.inverted, "PROBES", 24)


def made_up(count: int, seed: int = 0) -> Vectors:
    """Return vectors in loose groups, as those of passages are."""
    chance = np.random.default_rng(seed)
    groups = np.random.default_rng(1).standard_normal((60, DIMENSION), dtype=np.float32)
    vectors = groups[chance.integers(60, size=count)]
    vectors += 0.5 * chance.standard_normal((count, DIMENSION), dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def exact(vectors: Vectors, rows: Sequence[int], query: Vectors, count: int) -> dict[int, float]:
    cosines = {row: float(vectors[row] @ query) for row in rows}
    return dict(sorted(cosines.items(), key=lambda entry: -entry[1])[:count])


def names(folder: Path) -> list[str]:
    return [file.name for file in sorted(folder.iterdir())]


def test_a_small_collection_is_searched_exactly(tmp_path: Path) -> None:
    vectors = made_up(2000)
    VectorIndex.write(tmp_path / "v", 0, vectors)
    assert kinds(tmp_path / "v", DIMENSION) == {"000000000.f32": "Flat float32, 2000"}
    opened = VectorIndex.open(tmp_path / "v", DIMENSION, np.arange(2000))
    for query in made_up(20, seed=5):
        hits = opened.search(query, 50)
        assert dict(hits) == pytest.approx(exact(vectors, range(2000), query, 50), abs=1e-6)
        assert hits == sorted(hits, key=lambda hit: -hit[1])
    assert np.array_equal(opened.at([3, 1999, 0]), vectors[[3, 1999, 0]])


def test_a_large_collection_finds_nearly_all_and_scores_as_half_precision_does(
    tmp_path: Path,
) -> None:
    vectors = made_up(6000)
    VectorIndex.write(tmp_path / "v", 0, vectors)
    assert kinds(tmp_path / "v", DIMENSION) == {"000000000.ivf": "IVF187,SQfp16 nprobe=24, 6000"}
    opened = VectorIndex.open(tmp_path / "v", DIMENSION, np.arange(6000))
    found = 0
    for query in made_up(50, seed=5):
        hits = opened.search(query, 10)
        assert len(hits) == 10
        assert hits == sorted(hits, key=lambda hit: -hit[1])
        for row, cosine in hits:
            assert cosine == pytest.approx(float(vectors[row] @ query), abs=1e-3)
        found += len(dict(hits).keys() & exact(vectors, range(6000), query, 10).keys())
    assert found >= 0.97 * 500
    assert np.allclose(opened.at([5999, 0, 77]), vectors[[5999, 0, 77]], atol=1e-3)


def test_parts_of_both_kinds_and_gaps_are_searched_together(tmp_path: Path) -> None:
    vectors = made_up(7000)
    VectorIndex.write(tmp_path / "v", 0, vectors[:5000])
    shared = (tmp_path / "v" / "000000000.ivf").read_bytes()
    VectorIndex.write(tmp_path / "v", 5000, vectors[5000:6800])
    VectorIndex.write(tmp_path / "v", 6800, vectors[6800:])
    assert names(tmp_path / "v") == ["000000000.ivf", "000005000.f32", "000006800.f32"]
    assert (tmp_path / "v" / "000000000.ivf").read_bytes() == shared
    rows = np.array([row for row in range(7000) if row % 3 or row > 6900])
    opened = VectorIndex.open(tmp_path / "v", DIMENSION, rows)
    held = set(rows.tolist())
    for query in made_up(20, seed=6):
        hits = dict(opened.search(query, 30))
        assert hits.keys() <= held
        assert len(hits.keys() & exact(vectors, rows, query, 30).keys()) >= 27
        # Kept to some rows, all of them are compared.
        within = [range(10, 15), range(4990, 5020), range(6898, 6903)]
        allowed = [row for span in within for row in span if row in held]
        hits = dict(opened.search(query, 100, within))
        assert hits == pytest.approx(exact(vectors, allowed, query, 100), abs=1e-3)
    some = rows[[1, 4000, 4600, 4650, -1]].tolist()
    assert np.allclose(opened.at(some), vectors[some], atol=1e-3)


def test_growing_parts_are_joined_and_large_ones_stay_large(tmp_path: Path) -> None:
    vectors = made_up(9000)
    VectorIndex.write(tmp_path / "v", 0, vectors[:3000])
    VectorIndex.write(tmp_path / "v", 3000, vectors[3000:9000])
    assert names(tmp_path / "v") == ["000000000.ivf"]
    opened = VectorIndex.open(tmp_path / "v", DIMENSION, np.arange(9000))
    assert np.allclose(opened.at(range(9000)), vectors, atol=1e-3)
    with pytest.raises(ValueError, match="应有 9001 个向量，实有 9000 个"):
        VectorIndex.open(tmp_path / "v", DIMENSION, np.arange(9001))


def test_the_same_vectors_make_the_same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        VectorIndex.write(tmp_path / name, 0, made_up(3000))
    one, other = (tmp_path / name / "000000000.ivf" for name in ("a", "b"))
    assert one.read_bytes() == other.read_bytes()


def test_a_file_that_is_gone_still_answers(tmp_path: Path) -> None:
    vectors = made_up(3000)
    Inverted.write(tmp_path / "x.ivf", vectors)
    opened = Inverted(tmp_path / "x.ivf", DIMENSION)
    (tmp_path / "x.ivf").unlink()
    found, scores = opened.search(vectors[7], 1, None, every=True)
    assert found.tolist() == [7]
    assert scores[0] == pytest.approx(1, abs=1e-3)
    assert np.allclose(opened.at([2999]), vectors[2999], atol=1e-3)


# --- files from anywhere -------------------------------------------------------------------------

HUGE = 2**62


@pytest.mark.parametrize(
    ("at", "number"),
    [
        (0, 0), (0, -1), (0, HUGE), (0, 92), (0, 94),  # lists
        (1, 0), (1, -1), (1, HUGE), (1, 2999), (1, 3001),  # vectors
        (2, -1), (2, HUGE), (3, -HUGE), (4, 0), (94, 1000),  # the size of a list
        (-1, -1), (-1, 3000), (-1, HUGE), (-1, -HUGE),  # the last position
    ],
)  # fmt: skip
def test_numbers_that_cannot_be_are_refused(tmp_path: Path, at: int, number: int) -> None:
    file = tmp_path / "x.ivf"
    Inverted.write(file, made_up(3000))
    data = bytearray(file.read_bytes())
    place = 8 * at if at >= 0 else len(data) - 8
    data[place : place + 8] = int(number).to_bytes(8, "little", signed=True)
    file.write_bytes(data)
    with pytest.raises(ValueError):  # noqa: PT011 - which of them is told in words of its own
        Inverted(file, DIMENSION)


def test_no_bytes_crash_the_interpreter(tmp_path: Path) -> None:
    file = tmp_path / "x.ivf"
    Inverted.write(file, made_up(3000))
    whole = file.read_bytes()
    chance = np.random.default_rng(3)
    head = 16 + 93 * 8
    for number in range(300):
        data = bytearray(whole)
        # Half of them in the numbers, the others anywhere.
        place = int(chance.integers(head if number % 2 else len(data)))
        data[place] ^= 1 << int(chance.integers(8))
        if number % 10 == 0:
            del data[place:]
        file.write_bytes(data)
        try:
            opened = Inverted(file, DIMENSION)
        except ValueError:
            continue
        found, _ = opened.search(made_up(1)[0], 50, None, every=bool(number % 3))
        assert set(found.tolist()) <= set(range(3000))
    file.write_bytes(os.urandom(5000))
    with pytest.raises(ValueError):  # noqa: PT011
        Inverted(file, DIMENSION)


def test_other_files_are_no_parts(tmp_path: Path) -> None:
    VectorIndex.write(tmp_path / "v", 0, made_up(10))
    for name in ("x.f32", "-00000001.f32", "99999999999999999999999.ivf", "000000001.npy"):
        (tmp_path / "v" / name).write_bytes(b"x")
    assert len(VectorIndex.open(tmp_path / "v", DIMENSION, np.arange(10)).at(range(10))) == 10
