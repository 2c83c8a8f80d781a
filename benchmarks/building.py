"""How long building an index takes without the embedding, and how soon a new report can be found.

    python benchmarks/building.py FOLDER                  # your own reports
    python benchmarks/building.py --make 100000 DIR       # once, some minutes: a made-up collection
    python benchmarks/building.py --update DIR            # one more report into that, three times

The first writes an index of the folder into a temporary place. Its vectors are random numbers of
the size of the bundled model's; so are those of the made-up collection. The update embeds with the
bundled model, and its seconds end when an open index finds the new report.

Processor seconds are steadier than the clock's where the machine has other work to do.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import jieba
import numpy as np

import index.corpus  # noqa: F401 - timed, and else imported by the first build only
from index import build, open_index
from index.embed import BUNDLED, Embedder, Vectors, load_embedder
from rag import Retriever

_SENTENCES, _WORDS, _PASSAGES = 8, 14, 50  # of a passage, about 200 characters; of a report
# What is timed, by the place from which it is called.
_STEPS = {
    "read and clean": ("index.corpus", "load"),
    "cut into passages": ("index.corpus", "chunk"),
    "name passages": ("index.build", "passage"),
    "write records": ("index.publish", "write_records"),
    "segment words": ("index.lexical", "tokens"),
    "write words, with it": ("index.publish", "LexicalIndex.write"),
    "write vectors": ("index.publish", "VectorIndex.write"),
    "checksums": ("index.publish", "sha256"),
    "put on disk": ("index.publish", "_sync"),
}


class Random:
    """Gives random vectors in the name of the bundled model."""

    def __init__(self) -> None:
        bundled = load_embedder()
        self.name, self.fingerprint, self.dimension = BUNDLED, bundled.fingerprint, 384
        self._random = np.random.default_rng(0)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Return (n, 384) float32 vectors of unit length."""
        vectors = self._random.standard_normal((len(texts), self.dimension), dtype=np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def embed_query(self, text: str) -> Vectors:
        """Return a (384,) float32 vector of unit length."""
        return self.embed_documents([text])[0]


def main() -> None:
    """Print the figures that are asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--make", type=int, metavar="N", help="make up N passages and index them")
    parser.add_argument("--update", action="store_true", help="add a report to what was made up")
    parser.add_argument("--rounds", type=int, default=3, help="%(default)s")
    arguments = parser.parse_args()
    if arguments.make:
        make(arguments.folder, arguments.make)
    elif arguments.update:
        for number in range(arguments.rounds):
            update(arguments.folder, number)
    else:
        for _ in range(arguments.rounds):
            measure(arguments.folder)


def measure(folder: Path) -> None:
    """Build an index of the folder and print where the time goes."""
    clock, processor = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as place, _embedding_by(Random()), _timed() as taken:
        report = build(folder, place)
        opened = open_index(place)
        texts = (opened.document(entry.id).text for entry in opened.documents)
        size = sum(len(text.encode("utf-8", "replace")) for text in texts) / 1e6
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    print(
        f"{report.documents} documents, {report.chunks} passages, {size:.1f} MB of text: "
        f"{clock:.1f} s ({size / clock:.2f} MB/s), processor {processor:.1f} s "
        f"({size / processor:.2f} MB/s)"
    )
    for name, (seconds, cpu) in taken.items():
        print(f"  {name:22}{seconds:7.2f} s   processor {cpu:7.2f} s")


def make(folder: Path, count: int) -> None:
    """Write a collection of `count` made-up passages, and its index."""
    random = np.random.default_rng(0)
    corpus = folder / "corpus"
    corpus.mkdir(parents=True)
    for number in range(-(-count // _PASSAGES)):
        _write_report(corpus, f"第{number}号县{2000 + number % 26}年政府工作报告", random)
    with _embedding_by(Random()):
        report = build(corpus, folder / "index")
    print(f"{report.chunks} passages of {report.documents} documents: {report.seconds:.0f} s")


def update(folder: Path, number: int) -> None:
    """Add a report and print how long it takes until it is found."""
    index = open_index(folder / "index")
    name = f"新增第{number}次{time.time_ns()}号公报"
    _write_report(folder / "corpus", name, np.random.default_rng(number))
    load_embedder().embed_query("")  # as in a program that has been running for a while
    clock, processor = time.perf_counter(), time.process_time()
    with _timed() as taken:
        report = build(folder / "corpus", folder / "index")
        built = time.perf_counter() - clock
        index.refresh()
        hits = Retriever(index).search(name, 3)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    assert any(name in hit.chunk.title for hit in hits)
    print(
        f"{report.chunks} passages, {report.embedded} of them new: found after {clock:.1f} s "
        f"(built after {built:.1f} s), processor {processor:.1f} s"
    )
    for step, (seconds, cpu) in taken.items():
        print(f"  {step:22}{seconds:7.2f} s   processor {cpu:7.2f} s")


def _write_report(corpus: Path, title: str, random: np.random.Generator) -> None:
    words, shares = _dictionary()
    drawn = random.choice(words, (_PASSAGES, _SENTENCES, _WORDS), p=shares)
    lines = ["".join("".join(sentence) + "。" for sentence in passage) for passage in drawn]
    # So long that each becomes a passage of its own.
    (corpus / f"{title}.txt").write_text(title + "\n\n" + "\n\n".join(lines), encoding="utf-8")


def _dictionary() -> tuple[np.ndarray, np.ndarray]:
    """Return jieba's words and how often each is used, as a share."""
    with jieba.Tokenizer().get_dict_file() as file:
        entries = [line.split() for line in file.read().decode("utf-8").splitlines()]
    frequency = np.array([float(entry[1]) for entry in entries])
    return np.array([entry[0] for entry in entries]), frequency / frequency.sum()


@contextmanager
def _embedding_by(embedder: Embedder) -> Iterator[None]:
    module = sys.modules["index.build"]  # `index.build` names the function
    loader = module.load_embedder
    module.load_embedder = lambda name: embedder
    try:
        yield
    finally:
        module.load_embedder = loader


@contextmanager
def _timed() -> Iterator[dict[str, tuple[float, float]]]:
    """Give the seconds of the clock and of the processor that each step has taken so far."""
    taken = dict.fromkeys(_STEPS, (0.0, 0.0))
    undo = []
    for step, (module, path) in _STEPS.items():
        place: Any = sys.modules[module]
        *above, name = path.split(".")
        for part in above:
            place = getattr(place, part)
        undo.append((place, name, place.__dict__[name]))
        setattr(place, name, _clocked(getattr(place, name), step, taken))
    try:
        yield taken
    finally:
        for place, name, original in undo:
            setattr(place, name, original)


def _clocked(
    call: Callable[..., Any], step: str, taken: dict[str, tuple[float, float]]
) -> Callable[..., Any]:
    @wraps(call)
    def clocked(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the call has them
        clock, processor = time.perf_counter(), time.process_time()
        try:
            return call(*given, **named)
        finally:
            seconds, cpu = taken[step]
            taken[step] = (
                seconds + time.perf_counter() - clock,
                cpu + time.process_time() - processor,
            )

    return clocked


if __name__ == "__main__":
    main()
