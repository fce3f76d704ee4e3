from dataclasses import replace

import pytest

from domain.events import Event, LeavingNoticed, NodeStarted, TriggerNoted
from domain.exceptions import Liftable
from domain.ids import PersonId
from policies.assurance.evidence import Trigger
from policies.assurance.happenings import DEVIATES, deviations, triggers, zones_of
from tests.policies.assurance.leaves import DAY, applied, collection
from tests.policies.assurance.test_baseline import shipped
from tests.policies.plant import NOW, charter, charter_with
from tests.policies.test_exceptions import ONE


def names(*events: Event) -> set[tuple[str, str]]:
    found = triggers(charter(), collection(*events).said, NOW)
    return {(one.name, one.zone) for one in found if one.leaf is not None}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        pytest.param(
            "Zone operations (Operations): record one at SL-T 2.",
            {(name, "operations") for name in ("zone_model_changed", "model_changed", "topology_changed")},
            id="a zone",
        ),
        pytest.param(
            "Conduit dmz-operations (DMZ to operations): direction from both to outbound.",
            {
                (name, "operations")
                for name in (
                    *("zone_model_changed", "model_changed", "topology_changed"),
                    *("rule_changed", "conduit_direction_changed"),
                )
            },
            id="a conduit's direction",
        ),
        pytest.param(
            "The right 'connect' over riverside, held by petra, is removed.",
            {("role_changed", ""), ("holder_left", "")},
            id="a right",
        ),
        pytest.param("Asset plc-07 (PLC) is added.", set(), id="an asset touches no model"),
    ],
)
def test_a_new_version_triggers_by_what_it_changed(sentence: str, expected: set[tuple[str, str]]) -> None:
    """G02: zone_model_changed, from the leaf that changed it."""
    assert names(applied(NOW - DAY, sentence)) == expected
    assert names(applied(NOW - DAY, sentence, previous="")) == set()


def test_every_control_that_an_exception_deviates_from_is_one_of_the_baseline() -> None:
    assert set(DEVIATES) == set(Liftable)
    assert all(found <= set(shipped().controls) for found in DEVIATES.values())


def test_people_who_leave_other_software_and_what_somebody_notes_are_triggers() -> None:
    left = LeavingNoticed(at=NOW, person=PersonId("ana"), until=NOW, by="vic", reason="r")
    noted = TriggerNoted(at=NOW, name="sif_changed", zone="operations", vendor="", by="olga", reason="r")
    run = NodeStarted(at=NOW - DAY, process="gate", software="1", charter="", trust="")
    assert names(left) == {("person_left", ""), ("vendor_notice", "")}
    assert names(noted) == {("sif_changed", "operations")}
    assert names(run, replace(run, process="console")) == set()
    assert names(run, replace(run, software="2")) == {("release_upgraded", ""), ("event_schema_changed", "")}


def test_what_only_the_calendar_does_happens_at_its_instant() -> None:
    (vendor,) = [one for one in charter().vendors.values() if one.id == "brightwater"]
    end = vendor.contracts[0].window.end

    def ended(at: object) -> set[str]:
        return {one.name for one in triggers(charter(), (), at) if one.at == end}  # type: ignore[arg-type]

    assert ended(end) >= {"contract_ended", "contract_cycle"}
    assert not ended(end - DAY)
    assert Trigger("contract_ended", end, vendor="brightwater") in triggers(charter(), (), end)


def test_an_exception_is_a_deviation_over_its_boundary() -> None:
    """G05: with its owner, its end and what is done instead."""
    (found,) = deviations(charter_with(exceptions=(ONE,)))
    assert found.controls == {"BC-28"}
    assert (found.owner, found.until, found.compensating) == ("olga", ONE.window.end, ONE.compensating)
    assert (found.zones, found.vendor) == ({"operations"}, "brightwater")
    assert zones_of(charter(), "dmz-operations") == {"operations"}
    assert zones_of(charter(), str(charter().organisation.id)) is None
    assert zones_of(charter(), "riverside") == set(charter().zones)
