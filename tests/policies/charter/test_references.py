from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.charter.documents import CharterError, read_charter
from tests.policies.plant import charter, edited, files

IDS = (
    *charter().zones, *charter().conduits, *charter().assets, *charter().vendors, *charter().people, "riverside",
)  # fmt: skip


def faults_of(given_files: Mapping[str, bytes]) -> list[str]:
    try:
        read_charter(given_files)
    except CharterError as error:
        return [one.fact for one in error.faults]
    return []


@pytest.mark.parametrize(
    ("name", "old", "new", "facts"),
    [
        pytest.param(
            "zones.toml", 'id = "operations"', 'id = "operation"',
            [
                "conduit 'dmz-operations': there is no zone 'operations'.",
                "asset 'eng-ws-1': there is no zone 'operations'.",
                "asset 'hmi-1': there is no zone 'operations'.",
            ],
            id="a zone renamed breaks each reference to it",
        ),
        pytest.param(
            "assets.toml", 'id = "plc-07"', 'id = "eng-ws-1"',
            ["asset 'eng-ws-1': there is no asset 'plc-07'.", "asset 'hmi-1': there is no asset 'plc-07'.", "asset 'eng-ws-1': this id is already taken.", "vendor 'brightwater', product 'bw-drives': there is no asset 'plc-07'."],
            id="one asset under another's id",
        ),
        pytest.param(
            "people.toml", 'name = "Deniz Aydin"', 'name = "petra vos"',
            ["person 'deniz': this name reads like that of another."],
            id="two persons whose names read alike",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_named_where_it_stands(
    name: str, old: str, new: str, facts: list[str]
) -> None:
    assert faults_of(edited(name, old, new)) == facts


def test_a_zone_wants_no_proof_of_what_can_not_be_held_for_one_over_a_conduit_into_it_a12() -> None:
    """A12: else the charter would promise a proof that nobody asks for."""

    def with_proof(kind: str) -> list[str]:
        was = 'id = "pumping"\n'
        return faults_of(edited("zones.toml", was, f'{was}step_up_actions = ["{kind}"]\n'))

    assert with_proof("configure") == [], "nothing there is carried for it"
    (fact,) = with_proof("operate")
    assert fact == (
        "conduit 'dmz-pumping': the zone wants a proof ('step_up_actions') of what is done over ssh, "
        "which can't be held for one."
    )


def test_a_reference_to_a_faulty_table_is_no_second_fault() -> None:
    assert len(faults_of(edited("people.toml", 'name = "Petra Vos"', "name = 7"))) == 1


@settings(max_examples=60)
@given(
    st.sampled_from(IDS),
    st.sampled_from(sorted(files())),
    st.sampled_from(["nothing-at-all", "", "*", "../x"]),
)
def test_no_reference_may_lead_nowhere(old: str, name: str, new: str) -> None:
    sample = files()
    text = sample[name].decode()
    if (
        f'"{old}"' in text and f'id = "{old}"' not in text
    ):  # where it is referred to, not where it is declared
        assert faults_of({**sample, name: text.replace(f'"{old}"', f'"{new}"', 1).encode()})


@settings(max_examples=60)
@given(st.sampled_from(sorted(files())), st.integers(0, 10_000), st.integers(1, 40))
def test_a_file_with_a_piece_cut_out_is_read_or_refused_and_nothing_else(
    name: str, at: int, size: int
) -> None:
    sample = files()
    data = sample[name]
    at %= len(data)
    cut = data[:at] + data[at + size :]
    try:
        read_charter({**sample, name: cut})
    except CharterError as error:
        assert error.faults
        assert all(one.fact and one.remedy and one.file for one in error.faults)
