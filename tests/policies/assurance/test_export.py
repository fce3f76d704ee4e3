import json

from domain.canonical import instant_of
from policies.assurance.evidence import Span
from policies.assurance.export import board_document, view_document
from policies.assurance.gathering import gathered
from policies.assurance.view import Lens, through, view
from tests.policies.assurance.leaves import a_session, applied, collection
from tests.policies.assurance.test_baseline import shipped
from tests.policies.assurance.test_board import paged, settled
from tests.policies.plant import NOW, charter


def exported() -> dict[str, object]:
    evidence = gathered(shipped(), charter(), collection(applied(), *a_session()), NOW)
    found = view(shipped(), evidence, Span("operations"), NOW)
    lenses = {name: Lens(name, applies=name == "NIS2") for name in shipped().frameworks}
    return json.loads(
        json.dumps(view_document(shipped(), found, through(shipped(), evidence, found, lenses)))
    )


def test_the_numbers_can_be_reckoned_again_from_the_export_alone() -> None:
    """J08: with nothing but the document, by hand."""
    document = exported()
    controls = {one["control"]: one for one in document["controls"]}
    for lens in document["lenses"]:
        mine = [controls[name] for name in lens["controls"]]
        counts = lens["counts"]
        assert counts["satisfied"] == sum(one["state"] == "satisfied" for one in mine)
        assert counts["not_satisfied"] == sum(one["state"] == "not-satisfied" for one in mine)
        assert counts["risk"]["open"] == sum(one["risk"] == "open" for one in mine)
        for level in range(5):
            assert counts["maturity"][str(level)] == sum(one["maturity"] == level for one in mine)
    assert [one["framework"] for one in document["lenses"] if one["applies"]] == ["NIS2"]


def test_every_item_says_all_that_evidence_must_say_and_opens_down_to_its_leaf() -> None:
    """G01: id, controls, source, collector, collected, expires, hash, leaf."""
    document = exported()
    items = {one["id"]: one for one in document["evidence"]}
    weighed = {one["id"] for control in document["controls"] for one in control["evidence"]}
    assert weighed == set(items)
    for one in items.values():
        assert one["controls"]
        assert one["source"]
        assert one["collector"]
        assert len(one["sha256"]) == 64
        assert isinstance(one["leaf"], int)
        assert one["expires"] is None or instant_of(one["expires"]) > instant_of(one["collected"])
    assert any(one["expires"] for one in items.values())


def test_the_boards_page_is_a_document_too() -> None:
    """S-09: for whoever makes their own report of it."""
    document = json.loads(json.dumps(board_document(paged(*settled("a", "approved", 2)))))
    assert document["decisions"] == {"decided": 1, "median_s": 7200, "longest_s": 7200, "lapsed": 0}
    assert {one["boundary"]: one["answers"] for one in document["boundaries"]}["riverside"] == "petra"
