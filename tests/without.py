"""Running code in a process in which a library is not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_HIDE = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Hidden())
"""


def run_without(package: str, code: str) -> subprocess.CompletedProcess[str]:
    """Return what came of running `code` where `package` cannot be imported."""
    return subprocess.run(
        [sys.executable, "-c", _HIDE.format(package=package) + code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
    )
