from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.console.refusals import RefusalError
from broker.console.scim.documents import (
    ERROR,
    MOST_LISTED,
    USER,
    Wanted,
    asks_for,
    configuration,
    error,
    fits,
    is_active,
    listed,
    page_of,
    user,
    wanted,
)
from domain.canonical import canonical
from domain.ids import PersonId
from domain.parties import Binding, Person
from tests.for_each import for_each

ISSUER = "https://login.example"
ANA = Person(PersonId("ana"), "Ana Ferreira", None, bindings=(Binding(ISSUER, "00u1"),))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, None),
        ('userName eq "ana"', Wanted("username", "ana")),
        ('  USERNAME EQ "Ana"  ', Wanted("username", "Ana")),
        ('externalId eq "00u1"', Wanted("externalid", "00u1")),
        ('id eq "ana"', Wanted("id", "ana")),
    ],
)
def test_three_filters_are_known(text: str | None, found: Wanted | None) -> None:
    assert wanted(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "userName",
        'userName co "a"',
        'userName eq "a" or userName eq "b"',
        'emails eq "a"',
        'userName eq ""',
        "x" * 600,
    ],
)
def test_any_other_filter_is_a_clear_no(text: str) -> None:
    with pytest.raises(RefusalError) as caught:
        wanted(text)
    assert error(caught.value)["scimType"] == "invalidFilter"


@given(st.text(max_size=80))
def test_no_filter_breaks_it(text: str) -> None:
    try:
        wanted(text)
    except RefusalError as refusal:
        assert refusal.status == 400


def test_somebody_is_found_by_their_id_or_by_what_the_settings_provider_calls_them() -> None:
    assert fits(ANA, None, ISSUER)
    assert fits(ANA, Wanted("username", "ANA"), ISSUER)
    assert fits(ANA, Wanted("externalid", "00u1"), ISSUER)
    assert not fits(ANA, Wanted("externalid", "00U1"), ISSUER)
    assert not fits(ANA, Wanted("externalid", "00u1"), "https://other.example")
    assert not fits(ANA, Wanted("externalid", ""), "")


def test_a_user_holds_neither_address_nor_number_nor_key() -> None:
    shown = user(ANA, ISSUER, "https://console", active=True)
    assert shown.keys() == {"schemas", "id", "externalId", "userName", "displayName", "active", "meta"}
    assert shown["schemas"] == [USER]
    assert "externalId" not in user(ANA, "", "https://console", active=False)


def test_pages_count_from_one() -> None:
    users = [{"id": str(number)} for number in range(5)]
    page = listed(users, 2, 2)
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (5, 2, 2)
    assert page["Resources"] == [{"id": "1"}, {"id": "2"}]
    assert listed(users, 9, 2)["Resources"] == []
    assert page_of(None, None) == (1, MOST_LISTED)
    assert page_of("0", "-1") == (1, 0)
    assert page_of("3", "99999") == (3, MOST_LISTED)
    for wrong in ("x", "1.5", "1" * 10, "\u0661"):
        with pytest.raises(RefusalError):
            page_of(wrong, None)


def operations(*said: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(said)}


@pytest.mark.parametrize(
    ("said", "active"),
    [
        pytest.param([{"op": "replace", "path": "active", "value": False}], False, id="by path"),
        pytest.param(
            [{"op": "Replace", "path": "active", "value": "False"}],
            False,
            id="in letters, as Entra writes it",
        ),
        pytest.param(
            [{"op": "replace", "value": {"active": False}}], False, id="by value, as Okta writes it"
        ),
        pytest.param([{"op": "add", "path": f"{USER}:active", "value": False}], False, id="by its full name"),
        pytest.param([{"op": "replace", "path": "active", "value": True}], True, id="back"),
        pytest.param(
            [
                {"op": "replace", "path": "active", "value": True},
                {"op": "replace", "path": "active", "value": False},
            ],
            False,
            id="both: false wins",
        ),
        pytest.param(
            [
                {"op": "replace", "path": "displayName", "value": "x"},
                {"op": "replace", "value": {"active": False}},
            ],
            False,
            id="beside something else",
        ),
    ],
)
def test_a_patch_says_whether_somebody_is_active(said: list[dict[str, Any]], active: bool) -> None:
    assert asks_for(operations(*said)) is active


@for_each(
    ("body", "code"),
    [
        (operations({"op": "replace", "path": "displayName", "value": "x"}), "scim_read_only"),
        (operations({"op": "replace", "path": "roles", "value": [{"value": "admin"}]}), "scim_read_only"),
        (operations({"op": "remove", "path": "active"}), "scim_read_only"),
        (operations({"op": "replace", "path": "active", "value": "maybe"}), "scim_read_only"),
        (operations({"op": "move"}), "scim_not_understood"),
        (operations(), "scim_not_understood"),
        ({}, "scim_not_understood"),
        ({"Operations": "active"}, "scim_not_understood"),
        ({"Operations": [7]}, "scim_not_understood"),
        (operations(*[{"op": "replace", "path": "active", "value": False}] * 33), "scim_not_understood"),
    ],
)
def test_nothing_else_can_be_changed(body: dict[str, Any], code: str) -> None:
    with pytest.raises(RefusalError) as caught:
        asks_for(body)
    assert (caught.value.status, caught.value.code) == (400, code)


def test_what_is_neither_yes_nor_no_is_neither() -> None:
    assert [is_active(one) for one in (True, False, "TRUE", "false", "x", 1, None)] == [
        True,
        False,
        True,
        False,
        None,
        None,
        None,
    ]


def test_a_no_is_a_scim_error_with_our_code() -> None:
    said = error(RefusalError(403, "scim_back_by_decision", "No.", "Ask."))
    assert said == {
        "schemas": [ERROR],
        "status": "403",
        "detail": "[scim_back_by_decision] No. Ask.",
        "code": "scim_back_by_decision",
    }


def test_it_says_of_itself_that_it_can_do_little() -> None:
    found = configuration("https://console")
    assert found["patch"] == {"supported": True}
    assert b'"changePassword":{"supported":false}' in canonical(found)
