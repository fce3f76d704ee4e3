import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from policies.assurance.evidence import Evidence, Span
from policies.assurance.gathering import gathered
from policies.assurance.oscal import OSCAL, Subject, assessment_results
from policies.assurance.view import Lens, through, view
from policies.charter.charter import Charter
from policies.charter.tolerated import tolerated
from tests.oscal_schemas import faults, schema
from tests.policies.assurance.leaves import DAY, a_session, applied, collection
from tests.policies.assurance.test_baseline import shipped
from tests.policies.assurance.test_register_items import drawing
from tests.policies.assurance.test_status import AT, evidence_of
from tests.policies.plant import NOW, charter, charter_with
from tests.policies.test_exceptions import ONE

SUBJECT = Subject("plant.example/log", "Riverside Water", "a" * 64, "penstock 0.1.0")
THREE = ("IEC62443-3-3", "NIS2-IR", "CAF")


def results(
    evidence: Evidence,
    *,
    at: datetime = NOW,
    zone: str = "operations",
    lenses: tuple[str, ...] = THREE,
    of: Charter | None = None,
) -> Any:
    found = view(shipped(), evidence, Span(zone), at)
    seen = through(shipped(), evidence, found, {name: Lens(name, applies=name == "CAF") for name in lenses})
    document = assessment_results(shipped(), SUBJECT, found, seen, tolerated(of or charter(), at))
    return json.loads(json.dumps(document))


def real(*more: Any, of: Charter | None = None, at: datetime = NOW) -> Evidence:
    return gathered(shipped(), of or charter(), collection(applied(), *a_session(), drawing(), *more), at)


def test_an_export_validates_against_the_official_schema() -> None:
    """G03: what OSCAL requires is there, by NIST's own JSON schema."""
    document = results(real())
    assert faults(document) == []
    inner = document["assessment-results"]
    assert {"uuid", "metadata", "import-ap", "results"} <= set(inner)
    for one in inner["results"]:
        assert {"uuid", "title", "description", "start"} <= set(one)
        assert one["reviewed-controls"]["control-selections"]
        assert one["observations"]
    assert f"/{OSCAL}/" in schema("assessment-results")["$id"]


def test_the_schema_is_asked_and_not_only_there() -> None:
    """G03: what is wrong is found."""
    broken = results(real())
    broken["assessment-results"]["results"][0]["findings"][0]["target"]["status"]["state"] = "green"
    assert faults(broken)
    del broken["assessment-results"]["import-ap"]
    assert len(faults(broken)) > 1


def test_twenty_random_plants_validate_through_every_lens() -> None:
    """G03, G04."""
    for seed in range(20):
        document = results(evidence_of(seed), at=AT, zone="cell", lenses=tuple(shipped().frameworks))
        assert faults(document) == []


def test_a_plant_without_any_evidence_validates_too() -> None:
    assert faults(results(Evidence())) == []


def test_methods_and_states_are_oscals_own_words_and_no_others() -> None:
    """G04: TEST for sessions, EXAMINE for documents; stale is not-satisfied and other."""
    inner = results(real())["assessment-results"]
    methods = {
        (one["methods"][0], "document" in one["description"])
        for each in inner["results"]
        for one in each["observations"]
    }
    assert methods == {("TEST", False), ("EXAMINE", True)}
    targets = [one["target"] for each in inner["results"] for one in each["findings"]]
    assert {one["type"] for one in targets} == {"objective-id"}
    assert {(one["status"]["state"], one["status"]["reason"]) for one in targets} <= {
        ("satisfied", "pass"),
        ("not-satisfied", "fail"),
        ("not-satisfied", "other"),
    }
    late = NOW + timedelta(days=400)
    inner = results(real(at=late), at=late)["assessment-results"]
    stale = [
        one["target"]["status"]
        for each in inner["results"]
        for one in each["findings"]
        if "BC-09" in one["title"]
    ]
    assert stale
    assert all(one == {"state": "not-satisfied", "reason": "other"} for one in stale)


def test_one_item_has_one_uuid_in_three_lenses_and_in_every_export() -> None:
    """G06: counted once."""
    first, again = (results(real())["assessment-results"] for _ in range(2))
    assert first == again
    lenses = [{one["uuid"]: one for one in each["observations"]} for each in first["results"]]
    shared = set.intersection(*map(set, lenses))
    assert shared
    for uuid in shared:
        assert lenses[0][uuid] == lenses[1][uuid] == lenses[2][uuid]
        assert UUID(uuid).version == 5
    every = [one["uuid"] for each in lenses for one in each.values()]
    assert len(set(every)) < len(every)


def test_findings_refer_to_observations_and_risks_that_are_there() -> None:
    plant = charter_with(exceptions=(ONE,))
    inner = results(real(of=plant), of=plant)["assessment-results"]
    for each in inner["results"]:
        observed = {one["uuid"] for one in each["observations"]}
        risks = {one["uuid"] for one in each.get("risks", [])}
        for finding in each["findings"]:
            assert {one["observation-uuid"] for one in finding.get("related-observations", [])} <= observed
            assert {one["risk-uuid"] for one in finding.get("related-risks", [])} <= risks
        assert {
            one["control-id"]
            for one in each["reviewed-controls"]["control-selections"][0]["include-controls"]
        } == {finding["target"]["target-id"].removesuffix("_obj") for finding in each["findings"]}


def test_an_exceptions_life_is_requested_then_approved_then_closed() -> None:
    """G05: three states in order; the deadline is its end, the mitigating factor what is done instead."""
    plant = charter_with(exceptions=(ONE,))
    seen = []
    for at in (ONE.window.start - DAY, NOW, ONE.window.end):
        inner = results(real(of=plant, at=at), at=at, of=plant, lenses=("CAF",))["assessment-results"]
        (risk,) = inner["results"][0]["risks"]
        seen.append(risk["status"])
        assert risk["deadline"] == ONE.window.end.isoformat().replace("+00:00", "Z")
        assert [one["description"] for one in risk["mitigating-factors"]] == [ONE.compensating]
    assert seen == ["deviation-requested", "deviation-approved", "closed"]


def test_a_control_under_an_exception_is_not_satisfied_and_names_its_risk() -> None:
    """G05: never green."""
    plant = charter_with(exceptions=(replace(ONE, vendor=None),))
    inner = results(real(of=plant), of=plant, lenses=("CAF",))["assessment-results"]
    (finding,) = [one for one in inner["results"][0]["findings"] if one["title"].startswith("BC-28")]
    assert finding["target"]["status"]["state"] == "not-satisfied"
    assert finding["related-risks"]
