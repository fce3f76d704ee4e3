"""Every difference is found, and what could let more through is never taken for less."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import Deny
from domain.ids import ConduitId, RuleId, ZoneId
from domain.window import TimeWindow
from policies.charter.change import Effect, compare
from policies.charter.charter import Charter
from policies.charter.documents import read_charter
from policies.engine import decide
from tests.for_each import for_each
from tests.policies.plant import NOW, asking, charter, charter_with, edited, facts, files


def after(name: str, old: str, new: str) -> tuple[tuple[str, str, Effect], ...]:
    changed = read_charter(edited(name, old, new))
    return tuple((one.subject, one.field, one.effect) for one in compare(charter(), changed))


EDITS = [
    pytest.param("conduits.toml", 'longest_window = "8h"', 'longest_window = "4h"',
                 ("dmz-operations", "longest_window", Effect.TIGHTENING), id="a shorter window"),
    pytest.param("conduits.toml", 'longest_window = "8h"', 'longest_window = "9h"',
                 ("dmz-operations", "longest_window", Effect.RELAXING), id="a longer window"),
    pytest.param("conduits.toml", 'vendors = ["brightwater", "kestrel"]', 'vendors = ["kestrel"]',
                 ("dmz-operations", "vendors", Effect.TIGHTENING), id="a vendor less"),
    pytest.param("conduits.toml", 'vendors = ["brightwater"]', 'vendors = ["brightwater", "kestrel"]',
                 ("dmz-pumping", "vendors", Effect.RELAXING), id="a vendor more"),
    pytest.param("conduits.toml", 'vendors = ["brightwater"]', 'vendors = ["kestrel"]',
                 ("dmz-pumping", "vendors", Effect.RELAXING), id="one vendor for another"),
    pytest.param("conduits.toml", 'proofs = ["passkey", "sshsig", "totp"]', 'proofs = ["passkey"]',
                 ("dmz-operations", "proofs", Effect.TIGHTENING), id="the weaker proof no more"),
    pytest.param("conduits.toml", 'name = "Drive maintenance"', 'name = "Drives"',
                 ("dmz-pumping", "name", Effect.NEUTRAL), id="another name"),
    pytest.param("conduits.toml", 'owner = "Olga Brandt, OT engineering"', 'owner = ""',
                 ("dmz-operations", "owner", Effect.RELAXING), id="no owner any more"),
    pytest.param("rights.toml", 'deputy = "deniz"\n', "",
                 ("connect over riverside", "deputy", Effect.TIGHTENING), id="no deputy any more"),
    pytest.param("rights.toml", 'deputy = "deniz"', 'deputy = "milo"',
                 ("connect over riverside", "deputy", Effect.RELAXING), id="another deputy"),
    pytest.param("rights.toml", 'holder = "petra"', 'holder = "milo"',
                 ("connect over riverside", "holder", Effect.RELAXING), id="another holder"),
    pytest.param("people.toml", "contact = ", "auditor = true\ncontact = ",
                 ("petra", "auditor", Effect.RELAXING), id="somebody becomes an auditor"),
]  # fmt: skip


def test_limits_that_come_tighten_and_limits_that_go_or_reach_further_relax() -> None:
    """S-05: a boundary's condition down to the register."""
    last = 'dependencies = "The broker in the DMZ; the fibre has no second way"\n'

    def limited(*limits: str) -> Charter:
        named = ", ".join(f'"modbus read coils {one}"' for one in limits)
        said = f"limits = [{named}]\n" if limits else ""
        return read_charter(edited("conduits.toml", last, f"{last}# {named}\n{said}"))

    for before, now, effect in (
        ((), ("0-9",), Effect.TIGHTENING),
        (("0-9",), ("0-8",), Effect.TIGHTENING),
        (("0-9",), ("0-4", "5-9"), Effect.TIGHTENING),
        (("0-9",), ("0-10",), Effect.RELAXING),
        (("0-9",), (), Effect.RELAXING),
    ):
        (one,) = compare(limited(*before), limited(*now))
        assert (one.subject, one.field, one.effect) == ("dmz-pumping", "limits", effect), (before, now)
    assert "without 'modbus read coils 0-9' and also 'modbus read coils 0-10'" in (
        compare(limited("0-9"), limited("0-10"))[0].sentence
    )


@for_each(("name", "old", "new", "expected"), EDITS)
def test_an_edit_does_to_its_boundary_what_it_does(
    name: str, old: str, new: str, expected: tuple[str, str, Effect]
) -> None:
    """S-05: a condition that gets weaker is called so, and nothing else is."""
    if expected[0] == "petra":
        person = 'id = "petra"\n'
        text = files()[name].decode()
        start = text.index(person)
        end = text.find("\n\n", start)
        entry = text[start : end if end > 0 else len(text)]
        old, new = entry, f"{entry}\nauditor = true"
    assert after(name, old, new) == (expected,)


def test_the_same_charter_has_no_difference() -> None:
    assert compare(charter(), read_charter(files())) == ()


