"""Who may open the chat and who may change its collection."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ui import cli
from ui.access import Access, AuthFileError, access_for, is_loopback, read_users, user_line

SECRET = "清风徐来2024"


@pytest.fixture(scope="module")
def lines() -> tuple[str, str]:
    return user_line("wang", SECRET), user_line("李敏", "水波不兴！！！！", editor=True)


def written(folder: Path, *lines: str) -> Path:
    path = folder / "users.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_line_holds_no_password_and_admits_its_owner(
    tmp_path: Path, lines: tuple[str, str]
) -> None:
    assert SECRET not in lines[0]
    users = read_users(written(tmp_path, "# 办公室", "", *lines))
    access = Access(users, local=False)
    assert access.admits("wang", SECRET)
    assert not access.admits("wang", SECRET + " ")
    assert not access.admits("nobody", SECRET)
    assert not access.admits("李敏", SECRET)


def test_the_same_password_never_gives_the_same_line(lines: tuple[str, str]) -> None:
    assert user_line("wang", SECRET) != lines[0]


def test_only_editors_change_the_collection(tmp_path: Path, lines: tuple[str, str]) -> None:
    access = Access(read_users(written(tmp_path, *lines)), local=True)
    assert access.may_change("李敏")
    assert not access.may_change("wang")
    assert not access.may_change(None)


def test_without_users_only_this_machine_changes_the_collection() -> None:
    assert access_for("127.0.0.1", None, public=False).may_change(None)
    assert not access_for("0.0.0.0", None, public=True).may_change(None)
    assert not access_for("127.0.0.1", None, public=True).may_change(None)  # behind a proxy


def test_others_are_not_let_in_by_mistake() -> None:
    with pytest.raises(AuthFileError, match=r"监听 0\.0\.0\.0 时.*--auth-file.*--public"):
        access_for("0.0.0.0", None, public=False)


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("127.3.2.1", True), ("::1", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("192.168.1.7", False), ("reports.example", False)],
)  # fmt: skip
def test_what_only_this_machine_reaches(host: str, local: bool) -> None:
    assert is_loopback(host) is local


@pytest.mark.parametrize(
    "line", ["wang:123456", "wang", "wang:scrypt$abc$def$", "wang:scrypt$YQ==$YQ==:boss"]
)
def test_a_line_that_is_none_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(AuthFileError, match="第 2 行"):
        read_users(written(tmp_path, "# 一行说明", line))


def test_a_file_without_users_is_no_open_door(tmp_path: Path) -> None:
    with pytest.raises(AuthFileError, match="没有用户"):
        read_users(written(tmp_path, "# 还没有人"))
    with pytest.raises(AuthFileError, match="读不出用户文件"):
        read_users(tmp_path / "absent.txt")


@pytest.mark.parametrize(("name", "password"), [("a:b", SECRET), ("", SECRET), ("wang", "短")])
def test_names_and_passwords_that_cannot_be(name: str, password: str) -> None:
    with pytest.raises(ValueError, match="名字应为|密码至少"):
        user_line(name, password)


def test_the_program_writes_a_line_and_asks_for_it(tmp_path: Path, index_dir: Path) -> None:
    made = CliRunner().invoke(cli.app, ["password", "wang"], input=f"{SECRET}\n{SECRET}\n")
    assert made.exit_code == 0
    assert list(read_users(written(tmp_path, made.stdout.strip()))) == ["wang"]
    open_to_all = ["chat", "--index", str(index_dir), "--host", "0.0.0.0"]
    refused = CliRunner().invoke(cli.app, open_to_all)
    assert refused.exit_code == 1
    assert "wenju password" in refused.stderr
