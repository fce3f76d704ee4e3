"""The API's description, read as a newcomer would: everything is named, told, and declared."""

import re
from typing import Any

import pytest

from broker.console.access import ACCESS, Door
from broker.console.api.openapi import TAGS, operations
from broker.console.app import routed
from broker.people.tokens import Scope
from tests.for_each import for_each

DOCUMENT = routed().openapi()
OPERATIONS = list(operations(DOCUMENT))


def test_every_way_of_the_table_is_described_and_nothing_else() -> None:
    described = {(method, path) for method, path, _operation in OPERATIONS}
    table = {way for way in ACCESS if way[1].startswith("/api/v1/")} - {("GET", "/api/v1/openapi.json")}
    assert described == table


@for_each(
    ("method", "path", "operation"), [pytest.param(*one, id=f"{one[0]} {one[1]}") for one in OPERATIONS]
)
def test_an_operation_is_named_told_and_says_who_may_and_what_may_come(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    row = ACCESS[method, path]
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", operation["operationId"])
    assert operation["tags"][0] in TAGS
    assert 5 < len(operation["summary"]) < 110
    assert len(operation["description"]) > len(operation["summary"])
    if row.door is Door.TOKEN:
        assert operation["security"] == [{"token": [row.scope]}]
    else:
        assert "security" not in operation
    statuses = set(operation["responses"])
    assert {"401", "403", "404", "406", "422", "429", "500", "503"} <= statuses
    assert ({"409", "412", "413", "415"} <= statuses) is (method != "GET")
    assert len([one for one in statuses if one.startswith("2")]) == 1
    sent = {one["$ref"].rpartition("/")[2] for one in operation.get("parameters", []) if "$ref" in one}
    assert ("Idempotency-Key" in sent) is (method != "GET")


def test_no_two_operations_have_one_name() -> None:
    names = [operation["operationId"] for _method, _path, operation in OPERATIONS]
    assert len(set(names)) == len(names)


def test_every_no_is_declared_as_problem_details() -> None:
    for status, answer in DOCUMENT["components"]["responses"].items():
        assert list(answer["content"]) == ["application/problem+json"], status
    assert "HTTPValidationError" not in DOCUMENT["components"]["schemas"]


def test_every_reference_leads_somewhere() -> None:
    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(target := value.get("$ref"), str):
                found: Any = DOCUMENT
                for part in target.removeprefix("#/").split("/"):
                    found = found[part]
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk(DOCUMENT)


def test_states_rights_and_proofs_are_told_by_all_their_words() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert "requested" in schemas["PermitState"]["enum"]
    assert "connect" in schemas["DecisionRight"]["enum"]
    assert "totp" in schemas["ProofKind"]["enum"]
    assert "start-up" in schemas["OperatingState"]["enum"]


def test_the_scheme_says_every_scope() -> None:
    told = DOCUMENT["components"]["securitySchemes"]["token"]["description"]
    assert all(f"`{scope}`" in told for scope in Scope)


def test_it_tells_nothing_of_a_plant() -> None:
    assert "riverside" not in str(DOCUMENT).lower()
    assert "petra" not in str(DOCUMENT).lower()
