"""Which Wenju this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def wenju_version() -> str:
    """Return the installed version, "" where Wenju runs from a folder without being installed."""
    try:
        return version("wenju")
    except PackageNotFoundError:
        return ""
