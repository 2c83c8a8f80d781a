"""What the pages print can be run: every command has these options, every link leads somewhere."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from ui import cli

ROOT = Path(__file__).parents[1]
PAGES = [
    "README.md", "README.zh-CN.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))),
]  # fmt: skip


def blocks(text: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


def arguments(text: str) -> list[list[str]]:
    """Return the arguments of each `wenju` in lines of shell."""
    lines = re.findall(r"^(?:\S+=\S+ )*(?:\S*/)?wenju (.+)$", text, re.MULTILINE)
    return [shlex.split(line.split(" >> ")[0], comments=True) for line in lines]


def parsed(name: str, *rest: str) -> None:
    """Check that the command takes these arguments, without running it."""
    command = get_command(cli.app).commands[name]
    command.make_context(name, list(rest), resilient_parsing=False).close()


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_are_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    shell = "\n".join(blocks(text, "sh"))
    found = arguments(shell)
    assert found or page == "README.md"
    for words in found:
        parsed(*words)


@pytest.mark.parametrize("page", PAGES)
def test_the_links_of_a_page_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert ((ROOT / page).parent / target).exists(), target


def test_the_examples_are_json() -> None:
    for page in PAGES:
        for block in blocks((ROOT / page).read_text(encoding="utf-8"), "json"):
            assert all(isinstance(json.loads(line), dict) for line in block.splitlines())


def test_what_is_deployed_starts_commands_that_are_there() -> None:
    service = (ROOT / "deploy/wenju.service").read_text(encoding="utf-8")
    (line,) = re.findall(r"^ExecStart=\S+/wenju (.+)$", service, re.MULTILINE)
    parsed(*line.split())
    dockerfile = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
    (command,) = re.findall(r"^CMD (\[.+\])$", dockerfile, re.MULTILINE)
    parsed(*json.loads(command))
    compose = (ROOT / "deploy/compose.yaml").read_text(encoding="utf-8")
    for described in yaml.safe_load(compose)["services"].values():
        parsed(*described["command"])


def test_every_package_is_in_the_wheel() -> None:
    listed = re.search(r"^packages = \[(.+)\]$", (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    assert listed
    there = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for top in ("index", "rag", "ui")
        for path in (ROOT / top).rglob("*.py")
    }
    assert set(json.loads(f"[{listed[1]}]")) == there
