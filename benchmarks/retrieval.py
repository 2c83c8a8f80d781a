"""How long a search takes, and of what: over your own index, or over a made-up large one.

    python benchmarks/retrieval.py data/index questions.jsonl
    python benchmarks/retrieval.py --make 100000 /tmp/large      # once, some minutes: no questions

The made-up index holds words drawn as often as jieba's dictionary says that they are used, and
vectors in clusters; what it finds means nothing, how long that takes does.

Of several rounds the best counts: where the machine has other work to do, the clock tells of that
work too, and the processor time, a mean over the questions and all threads, is steadier.

Beside Wenju the same questions go to the plainest search there is in the same run: one cosine per
vector in a faiss flat index, ranked, with the text fetched from a list. It has neither words nor
years, so it shows what those cost. No other retriever is compared.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import faiss
import jieba
import numpy as np
from made_index import Passages, report, write_index

from index import Index, open_index
from index.embed import Vectors, load_embedder
from index.fold import simplify
from rag.question import read_question
from rag.retrieve import CANDIDATES, Ordering, Retriever, Scope, search

_TOP_K = 10
_SENTENCES, _WORDS = 8, 14  # a made-up passage: about 200 characters
_PASSAGES = 50  # of a made-up document
_CLUSTERS, _SPREAD = 500, 0.7


def main() -> None:
    """Print the figures of each round, or make an index."""
    arguments = _arguments()
    if arguments.make:
        make_index(arguments.index, arguments.make)
    index = open_index(arguments.index)
    questions = _read(arguments.questions) if arguments.questions else _made_up_questions(index)
    print(
        f"{index.manifest.chunks} passages of {index.manifest.documents} documents, "
        f"{len(questions)} questions, milliseconds, {arguments.rounds} rounds"
    )
    for name, call in _contestants(index).items():
        _print_rounds(name, call, questions, arguments.rounds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("index", type=Path)
    parser.add_argument("questions", type=Path, nargs="?", help="one JSON object a line")
    parser.add_argument("--make", type=int, metavar="N", help="make an index of N passages first")
    parser.add_argument("--rounds", type=int, default=3, help="%(default)s")
    return parser.parse_args()


def _read(file: Path) -> list[str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines if line.strip()]


def _contestants(index: Index) -> dict[str, Callable[[str], object]]:
    """Return the searches to time, by name: the whole, its parts, and the plain peer."""
    generation, embedder, retriever = index.generation, index.embedder, Retriever(index)
    vectors = {}

    def embed(question: str) -> Vectors:
        if question not in vectors:
            vectors[question] = embedder.embed_query(simplify(question))
        return vectors[question]

    rows = np.arange(index.manifest.chunks)
    texts = [part.text for part in generation.records.chunks(rows.tolist()).values()]
    flat = faiss.IndexFlatIP(index.manifest.dimension)
    flat.add(generation.vectors(rows))

    def plain(question: str) -> list[str]:
        _, found = flat.search(embedder.embed_query(simplify(question))[np.newaxis], _TOP_K)
        return [texts[row] for row in found[0]]

    return {
        "Retriever.search": lambda question: retriever.search(question, _TOP_K),
        "  embedding alone": lambda question: embedder.embed_query(simplify(question)),
        "  reading the question": read_question,
        "  words alone": lambda question: generation.search_lexical(
            read_question(question).weights, CANDIDATES, 1.0
        ),
        "  vectors alone": lambda question: generation.search_dense(embed(question), CANDIDATES),
        "  all but embedding": lambda question: search(
            generation, read_question(question), embed(question), Scope(_TOP_K), Ordering()
        ),
        "faiss flat and a list": plain,
    }


def _print_rounds(
    name: str, call: Callable[[str], object], questions: Sequence[str], rounds: int
) -> None:
    """Print the figures of the best round, and the p50 and p95 of all rounds.

    The first round of the first search also loads words of the dictionary: it is left out.
    """
    for question in questions:
        call(question)
    timed = sorted((_round(call, questions) for _ in range(rounds)), key=lambda figures: figures[1])
    p50, p95, processor = timed[0]
    every = "  ".join(f"{one:.1f}/{other:.1f}" for one, other, _ in timed)
    print(f"{name:24}p50 {p50:6.1f}   p95 {p95:6.1f}   CPU {processor:6.1f}   rounds {every}")


def _round(call: Callable[[str], object], questions: Sequence[str]) -> tuple[float, float, float]:
    """Return the p50 and p95 by the clock and the mean processor time, in milliseconds."""
    taken = []
    processor = time.process_time()
    for question in questions:
        started = time.perf_counter()
        call(question)
        taken.append(1000 * (time.perf_counter() - started))
    each = 1000 * (time.process_time() - processor) / len(questions)
    p50, p95 = np.percentile(taken, (50, 95))
    return p50, p95, each


def make_index(folder: Path, count: int) -> None:
    """Write an index of `count` made-up passages."""
    random = np.random.default_rng(0)
    reports = list(_reports(random, count))
    write_index(folder, reports, _vectors(random, count, load_embedder().dimension))


def _reports(random: np.random.Generator, count: int) -> Iterator[Passages]:
    with jieba.Tokenizer().get_dict_file() as file:
        entries = [line.split() for line in file.read().decode("utf-8").splitlines()]
    words = np.array([entry[0] for entry in entries])
    frequency = np.array([float(entry[1]) for entry in entries])
    for number in range(-(-count // _PASSAGES)):
        year = 2000 + number % 26
        drawn = random.choice(words, (_PASSAGES, _SENTENCES, _WORDS), p=frequency / frequency.sum())
        texts = ["".join("".join(part) + "。" for part in passage) + "\n" for passage in drawn]
        yield report(
            f"第{number}号县{year}年政府工作报告", year, texts[: count - _PASSAGES * number]
        )


def _vectors(random: np.random.Generator, count: int, dimension: int) -> Vectors:
    centres = random.standard_normal((_CLUSTERS, dimension), dtype=np.float32)
    vectors = centres[random.integers(_CLUSTERS, size=count)]
    vectors += _SPREAD * random.standard_normal((count, dimension), dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _made_up_questions(index: Index, count: int = 100) -> list[str]:
    """Return beginnings of sentences of the index, spread over it, as questions of a year."""
    rows = np.linspace(0, index.manifest.chunks - 1, count).astype(int).tolist()
    parts = index.generation.records.chunks(rows).values()
    return [f"{part.year or ''}年{part.text.strip()[:12]}是多少？" for part in parts]


if __name__ == "__main__":
    main()
