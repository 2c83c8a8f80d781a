"""How fast the bundled model is, against sentence-transformers in float32 on the same weights.

    python tools/make_model.py --passages DIR --original ORIGINAL    # once: writes the weights
    python benchmarks/embedding.py --passages DIR --original ORIGINAL

Both embed the same passages in turn, round after round. Where the machine has other work to do, the
CPU time is steadier than the clock's (though torch's threads also spend it on waiting for another).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from index.embed import Vectors
from index.embed.bundled import BundledEmbedder

_CHARACTERS = 250
_BATCH = 16  # of sentence-transformers, which sorts by length and pads; the bundled one does not

_START = """
import time
import onnxruntime, tokenizers
from index.embed import load_embedder
start = time.perf_counter()
load_embedder().embed_query("去年的粮食产量是多少")
print(time.perf_counter() - start)
"""
_MEMORY = """
import resource, sys
from index.embed import load_embedder
load_embedder().embed_documents(["长" * 600] * 4 + sys.stdin.read().split("\\0"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def main() -> None:
    """Print four lines of figures and a table."""
    arguments = _arguments()
    passages = _passages(arguments.passages, arguments.count)
    rounds = range(arguments.rounds)
    print(f"{os.cpu_count()} cores, {len(passages)} passages of {_CHARACTERS} characters")

    # First, in processes of their own: a child's peak memory counts what its parent had by then.
    memory = float(_run(_MEMORY, "\0".join(passages)))
    print(f"peak memory       {memory:8.0f} MB, the process as a whole")
    start = statistics.median(float(_run(_START)) for _ in rounds)
    print(
        f"to the first query{1000 * start:8.0f} ms, libraries imported, files in the system's cache"
    )
    bundled = BundledEmbedder()
    bundled.embed_documents(passages[:_BATCH])
    query = statistics.median(_timed(lambda p=p: bundled.embed_query(p[:20]))[0] for p in passages)
    print(f"one query         {1000 * query:8.1f} ms, median of {len(passages)}, 20 characters")

    original = _sentence_transformers(arguments.original)
    original(passages[:_BATCH])
    _print_rates(
        {"sentence-transformers fp32": original, "bundled": bundled.embed_documents},
        passages,
        arguments.rounds,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--passages", type=Path, required=True, metavar="DIR", help=".txt files")
    parser.add_argument("--original", type=Path, required=True, metavar="DIR")
    parser.add_argument("--count", type=int, default=200, help="passages; %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="%(default)s")
    return parser.parse_args()


def _passages(folder: Path, count: int) -> list[str]:
    texts = [file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.txt"))]
    cut = [text[at : at + _CHARACTERS] for text in texts for at in range(0, len(text), _CHARACTERS)]
    return [cut[len(cut) * n // count] for n in range(count)]


def _sentence_transformers(folder: Path) -> Callable[[list[str]], Vectors]:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu")

    def embed(passages: list[str]) -> Vectors:
        prefixed = [f"passage: {passage}" for passage in passages]
        return model.encode(prefixed, batch_size=_BATCH, normalize_embeddings=True)

    return embed


def _print_rates(
    engines: dict[str, Callable[[list[str]], Vectors]], passages: list[str], rounds: int
) -> None:
    """Time the engines in turn. The first one is what the others are compared with."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in engines}
    vectors: dict[str, Vectors] = {}
    for _ in range(rounds):
        for name, embed in engines.items():
            clock, processor, vectors[name] = _timed(lambda embed=embed: embed(passages))
            times[name].append((clock, processor))
    first = next(iter(engines))
    medians = {name: np.median(times[name], axis=0) / len(passages) for name in engines}
    print(f"{f'median of {rounds} rounds':28}passages/s   ratio   CPU ms each   ratio   cosine")
    for name, (clock, processor) in medians.items():
        ratio, processor_ratio = medians[first] / medians[name]
        cosine = (vectors[name] * vectors[first]).sum(axis=1).mean()
        print(
            f"{name:28}{1 / clock:10.1f}{ratio:8.2f}{1000 * processor:14.1f}"
            f"{processor_ratio:8.2f}{cosine:9.4f}"
        )


def _timed(call: Callable[[], Vectors]) -> tuple[float, float, Vectors]:
    """Return the seconds by the clock, the seconds of processor, and what the call returned."""
    clock, processor = time.perf_counter(), time.process_time()
    result = call()
    return time.perf_counter() - clock, time.process_time() - processor, result


def _run(program: str, text: str = "") -> str:
    return subprocess.run(
        [sys.executable, "-c", program], input=text, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


if __name__ == "__main__":
    main()
