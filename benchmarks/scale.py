"""An index of a million passages: how soon it is open, how soon it answers, what it takes, and
whether many who ask at once get the answers that each would get alone.

    python benchmarks/scale.py make DIR N INDEX …     # once: N passages like those of your indexes
    python benchmarks/scale.py update DIR             # a report of 20 pages is added and found
    python benchmarks/scale.py measure DIR QUESTIONS.jsonl
    python benchmarks/scale.py ask INDEX QUESTIONS.jsonl --askers 16 --times 10000

Passages are made of sentences of the given indexes, drawn at random, with other numbers in one of
five. Their vectors are made of the real ones: a point between one and one of its ten neighbours,
moved at random as the real ones are spread, as far as makes the nearest neighbour of a vector among
a million as near as it is among the real ones (printed). They do not belong to the texts; the
questions are real and so are their vectors. Nothing is embedded to make it.

Processor seconds are steadier than the clock's where the machine has other work to do.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import threading
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import count
from pathlib import Path

import faiss
import numpy as np
from made_index import Passages, report, write_index

import index.lexical
from index import Index, build, open_index
from index.embed import Vectors, load_embedder
from index.fold import simplify
from index.sentences import sentence_spans
from rag import Retriever

_PASSAGES, _LENGTH = 50, 200  # of a document; characters of a passage, at least
_NEIGHBOURS, _MOVED = 10, (0.4, 0.8)
_BLOCK = 50_000
# The vectors as they were made and the reports, beside the index.
_EXACT, _CORPUS = "exact.npy", "corpus"
_PAGES, _PAGE = 20, 800  # of the new report; characters
_DIGIT = re.compile(r"\d")


def main() -> None:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("folder", type=Path)
    making.add_argument("passages", type=int)
    making.add_argument("indexes", type=Path, nargs="+")
    commands.add_parser("update").add_argument("folder", type=Path)
    for name in ("measure", "ask"):
        command = commands.add_parser(name)
        command.add_argument("folder", type=Path)
        command.add_argument("questions", type=Path, nargs="+", help="one JSON object a line")
        command.add_argument("--askers", type=int, default=16, help="%(default)s")
        command.add_argument("--times", type=int, default=10_000, help="%(default)s")
    given = parser.parse_args()
    if given.command == "make":
        make(given.folder, given.passages, [open_index(path) for path in given.indexes])
    elif given.command == "update":
        update(given.folder)
    elif given.command == "measure":
        measure(given.folder, _read(given.questions))
    else:
        ask(given.folder, _read(given.questions), given.askers, given.times)


def _read(files: Sequence[Path]) -> list[str]:
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line)["question"] for line in lines if line.strip()]


# --- a collection --------------------------------------------------------------------------------


def make(folder: Path, passages: int, sources: Sequence[Index]) -> None:
    """Write an index of so many passages made of what others hold."""
    (folder / _CORPUS).mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    vectors = _vectors(random, passages, np.concatenate([_all_vectors(one) for one in sources]))
    np.save(folder / _EXACT, vectors)
    sentences = [sentence for source in sources for sentence in _sentences(source)]
    reports = list(_reports(random, passages, sentences, folder / _CORPUS))
    # A sentence, of which there are far fewer than passages, is cut into words once.
    cut = lru_cache(2**17)(lambda sentence: " ".join(words(sentence)))
    words = index.lexical.tokens
    index.lexical.tokens = lambda text: [cut(sentence) for sentence in text.split("\n")]
    write_index(folder, reports, vectors)


def _all_vectors(source: Index) -> Vectors:
    return source.generation.vectors(source.generation.records.rows())


def _sentences(source: Index, first: int | None = None) -> Iterator[str]:
    for entry in source.documents[:first]:
        text = source.document(entry.id).text
        for start, end in sentence_spans(text):
            if end - start > 8:
                yield text[start:end].strip().replace("\n", "")


def _reports(
    random: np.random.Generator, passages: int, sentences: Sequence[str], corpus: Path
) -> Iterator[Passages]:
    for number in range(-(-passages // _PASSAGES)):
        year = 2000 + number % 26
        held = min(_PASSAGES, passages - number * _PASSAGES)
        made = report(
            f"第{number}号县{year}年政府工作报告",
            year,
            [_text(random, sentences) for _ in range(held)],
        )
        (corpus / made[0].path).write_bytes(made[0].text.encode())
        yield made


def _text(random: np.random.Generator, sentences: Sequence[str]) -> str:
    chosen: list[str] = []
    while sum(map(len, chosen)) < _LENGTH:
        sentence = sentences[random.integers(len(sentences))]
        if random.random() < 0.2:
            sentence = _DIGIT.sub(lambda found: str(random.integers(10)), sentence)
        chosen.append(sentence)
    return "\n".join(chosen) + "\n"


def _vectors(random: np.random.Generator, passages: int, real: Vectors) -> Vectors:
    flat = faiss.IndexFlatIP(real.shape[1])
    flat.add(real)
    cosines, near = flat.search(real, _NEIGHBOURS + 1)
    _print_nearest("the real ones", cosines[:, 1])
    mean = real.mean(axis=0)
    centred = real - mean
    size, direction = np.linalg.eigh(centred.T @ centred / len(centred))
    spread = (direction * np.sqrt(size.clip(0))).astype(np.float32)
    made = np.empty((passages, real.shape[1]), np.float32)
    for start in range(0, passages, _BLOCK):
        block = made[start : start + _BLOCK]
        one = random.integers(len(real), size=len(block))
        other = near[one, random.integers(1, _NEIGHBOURS + 1, size=len(block))]
        share = random.random((len(block), 1), dtype=np.float32)
        moved = random.uniform(*_MOVED, (len(block), 1)).astype(np.float32)
        noise = random.standard_normal(block.shape, dtype=np.float32) @ spread.T
        between = centred[one] * (1 - share) + centred[other] * share
        block[:] = mean + np.sqrt(1 - moved**2) * between + moved * noise
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    drawn = made[random.integers(passages, size=300)]
    _print_nearest("those made", np.sort(drawn @ made.T, axis=1)[:, -2])
    return made


def _print_nearest(name: str, cosines: Vectors) -> None:
    shares = (1, 10, 50, 90, 99)
    told = "  ".join(f"{share} % {np.percentile(cosines, share):.3f}" for share in shares)
    print(f"cosine to the nearest neighbour, {name}: {told}")


def update(folder: Path) -> None:
    """Add a report and print how long it takes until an open index finds it."""
    opened = open_index(folder)
    random = np.random.default_rng()
    some = list(_sentences(opened, 20))
    lines = [_text(random, some) for _ in range(_PAGES * _PAGE // _LENGTH)]
    name = f"新增第{time.time_ns()}号公报"
    (folder / _CORPUS / f"{name}.txt").write_text(name + "\n\n" + "\n".join(lines), "utf-8")
    load_embedder().embed_query("")  # as in a program that has been running for a while
    clock, processor = time.perf_counter(), time.process_time()
    report = build(folder / _CORPUS, folder)
    built = time.perf_counter() - clock
    opened.refresh()
    hits = Retriever(opened).search(name, 3)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    assert any(name in hit.chunk.title for hit in hits)
    print(
        f"{report.chunks} passages, {len(report.added)} report added, {report.embedded} passages "
        f"embedded: found after {clock:.1f} s (built after {built:.1f} s), "
        f"processor {processor:.1f} s"
    )


# --- one after the other -------------------------------------------------------------------------


def measure(folder: Path, questions: Sequence[str]) -> None:
    """Print how long opening and searching take, the memory, and what is missed."""
    clock, processor = time.perf_counter(), time.process_time()
    opened = open_index(folder)
    print(
        f"{opened.manifest.chunks} passages, {opened.manifest.vectors}: open after "
        f"{time.perf_counter() - clock:.2f} s, processor {time.process_time() - processor:.2f} s"
    )
    sizes: dict[str, int] = {}
    for name, size in opened.manifest.sizes.items():
        part = name.split("/")[0]
        sizes[part] = sizes.get(part, 0) + size
    print("MB on disk: " + "  ".join(f"{name} {size / 1e6:.0f}" for name, size in sizes.items()))
    opened.generation.require_whole()  # so that it is not read meanwhile
    retriever, generation = Retriever(opened), opened.generation
    retriever.search(questions[0])
    _print_memory("after the first question")
    taken = []
    processor = time.process_time()
    for question in questions:
        started = time.perf_counter()
        retriever.search(question)
        taken.append(1000 * (time.perf_counter() - started))
    each = 1000 * (time.process_time() - processor) / len(questions)
    p50, p95 = np.percentile(taken, (50, 95))
    print(f"Retriever.search: p50 {p50:.1f} ms, p95 {p95:.1f} ms, processor {each:.1f} ms")
    _print_memory(f"after {len(questions)} questions")
    queries = np.array([opened.embedder.embed_query(simplify(each)) for each in questions])
    found = [[row for row, _ in generation.search_dense(query, 200)] for query in queries]
    exact = np.load(folder / _EXACT, mmap_mode="r")
    cosines = np.concatenate(
        [queries @ exact[start : start + _BLOCK].T for start in range(0, len(exact), _BLOCK)], 1
    )
    for depth in (10, 200):
        nearest = np.argpartition(-cosines, depth, axis=1)[:, :depth]
        shares = [
            len(set(some[:depth]) & set(all_.tolist())) / depth
            for some, all_ in zip(found, nearest, strict=True)
        ]
        print(f"recall@{depth} of the vectors against exact search: {np.mean(shares):.4f}")


# --- many at once --------------------------------------------------------------------------------


def ask(folder: Path, questions: Sequence[str], askers: int, times: int) -> None:
    """Print how many questions are answered when many ask, and which answers differ from those
    that were given one by one."""
    retriever = Retriever(open_index(folder))
    clock, processor = time.perf_counter(), time.process_time()
    alone = [retriever.search(question) for question in questions]
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    print(
        f"one by one: {len(questions) / clock:.1f} a second, processor "
        f"{1000 * processor / len(questions):.1f} ms each"
    )
    turns, taken, wrong = count(), [], []
    at_first = _memory()["VmRSS"]

    def asker() -> None:
        while (turn := next(turns)) < times:
            number = turn % len(questions)
            started = time.perf_counter()
            hits = retriever.search(questions[number])
            taken.append(1000 * (time.perf_counter() - started))
            if hits != alone[number]:
                wrong.append(questions[number])
            if turn % (times // 5) == 0:
                _print_memory(f"at question {turn}")

    threads = [threading.Thread(target=asker) for _ in range(askers)]
    clock, processor = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    p50, p95 = np.percentile(taken, (50, 95))
    print(
        f"{askers} at once, {len(taken)} questions: {len(taken) / clock:.1f} a second, "
        f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, processor {1000 * processor / len(taken):.1f} ms "
        f"each; {len(wrong)} answers differ; {_memory()['VmRSS'] - at_first:+.0f} MB"
    )


def _memory() -> dict[str, float]:
    """Return what the system says of this process's memory, in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return {
        name: int(size) / 1000
        for name, size in re.findall(r"^(VmRSS|RssAnon|RssFile):\s+(\d+)", status, re.MULTILINE)
    }


def _print_memory(when: str) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    told = "  ".join(f"{name} {size:.0f}" for name, size in _memory().items())
    print(f"MB of memory {when}: {told}  peak {peak:.0f}")


if __name__ == "__main__":
    main()