def test_a_zone_that_stops_being_a_safety_zone_relaxes_it() -> None:
    zone = next(one for one in charter().zones.values() if one.safety)
    zones = {**charter().zones, zone.id: replace(zone, safety=False)}
    (found,) = compare(charter(), charter_with(zones=zones, digest=bytes(32)))
    assert (found.effect, found.boundaries) == (Effect.RELAXING, (zone.id,))


def test_a_conduit_that_goes_takes_its_conditions_with_it_so_its_holder_is_asked() -> None:
    """C14: a boundary's conditions don't vanish with a project; taking them away is asked of its holder."""
    conduits = {name: one for name, one in charter().conduits.items() if name != "dmz-pumping"}
    (found,) = compare(charter(), charter_with(conduits=conduits, digest=bytes(32)))
    assert found.effect is Effect.RELAXING
    assert found.boundaries == ("dmz-pumping",)


def test_a_rule_that_goes_relaxes_and_one_that_comes_tightens() -> None:
    fewer = charter_with(rules=charter().rules[1:], digest=bytes(32))
    assert [one.effect for one in compare(charter(), fewer)] == [Effect.RELAXING]
    assert [one.effect for one in compare(fewer, charter())] == [Effect.TIGHTENING]


def test_what_differs_in_no_known_part_relaxes() -> None:
    strange = charter_with(digest=bytes(32))
    assert [one.effect for one in compare(charter(), strange)] == [Effect.RELAXING]


def test_every_field_that_is_not_listed_relaxes_when_it_changes() -> None:
    conduit = charter().conduits[ConduitId("dmz-pumping")]
    changed = replace(conduit, destination=ZoneId("operations"))
    conduits = {**charter().conduits, changed.id: changed}
    assert {one.effect for one in compare(charter(), charter_with(conduits=conduits, digest=bytes(32)))} == {
        Effect.RELAXING
    }


def test_the_way_outward_goes_from_the_conduit_to_the_organisation() -> None:
    assert charter().around("dmz-pumping") == ("dmz-pumping", "pumping", "riverside", "riverside-water")
    assert charter().around("pumping") == ("pumping", "riverside", "riverside-water")
    assert charter().around("riverside") == ("riverside", "riverside-water")
    assert charter().around("nowhere") == ("riverside-water",)


TIGHTER = [
    ("conduits.toml", 'longest_window = "8h"', 'longest_window = "1h"'),
    ("conduits.toml", 'grants = ["shell", "exec", "sftp", "scp", "forward"]', 'grants = ["sftp", "scp"]'),
    ("conduits.toml", 'ssh = ["view", "operate", "configure"]', 'ssh = ["operate"]'),
    ("conduits.toml", 'http = ["view", "operate", "configure"]\n', ""),
    ("conduits.toml", 'vendors = ["brightwater", "kestrel"]', 'vendors = ["kestrel"]'),
    ("conduits.toml", 'proofs = ["passkey", "sshsig", "totp"]', 'proofs = ["passkey"]'),
    ("conduits.toml", 'states = ["running", "maintenance", "turnaround"]', 'states = ["maintenance"]'),
    ("rights.toml", 'deputy = "deniz"\n', ""),
    ("rights.toml", "from = 2026-01-01", "from = 2026-12-01"),
]


@given(st.sets(st.sampled_from(range(len(TIGHTER)))))
def test_whatever_is_called_tightening_opens_nothing_that_was_shut(chosen: set[int]) -> None:
    given_files = files()
    for number in chosen:
        given_files = edited(*TIGHTER[number], given_files)
    tighter = read_charter(given_files)
    assert {one.effect for one in compare(charter(), tighter)} <= {Effect.TIGHTENING}
    for hours in (1, 3, 8, 9):
        wish = asking(window=TimeWindow(NOW, NOW + timedelta(hours=hours)))
        before = decide(wish, facts(standings=()), charter().rules)
        now = decide(wish, facts(standings=(), charter=tighter), tighter.rules)
        assert not (isinstance(before, Deny) and not isinstance(now, Deny))


def test_a_rule_s_id_names_the_difference() -> None:
    fewer = charter_with(rules=charter().rules[1:], digest=bytes(32))
    assert compare(charter(), fewer)[0].subject == RuleId(charter().rules[0].id)


def test_what_a_successor_has_not_attested_is_compared_as_it_is_written() -> None:
    """J03: else its end could be moved without the holder, and come into force by an attestation."""
    first, *others = charter().register
    middle = first.window.start + timedelta(days=1)
    before = replace(first, window=replace(first.window, end=middle))
    heir = replace(first, holder=charter().people["milo"].id, window=replace(first.window, start=middle))
    shorter = replace(heir, window=replace(heir.window, end=NOW + timedelta(days=1)))
    old = charter_with(holdings=(before, shorter, *others))
    new = charter_with(holdings=(before, heir, *others), digest=bytes(32))
    assert any(one.effect is Effect.RELAXING for one in compare(old, new))
