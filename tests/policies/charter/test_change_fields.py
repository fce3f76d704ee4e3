"""Field by field: the boundary between less and more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.access import Action, Grant
from domain.parties import Contract, Person, Vendor
from domain.plant import (
    Asset,
    Conduit,
    Criticality,
    Direction,
    OperatingState,
    Organisation,
    Screening,
    Site,
    Zone,
)
from domain.record import SecurityLevels
from domain.rights import Holding
from domain.window import TimeWindow
from policies.charter.change_fields import (
    EFFECTS,
    Effect,
    carried,
    changed_words,
    contracts,
    deputy,
    described,
    fewer,
    filled,
    graver,
    higher,
    label_of,
    more,
    named,
    noticed,
    one_way,
    ordered,
    passages,
    scheduled,
    screened,
    shorter,
    stricter,
    within,
    words,
)
from policies.state_table import Cell, Outcome, StateTable
from tests.for_each import for_each
from tests.policies.plant import charter

T, R, N = Effect.TIGHTENING, Effect.RELAXING, Effect.NEUTRAL
START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def window(first: int, last: int) -> TimeWindow:
    return TimeWindow(START + first * DAY, START + last * DAY)


def granting(*texts: str) -> frozenset[Grant]:
    return frozenset(map(Grant.of, texts))


@for_each(
    ("judge", "was", "now", "effect"),
    [
        pytest.param(fewer, frozenset("ab"), frozenset("a"), T, id="fewer: a part"),
        pytest.param(fewer, frozenset("a"), frozenset("ab"), R, id="fewer: more"),
        pytest.param(fewer, frozenset("a"), frozenset("b"), R, id="fewer: another"),
        pytest.param(fewer, None, frozenset("b"), R, id="fewer: not comparable"),
        pytest.param(more, frozenset("a"), frozenset("ab"), T, id="more: more"),
        pytest.param(more, frozenset("ab"), frozenset("a"), R, id="more: a part"),
        pytest.param(passages, granting("sftp"), granting("sftp:get"), T, id="one direction of both"),
        pytest.param(passages, granting("sftp:get"), granting("sftp"), R, id="both directions of one"),
        pytest.param(passages, granting("sftp", "scp"), granting("scp"), T, id="a kind of passage less"),
        pytest.param(passages, None, granting("scp"), R, id="passages: not comparable"),
        pytest.param(screened, Screening.UNSCREENED, Screening.SCREENED, T, id="files are screened"),
        pytest.param(
            screened, Screening.SCREENED, Screening.UNSCREENED, R, id="files are not screened any more"
        ),
        pytest.param(ordered, (), ("a", "b"), T, id="steps where there were none"),
        pytest.param(ordered, ("a", "b"), ("b", "a"), R, id="steps the other way round"),
        pytest.param(ordered, ("a", "b"), (), R, id="steps: none any more"),
        pytest.param(scheduled, (), ("a",), T, id="hours where there were none"),
        pytest.param(scheduled, ("a", "b"), ("a",), T, id="hours: one of several goes"),
        pytest.param(scheduled, ("a",), (), R, id="hours: none any more is any time"),
        pytest.param(scheduled, ("a",), ("b",), R, id="hours: others"),
        pytest.param(scheduled, None, ("b",), R, id="hours: not comparable"),
        pytest.param(shorter, DAY, DAY - timedelta(seconds=1), T, id="shorter by a second"),
        pytest.param(shorter, DAY, DAY + timedelta(seconds=1), R, id="longer by a second"),
        pytest.param(shorter, None, DAY, R, id="a length where there was none"),
        pytest.param(higher, 1, 2, T, id="higher"),
        pytest.param(higher, 2, 1, R, id="lower"),
        pytest.param(graver, Criticality.LOW, Criticality.HIGH, T, id="graver"),
        pytest.param(graver, Criticality.HIGH, Criticality.MEDIUM, R, id="lighter"),
        pytest.param(graver, None, Criticality.MEDIUM, R, id="no criticality before"),
        pytest.param(within, window(0, 9), window(0, 8), T, id="an earlier end"),
        pytest.param(within, window(0, 9), window(1, 9), T, id="a later beginning"),
        pytest.param(within, window(0, 9), window(0, 10), R, id="a later end"),
        pytest.param(within, None, window(0, 1), R, id="a window where there was none"),
        pytest.param(within, window(0, 1), None, T, id="none any more"),
        pytest.param(deputy, "a", None, T, id="no deputy any more"),
        pytest.param(deputy, None, "a", R, id="a deputy"),
        pytest.param(filled, "a", "b", N, id="another text"),
        pytest.param(filled, "a", " ", R, id="no text any more"),
    ],
)
def test_a_value_is_judged_by_what_it_lets_through(
    judge: object, was: object, now: object, effect: Effect
) -> None:
    assert judge(was, now) is effect


def contract(assets: str = "ab", last: int = 9, reference: str = "C1") -> Contract:
    return Contract(reference, window(0, last), frozenset(assets))


@pytest.mark.parametrize(
    ("now", "effect"),
    [
        pytest.param((), T, id="none left"),
        pytest.param((contract("a"),), T, id="fewer assets"),
        pytest.param((contract(last=8),), T, id="an earlier end"),
        pytest.param((contract("abc"),), R, id="more assets"),
        pytest.param((contract(last=10),), R, id="a later end"),
        pytest.param((contract(), contract(reference="C2")), R, id="another contract"),
    ],
)
def test_a_vendor_s_contracts_tighten_only_within_those_there_were(
    now: tuple[Contract, ...], effect: Effect
) -> None:
    assert contracts((contract(),), now) is effect


def test_the_state_table_tightens_only_cell_by_cell() -> None:
    table = charter().state_rules.table
    key = (OperatingState.RUNNING, Action.VIEW, Criticality.LOW)
    other = (OperatingState.RUNNING, Action.OVERRIDE, Criticality.HIGH)
    shut = StateTable({**table.cells, key: Cell(Outcome.REFUSE)})
    assert stricter(table, shut) is T
    assert stricter(shut, table) is R
    assert stricter(table, StateTable({**shut.cells, other: Cell(Outcome.ALLOW)})) is R
    assert stricter(table, None) is R
    assert changed_words("table", table, shut) == "the table running / view / low from allow to refuse"


def test_what_a_conduit_carries_tightens_only_within_what_it_carried() -> None:
    was = {"ssh": frozenset({"view", "operate"}), "http": frozenset({"view"})}
    assert carried(was, {"ssh": frozenset({"view"})}) is T
    assert carried(was, {"ssh": frozenset({"view", "configure"})}) is R
    assert carried(was, {**was, "vnc": frozenset({"view"})}) is R
    assert carried(was, None) is R
    assert one_way(Direction.BOTH, Direction.OUTBOUND) is T
    assert one_way(Direction.OUTBOUND, Direction.BOTH) is R
    assert words({"ssh": frozenset({"view"})}) == "ssh: view"


def test_a_record_s_words_are_neutral_and_its_levels_are_not() -> None:
    record = next(iter(charter().zones.values())).record
    up = SecurityLevels(tuple(min(one + 1, 4) for one in record.sl_t.levels))
    assert described(record, replace(record, assumptions="Others")) is N
    assert described(record, replace(record, assumptions="")) is R
    assert described(record, replace(record, sl_t=up)) is T
    assert described(replace(record, sl_t=up), record) is R
    assert described(None, record) is R


def test_notice_of_leaving_tightens_and_taking_it_back_does_not() -> None:
    assert noticed(None, "notice") is T
    assert noticed("notice", None) is R


def test_every_judged_field_exists() -> None:
    kinds = {
        kind.__name__: kind for kind in (Organisation, Site, Zone, Conduit, Asset, Vendor, Person, Holding)
    }
    unknown = [
        (kind, field)
        for kind, field in EFFECTS
        if kind in kinds and field not in kinds[kind].__dataclass_fields__
    ]
    assert not unknown


def test_a_change_reads_as_a_sentence() -> None:
    assert changed_words("longest_window", 4 * DAY / 24, 8 * DAY / 24) == "the longest window from 4 h to 8 h"
    assert (
        changed_words("grants", frozenset({"sftp"}), frozenset({"exec"}))
        == "grants without sftp and also exec"
    )
    assert changed_words("rules", ("a", "b"), ("b", "a")) == "rules in another order"
    assert changed_words("safety", True, False) == "safety from yes to no"
    assert words(window(0, 1)) == "2026-01-01T00:00:00Z until 2026-01-02T00:00:00Z"
    assert words(timedelta(minutes=90)) == "90 min"
    assert words(2 * DAY) == "2 d"
    assert words(contract()) == "contract C1"
    assert words("x" * 90).endswith("…'")
    assert words(None) == "none"
    assert words(frozenset(map(str, range(20)))).endswith("and 8 more")


def test_an_entry_is_named_by_its_kind_and_id() -> None:
    site = Site("riverside", "Riverside", "Europe/Amsterdam")
    assert label_of("sites", "riverside", site) == "Site riverside (Riverside)"
    assert named("exceptions") == "exception"
