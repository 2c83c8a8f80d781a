"""Everything that can go wrong and is worth telling a person about.

    WenjuError                  its message is for the user: expected, found, what to do
    ├── CorpusError             no folder of reports, or nothing in it can be read
    ├── UnreadableFile          one file cannot be read; `build` goes on
    ├── IndexNotFound           there is no index at the place named
    ├── IndexDamaged            a part of the index is missing or not as written
    ├── IndexMismatch           made by another version or another embedder
    ├── IndexUnavailable        the server that keeps the index does not answer as it should
    ├── EmbedderUnavailable     the embedding model cannot be loaded
    ├── ModelFailed             an LLM endpoint failed
    └── ExtraMissing            a library that an optional feature needs is not installed

A wrong argument from a programmer stays a `ValueError`.
"""


class WenjuError(Exception):
    """Base of all errors whose message may be shown to a user as it is."""


class CorpusError(WenjuError):
    """The folder of reports is missing, is not a folder, or holds nothing that can be read."""


class UnreadableFile(WenjuError):
    """One file cannot be read as a report."""


class IndexNotFound(WenjuError):
    """There is no index at the place named."""


class IndexDamaged(WenjuError):
    """Part of an index is missing or differs from what was written."""


class IndexMismatch(WenjuError):
    """The index was made by another schema version or another embedder."""


class IndexUnavailable(WenjuError):
    """The server that keeps an index cannot be reached or refuses."""


class EmbedderUnavailable(WenjuError):
    """The embedding model asked for cannot be loaded."""


class ModelFailed(WenjuError):
    """An LLM endpoint could not be reached, refused, or broke off."""


class ExtraMissing(WenjuError):
    """A library that an optional feature needs is not installed."""
