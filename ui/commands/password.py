"""`wenju password`: a line of the file of those who may sign in."""

from __future__ import annotations

from typing import Annotated

import typer

from ui.terminal import refuse


def password(
    name: Annotated[str, typer.Argument(help="登录时用的名字", metavar="NAME")],
    editor: Annotated[
        bool, typer.Option("--editor", help="可以在页面上增删报告、重建索引")
    ] = False,
) -> None:
    """为一个人生成用户文件里的一行：wenju password 名字 >> users.txt。"""
    from ui.access import user_line

    secret = typer.prompt("密码", hide_input=True, confirmation_prompt="再输入一次", err=True)
    try:
        typer.echo(user_line(name, secret, editor=editor))
    except ValueError as error:
        refuse(str(error))
