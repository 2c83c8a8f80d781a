"""An open index: the generation in force of a store, and the change to the next one."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from index.address import milvus_address
from index.embed import Embedder
from index.errors import IndexDamaged, WenjuError
from index.generation import Generation, Store, StoredRecords
from index.local import LocalStore
from index.manifest import Manifest
from index.records import Entry
from index.types import Chunk, Document

# An open index looks for a new generation at most once in so many seconds, and in so many where the
# new one could not be opened.
PAUSE, PAUSE_AFTER_FAILURE = 0.5, 10.0

logger = logging.getLogger(__name__)


class Index:
    """A searchable set of documents. Made by `open_index`; may be shared by threads.

    It takes up a new generation by itself, so that two calls may be answered by different ones; who
    needs the same for several keeps `generation`.
    """

    def __init__(self, store: Store) -> None:
        """Open the generation in force. Raises what `Store.open` does."""
        self._store = store
        self._generation = store.open()
        self._earlier: StoredRecords | None = None
        self._damage: IndexDamaged | None = None
        self._next_look = time.monotonic() + PAUSE
        self._renewing = threading.Lock()
        self._read_the_rest()

    @property
    def folder(self) -> Path:
        """The folder of what belongs to this index alone."""
        return self._store.folder

    @property
    def place(self) -> str:
        """What `open_index` and `build` take for this index."""
        return self._store.place

    @property
    def generation(self) -> Generation:
        """The generation in force, no more than half a second ago.

        While one thread opens a new generation, the others go on with the one that is open. So do
        all where the new one cannot be opened; `refresh` tells why. Raises IndexDamaged once a file
        of a large index has turned out not to be as it was written.
        """
        if time.monotonic() >= self._next_look and self._renewing.acquire(blocking=False):
            try:
                pause = PAUSE if self._renewed_quietly() else PAUSE_AFTER_FAILURE
                self._next_look = time.monotonic() + pause
            finally:
                self._renewing.release()
        if self._damage:
            raise self._damage
        return self._generation

    @property
    def manifest(self) -> Manifest:
        """What made this index, from what and when."""
        return self.generation.manifest

    @property
    def documents(self) -> tuple[Entry, ...]:
        """Every document, without its text, by path."""
        return self.generation.documents

    def document(self, document_id: str) -> Document:
        """Return a document with its text. One that the last new generation no longer holds is
        still found: it may have been cited a moment ago. Raises KeyError if there is none."""
        generation, earlier = self.generation, self._earlier
        try:
            return generation.records.document(document_id)
        except KeyError:
            if earlier is None:
                raise
            return earlier.document(document_id)

    def context(self, chunk: Chunk, n: int = 1) -> str:
        """Return the text of a chunk with up to `n` chunks on either side of it in its document:
        a verbatim piece of the document's text. Raises KeyError if the index does not hold it, and
        ValueError if `n` is negative."""
        return self.generation.context(chunk, n)

    @property
    def embedder(self) -> Embedder:
        """The embedder that made the vectors.

        Raises EmbedderUnavailable if it cannot be loaded, IndexMismatch if it has changed.
        """
        return self.generation.embedder

    def refresh(self) -> bool:
        """Take up a new generation at once if there is one, and say whether there was.

        Raises IndexNotFound, IndexDamaged or IndexMismatch if it cannot be opened; what is open
        stays so.
        """
        with self._renewing:
            return self._renew()

    def _renewed_quietly(self) -> bool:
        try:
            self._renew()
        except WenjuError:
            # What is open stays usable; the reason is for whoever runs the program.
            logger.warning("不能换用新的索引，继续使用已打开的索引", exc_info=True)
            return False
        return True

    def _renew(self) -> bool:
        if self._store.current() == self._generation.name:
            return False
        newer = self._store.open()
        newer.adopt_embedder(self._generation)
        self._earlier, self._generation, self._damage = self._generation.records, newer, None
        self._read_the_rest()
        return True

    def _read_the_rest(self) -> None:
        """Read the large files that were not read on opening, while others search already."""
        generation = self._generation

        def read() -> None:
            try:
                generation.require_whole()
            except IndexDamaged as error:
                # Another may be in force by now; builds remove the files of old ones.
                if generation is self._generation and generation.is_kept():
                    self._damage = error

        if not generation.is_read:
            threading.Thread(target=read, name="wenju-checksums", daemon=True).start()


def open_index(index_dir: str | Path) -> Index:
    """Open the index in the folder `index_dir`, or at `milvus://…` (see `index.address`).

    Raises IndexNotFound, IndexDamaged, IndexMismatch if another version of Wenju made it, and for
    Milvus IndexUnavailable and ExtraMissing.
    """
    return Index(store_at(index_dir))


def store_at(index_dir: str | Path) -> Store:
    """Return the store that `index_dir` names. Raises IndexNotFound for an address of no known
    kind, and ExtraMissing."""
    address = milvus_address(index_dir)
    if address is None:
        # A program may go to another folder while it looks for new generations in this one.
        return LocalStore(Path(index_dir).absolute())
    from index.milvus.store import MilvusStore

    return MilvusStore(address)
