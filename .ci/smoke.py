"""Tries an installed Wenju as its users do: `smoke.py PROGRAM`, beside a folder `corpus`."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request

QUESTION = "浙里医保的好评率和办件量是多少？"
PORT = "8765"
PROGRAM = sys.argv[1]


def wenju(*arguments: str) -> str:
    """Return what the program prints; fail where it does."""
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def served(command: str, path: str) -> str:
    """Start a server, return what it gives at a path, and end it."""
    arguments = [PROGRAM, command, "--index", "index", "--port", PORT]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert PORT in program.stdout.readline(), command
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            return opener.open(f"http://127.0.0.1:{PORT}{path}", timeout=60).read().decode()
        finally:
            program.terminate()


def main() -> None:
    """Build, ask, search, check, and serve the page and the API."""
    assert "索引已就绪" in wenju("build", "corpus", "-o", "index")
    answer = json.loads(wenju("ask", QUESTION, "--index", "index", "--json"))
    assert answer["grounded"], answer
    assert "99.89%" in answer["text"], answer
    assert "医保" in wenju("search", "医保", "--index", "index", "--top-k", "1")
    assert "索引完好" in wenju("doctor", "--index", "index")
    assert wenju("doctor", "--environment")
    # The page with its own style and script, which are data of the package.
    page = served("chat", "/")
    assert "wj-" in page, "the page has no style"
    assert json.loads(served("serve", "/health"))["documents"] > 0
    sys.stdout.write("smoke test passed\n")


if __name__ == "__main__":
    main()
