"""Do both stores find the same? Copies a local index into Milvus Lite and asks both.

    python -m benchmarks.stores INDEX QUESTIONS.jsonl FILE.db

Prints for how many questions both give the same first ten, in which the others differ, and what a
passage takes: bytes on disk and seconds to write and to ask.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from statistics import median

from index import Index, open_index
from index.address import milvus_address
from index.milvus.publish import publish
from index.publish import Contents
from rag import Retriever


def main(source: Path, questions: Path, file: Path) -> None:
    """Copy, ask and print."""
    local, address = open_index(source), milvus_address(f"milvus://{file.resolve()}")
    chunks = local.manifest.chunks
    if not file.exists():
        start = time.process_time()
        publish(address, local.manifest, _contents(local))
        seconds = (time.process_time() - start) / chunks * 1000
        print(f"written: {chunks} passages, {seconds:.2f} processor-ms a passage")
    print(f"on disk, bytes a passage: {_size(source) / chunks:.0f} local (both generations), "
          f"{_size(file) / chunks:.0f} Milvus Lite")  # fmt: skip
    both = Retriever(local), Retriever(open_index(address.given))
    texts = [json.loads(line)["question"] for line in questions.read_text("utf-8").splitlines()]
    seconds: tuple[list[float], list[float]] = ([], [])
    same = 0
    for text in texts:
        found = []
        for retriever, spent in zip(both, seconds, strict=True):
            start = time.perf_counter()
            found.append(retriever.search(text, 10))
            spent.append(time.perf_counter() - start)
        one, other = ([hit.chunk.id for hit in hits] for hits in found)
        same += one == other
        if one != other:
            scores = [[round(hit.score, 5) for hit in hits] for hits in found]
            print(
                f"differs: {text}\n  {scores[0]}\n  {scores[1]}  in common {len({*one} & {*other})}"
            )
    print(f"the same first ten: {same} of {len(texts)} ({same / len(texts):.1%})")
    print(f"median ms a question: {median(seconds[0]) * 1000:.0f} local, "
          f"{median(seconds[1]) * 1000:.0f} Milvus Lite")  # fmt: skip


def _contents(source: Index) -> Contents:
    generation = source.generation
    records, rows = generation.records, generation.records.rows().tolist()
    entries = sorted(generation.documents, key=lambda entry: records.rows_of([entry.id])[0].start)
    documents = [(records.document(entry.id), records.chunks_of(entry.id)) for entry in entries]
    return Contents(documents, [""] * len(rows), generation.vectors(rows))


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
