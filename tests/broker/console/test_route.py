"""Routes that are analysed when first asked for answer as FastAPI's own, and cost nothing before."""

from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, FastAPI, Query
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import Match

from broker.console.app import routed
from broker.console.route import LateRoute, page_router


async def read(name: str, most: Annotated[int, Query(le=5)] = 1) -> dict[str, Any]:
    """Read one."""
    return {"name": name, "most": most}


async def listed() -> list[str]:
    """All of them."""
    return []


def serving(kind: type[APIRoute]) -> TestClient:
    router = APIRouter(prefix="/things", route_class=kind)
    router.add_api_route("/all", listed)
    router.add_api_route("/{name}", read, methods=["GET"])
    router.add_api_route("/{name}/parts/{rest:path}", read, methods=["POST"], status_code=201)
    app = FastAPI()
    app.router.routes.extend(router.routes)
    return TestClient(app)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/things/all"),
        ("HEAD", "/things/all"),
        ("GET", "/things/all/"),
        ("GET", "/things/one"),
        ("GET", "/things/one?most=5"),
        ("GET", "/things/one?most=6"),
        ("GET", "/things/"),
        ("GET", "/things"),
        ("DELETE", "/things/one"),
        ("POST", "/things/one/parts/a/b"),
        ("GET", "/things/one/parts/a/b"),
        ("GET", "/thing"),
        ("GET", "/things/one%0A"),
        ("GET", "/openapi.json"),
    ],
)
def test_it_answers_as_one_that_was_there_from_the_start(method: str, path: str) -> None:
    late, plain = (
        serving(kind).request(method, path, follow_redirects=False) for kind in (LateRoute, APIRoute)
    )
    assert (late.status_code, late.content) == (plain.status_code, plain.content)


def test_no_route_is_analysed_before_somebody_asks_for_it() -> None:
    routes = [one for one in routed().routes if isinstance(one, LateRoute)]
    assert len(routes) > 150
    asked = LateRoute("/things/{name}", read)
    assert asked.matches({"type": "http", "method": "GET", "path": "/elsewhere"}) == (Match.NONE, {})
    assert "dependant" not in vars(asked)
    match, _ = asked.matches({"type": "http", "method": "GET", "path": "/things/one"})
    assert match is Match.FULL
    assert "dependant" in vars(asked)


def test_every_route_of_the_console_can_be_analysed() -> None:
    assert all(one.dependant for one in routed().routes if isinstance(one, LateRoute))


def test_who_asks_while_another_makes_it_waits_for_the_whole() -> None:
    with ThreadPoolExecutor(8) as threads:
        for _ in range(20):
            route = LateRoute("/things/{name}", read)
            made = list(threads.map(lambda _n, one=route: one.dependant.path, range(8)))
            assert made == ["/things/{name}"] * 8


def test_what_a_route_does_not_have_it_does_not_have_afterwards_either() -> None:
    route = LateRoute("/things/{name}", read)
    for _ in range(2):
        with pytest.raises(AttributeError):
            route.nothing_of_the_kind  # noqa: B018 (the reading is the test)


def test_pages_stand_behind_the_guard_and_in_no_description() -> None:
    router = page_router()
    router.add_api_route("/pages/{name}", read)
    (route,) = router.routes
    assert isinstance(route, LateRoute)
    assert not route.include_in_schema
    assert [one.call.__name__ for one in route.dependant.dependencies if one.call] == ["guard"]
