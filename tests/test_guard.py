"""What every request of the chat passes: how large, how often, from where."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.guard import LARGEST_REQUEST, Allowance, Guard

UPLOADS = "/wenju/collection/file"


async def size(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


def client(*, only_local: bool = True, host: str = "127.0.0.1:7860") -> TestClient:
    methods = ["GET", "POST", "PUT"]
    app = Starlette(routes=[Route("/{path:path}", size, methods=methods)])
    guarded = Guard(app, uploads=UPLOADS, only_local=only_local)
    return TestClient(guarded, base_url=f"http://{host}", raise_server_exceptions=False)


def test_a_request_passes_with_headers_that_keep_the_page_to_itself() -> None:
    answer = client().post("/ask", content=b"12345")
    assert (answer.status_code, answer.text) == (200, "5")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "http" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_request_that_is_too_large_is_refused() -> None:
    answer = client().post("/ask", content=b"x" * (LARGEST_REQUEST + 1))
    assert (answer.status_code, answer.text) == (413, "请求太大：最多 1 MB。")


def test_a_request_that_does_not_say_how_large_it_is_is_not_read_to_its_end() -> None:
    def blocks() -> Iterator[bytes]:
        for _ in range(4):
            yield b"x" * (LARGEST_REQUEST // 2)

    # To the application it is as if its sender had gone.
    answer = client().post("/ask", content=blocks())
    assert answer.status_code == 500
    assert answer.text != str(2 * LARGEST_REQUEST)


def test_only_a_report_may_be_larger() -> None:
    large = b"x" * (LARGEST_REQUEST + 1)
    assert client().put(UPLOADS, content=large).text == str(len(large))
    assert client().post(UPLOADS, content=large).status_code == 413


def test_gradio_takes_no_files() -> None:
    assert client().post("/gradio_api/upload", content=b"x").status_code == 404
    assert client().post("/gradio_api/upload/", content=b"x").status_code == 404


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_cannot_act_here(site: str) -> None:
    headers = {"sec-fetch-site": site}
    assert client().post("/ask", headers=headers).status_code == 403
    assert client().get("/", headers=headers).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.example"])
def test_another_name_for_this_machine_is_not_taken(host: str) -> None:
    assert client(host=host).get("/").status_code == 421
    assert client(host=host, only_local=False).get("/").status_code == 200


@pytest.mark.parametrize("host", ["localhost:7860", "127.0.0.1", "[::1]:7860"])
def test_names_of_this_machine_are(host: str) -> None:
    assert client(host=host).get("/").status_code == 200


def test_who_asks_too_often_waits() -> None:
    asking = client()
    statuses = {asking.post("/ask").status_code for _ in range(400)}
    assert statuses == {200, 429}
    assert asking.get("/").status_code == 200


def test_passwords_are_not_guessed_in_a_row() -> None:
    asking = client()
    statuses = [asking.post("/login").status_code for _ in range(12)]
    assert statuses[:10] == [200] * 10
    assert statuses[-1] == 429
    assert asking.post("/ask").status_code == 200


def test_an_allowance_comes_back_with_time_and_is_each_ones_own() -> None:
    allowance = Allowance(2, 0.5)
    assert [allowance.take("a", 0.0) for _ in range(3)] == [True, True, False]
    assert allowance.take("b", 0.0)
    assert not allowance.take("a", 1.0)
    assert allowance.take("a", 4.0)
