from collections.abc import Callable

import httpx2
import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from broker.console.api.problems import FAULT, problem, refusal_of
from broker.console.refusals import RefusalError
from broker.console.shell import LONGEST_BODY_BYTES
from domain.errors import DecisionError, EvidenceError
from tests.broker.console.house import ORIGIN, House


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RefusalError(409, "lost_race", "Late."), 409, "lost_race"),
        (DecisionError("Late.", code="lost_race"), 409, "lost_race"),
        (EvidenceError("The disk is full."), 503, "no_evidence"),
        (HTTPException(404), 404, "not_found"),
        (HTTPException(405), 405, "wrong_method"),
        (HTTPException(413), 413, "too_long"),
        (HTTPException(400), 400, "not_understood"),
        (RequestValidationError([]), 422, "not_understood"),
    ],
)
def test_every_error_is_said_with_a_code(error: Exception, status: int, code: str) -> None:
    refusal = refusal_of(error)
    assert refusal is not None
    assert (refusal.status, refusal.code) == (status, code)
    assert refusal.sentence.endswith(".")


def test_a_fault_of_ours_is_no_refusal() -> None:
    assert refusal_of(ValueError("oops")) is None


def test_what_is_wrong_where_is_said_and_half_a_character_can_be() -> None:
    told = [
        {"loc": ("body", "a/b", 0, "\ud800"), "msg": "Extra inputs are not permitted"},
        {"loc": ("query", "limit"), "msg": "Input should be less than 500"},
    ]
    refusal = refusal_of(RequestValidationError(told * 30))
    assert refusal is not None
    assert refusal.faults[:2] == (
        ("#/a~1b/0/?", "Extra inputs are not permitted"),
        ("limit", "Input should be less than 500"),
    )
    assert len(refusal.faults) == 20
    assert b'"faults":[{"pointer":"#/a~1b/0/?"' in problem(refusal).body


def check(answer: httpx2.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    said = answer.json()
    assert (said["status"], said["code"]) == (status, code)
    assert said["type"] == f"/api/v1/refusals#{code}"
    assert said["detail"].endswith(".")


Asking = Callable[[httpx2.AsyncClient, dict[str, str]], object]


async def test_every_no_of_the_api_is_a_problem(house: House) -> None:
    permit = await house.ask()
    petra = await house.bearer("petra")
    path = f"/api/v1/permits/{permit.id}/refuse"
    async with house.client() as script:
        nobody = await script.get("/api/v1/me")
        check(nobody, 401, "not_signed_in")
        assert nobody.headers["www-authenticate"].startswith("Bearer")
        check(await script.get("/api/v1/no/such/thing", headers=petra), 404, "not_found")
        wrong = await script.delete("/api/v1/permits", headers=petra)
        check(wrong, 405, "wrong_method")
        assert wrong.headers["allow"] == "GET, POST"
        html = await script.get("/api/v1/me", headers={**petra, "accept": "text/html"})
        check(html, 406, "not_acceptable")
        long = await script.post(path, content=b"x" * (LONGEST_BODY_BYTES + 1), headers=petra)
        check(long, 413, "too_long")
        plain = await script.post(path, content="reason=no", headers={**petra, "content-type": "text/plain"})
        check(plain, 415, "not_json")
        check(await script.post(path, json={"why": "no"}, headers=petra), 422, "not_understood")
        check(await script.post(path, json={"reason": "x\u200by"}, headers=petra), 422, "reason_missing")


async def test_a_fault_of_ours_is_said_without_its_inside(house: House) -> None:
    async def breaks() -> None:
        raise ValueError("the database's password is hunter2")

    house.app.add_api_route("/api/v1/breaks", breaks)
    transport = httpx2.ASGITransport(house.app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as script:
        answer = await script.get("/api/v1/breaks")
    check(answer, 500, FAULT.code)
    assert "hunter2" not in answer.text


async def test_a_problem_s_type_leads_to_the_list_of_codes_which_anybody_may_read(house: House) -> None:
    async with house.client() as nobody:
        said = (await nobody.get("/api/v1/me")).json()
        known = (await nobody.get(said["type"])).json()["refusals"]
    assert {"not_signed_in", "lost_race", "wrong_code", "too_many_waiting"} <= {one["code"] for one in known}
