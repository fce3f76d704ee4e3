"""The console's start, and what it may not do: it proposes, and holds no secret of a code."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.broker.processes.running import failed, founded
from tests.node import Node

ALIVE = pytest.mark.asyncio(loop_scope="session")


async def test_a_console_without_its_certificate_ends_with_its_name(tmp_path: Path) -> None:
    layout = founded(tmp_path)
    layout.tls_certificate.unlink()
    said = await failed(layout, "console")
    assert "process_cannot_run" in said
    assert "tls.crt" in said


@ALIVE
async def test_the_console_answers_over_tls_and_says_that_it_is_up(plant: Node) -> None:
    page = await plant.holder()
    assert (await page.get("/livez")).status_code == 200
    assert [one["process"] for one in plant.events("NodeStarted")].count("console") >= 1


@ALIVE
async def test_nobody_is_believed_about_whose_request_it_forwards(plant: Node) -> None:
    """No header makes a source: the address is the connection's own."""
    page = replace(plant)._browser({"x-forwarded-for": "203.0.113.9", "forwarded": "for=203.0.113.9"})
    async with page:
        form = (await page.get("/sign-in")).text
        token = form.partition('name="form" value="')[2].partition('"')[0]
        body = {"person": "nobody-at-all", "password": "x" * 12, "code": "000000", "form": token}
        answer = await page.post("/sign-in", data=body, headers={"origin": plant.url})
    assert answer.status_code == 401, answer.text
    failed_ = await plant.event("SignInFailed", claimed="nobody-at-all")
    assert failed_["source"] in {"127.0.0.1", "::1"}
