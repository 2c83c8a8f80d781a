"""The program `wenju`: each command parses, calls one public function and prints.

Anything heavy is imported inside the command that needs it, so that `wenju --help` is instant and
`wenju ask` loads neither torch nor gradio.
"""

from __future__ import annotations

import sys

import typer

from ui.commands.ask import ask
from ui.commands.build import build
from ui.commands.chat import chat
from ui.commands.doctor import doctor
from ui.commands.evaluate import evaluate
from ui.commands.mcp import mcp
from ui.commands.password import password
from ui.commands.search import search
from ui.commands.serve import serve

app = typer.Typer(
    help="问据：向一批中文报告提问，每句回答都指明出处。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command()(build)
app.command()(doctor)
app.command()(search)
app.command()(ask)
app.command()(chat)
app.command()(password)
app.command(name="eval")(evaluate)
app.command()(serve)
app.command()(mcp)


def main() -> None:
    """Run the program."""
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal cannot show is no reason to stop; in JSON it stays valid.
        stream.reconfigure(errors="backslashreplace")
    app(prog_name="wenju")


if __name__ == "__main__":
    main()
