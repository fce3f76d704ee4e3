import pytest
from fastapi import Request, Response
from hypothesis import given
from hypothesis import strategies as st

from broker.console.api.paging import LONGEST_CURSOR, Paging, read, write
from broker.console.refusals import RefusalError


def paging(query: str, path: str = "/api/v1/things") -> Paging:
    request = Request(
        {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}
    )
    parameters = dict(request.query_params)
    return Paging(request, Response(), int(parameters.get("limit", "3")), parameters.get("cursor"))


def walk(ones: list[int], *, newest_first: bool = False, limit: int = 3) -> list[int]:
    found: list[int] = []
    query: str | None = f"limit={limit}&colour=red"
    while query is not None:
        part, link = paging(query).cut(ones, lambda one: (one, str(one)), newest_first=newest_first)
        found += part
        query = link.partition("?")[2] if link else None
    return found


@given(st.sets(st.integers(0, 10**6), max_size=30), st.integers(1, 7), st.booleans())
def test_a_list_is_walked_whole_and_once(ones: set[int], limit: int, newest_first: bool) -> None:
    assert walk(list(ones), limit=limit, newest_first=newest_first) == sorted(ones, reverse=newest_first)


def test_what_comes_and_goes_meanwhile_repeats_nothing_and_hides_nothing() -> None:
    ones = [1, 3, 5, 7, 9]
    first, link = paging("limit=2").cut(ones, lambda one: (one,))
    assert first == (1, 3)
    assert link is not None
    second, end = paging(link.partition("?")[2]).cut([0, 2, 4, 5, 9, 11], lambda one: (one,))
    assert second == (4, 5)
    assert end is not None


def test_the_link_goes_into_the_header_too() -> None:
    one = paging("colour=red&colour=blue&limit=1")
    link = one.next((5,))
    assert link is not None
    assert link.startswith("/api/v1/things?colour=red&colour=blue&limit=1&cursor=")
    assert one._response.headers["link"] == f'<{link}>; rel="next"'
    assert one.next(None) is None


@pytest.mark.parametrize(
    ("query", "path"),
    [
        pytest.param("colour=blue", "/api/v1/things", id="narrowed down otherwise"),
        pytest.param("colour=red", "/api/v1/others", id="of another list"),
    ],
)
def test_a_cursor_is_good_for_its_own_list_only(query: str, path: str) -> None:
    link = paging("colour=red").next((5,))
    assert link is not None
    cursor = link.partition("cursor=")[2]
    assert paging(f"colour=red&limit=1&cursor={cursor}").after(int) == (5,)
    with pytest.raises(RefusalError) as refused:
        paging(f"{query}&cursor={cursor}", path).after(int)
    assert (refused.value.status, refused.value.code) == (422, "bad_cursor")


@pytest.mark.parametrize("place", [(), ("x",), (1, 2), (True,), (-1,), (2**63,), (1.5,), (None,)], ids=repr)
def test_a_forged_place_is_none(place: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match=r"place|cursor"):
        read(write("list", place), "list", (int,))  # type: ignore[arg-type]


@given(st.text(max_size=LONGEST_CURSOR) | st.binary(max_size=60).map(lambda data: data.hex()))
def test_nothing_else_is_a_cursor(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(text, "list", (int,))
