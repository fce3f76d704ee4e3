from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from approvals.attesting import Attestation
from broker.charter.attestations import AttestedCharter, read_attestations, record
from domain.errors import EvidenceError
from domain.ids import AssetId, ConduitId, PersonId
from domain.rights import DecisionRight
from domain.window import TimeWindow
from policies.charter.charter import Charter
from tests.approvals.desk import BEA, Desk
from tests.approvals.test_attesting import SAID, by_code, by_passkey
from tests.policies import plant


@pytest.fixture
def desk() -> Desk:
    return Desk().enrol(BEA)


def test_what_was_recorded_is_read_back_and_verified(tmp_path: Path, desk: Desk) -> None:
    """J03: each proof is checked where it counts, against the plant's own trust file."""
    path = tmp_path / "attestations.jsonl"
    assert read_attestations(path, desk.trust, desk.spent) == ()
    record(path, by_code(desk))
    record(path, by_passkey(desk))
    assert read_attestations(path, desk.trust, desk.spent) == (SAID, SAID)
    assert read_attestations(path, Desk().enrol(BEA).trust, desk.spent) == ()


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda line: line.replace(b"riverside", b"hilltop99"), id="edited"),
        pytest.param(lambda line: line[: len(line) // 2] + b"\n", id="torn"),
        pytest.param(lambda line: b"\xff\n\n" + line[:-9] + b"\n", id="not text"),
        pytest.param(lambda _line: b"", id="taken away"),
    ],
)
def test_a_line_that_does_not_verify_attests_nothing_and_spoils_no_other(
    tmp_path: Path,
    desk: Desk,
    spoil,  # noqa: ANN001 -- bytes to bytes
) -> None:
    """J03: an edited file closes, and never opens."""
    path = tmp_path / "attestations.jsonl"
    record(path, by_code(desk))
    path.write_bytes(spoil(path.read_bytes()))
    assert read_attestations(path, desk.trust, desk.spent) == ()
    record(path, by_passkey(desk))
    assert read_attestations(path, desk.trust, desk.spent) == (SAID,)


def test_a_last_line_that_power_was_lost_in_does_not_spoil_the_next(tmp_path: Path, desk: Desk) -> None:
    path = tmp_path / "attestations.jsonl"
    path.write_bytes(by_code(desk).line()[:-20])
    record(path, by_passkey(desk))
    assert read_attestations(path, desk.trust, desk.spent) == (SAID,)


def test_a_statement_that_can_not_be_written_down_is_said(tmp_path: Path, desk: Desk) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    (tmp_path / "attestations.jsonl").symlink_to(elsewhere)
    with pytest.raises(EvidenceError):
        record(tmp_path / "attestations.jsonl", by_code(desk))
    assert elsewhere.read_bytes() == b""


def handed_over() -> Charter:
    """Bea took Petra's right over forty days ago."""
    since = plant.NOW - timedelta(days=40)
    first = plant.charter().register[0]
    bea = replace(plant.charter().people[PersonId("olga")], id=BEA, name="Bea Lind")
    holdings = (
        replace(first, window=TimeWindow(first.window.start, since)),
        replace(first, holder=BEA, window=TimeWindow(since, first.window.end)),
    )
    return plant.charter_with(people={**plant.charter().people, BEA: bea}, holdings=holdings)


def test_a_charter_holds_what_was_attested_as_soon_as_the_file_says_so(tmp_path: Path, desk: Desk) -> None:
    """J03: without a restart; and no longer once the key is trusted no more."""
    path = tmp_path / "attestations.jsonl"
    written = handed_over()
    charter = AttestedCharter(lambda: written, path, lambda: desk.trust, desk.spent)

    def held() -> bool:
        way = (DecisionRight.CONNECT, AssetId("eng-ws-1"), ConduitId("dmz-operations"))
        return charter().holder(*way, plant.NOW) is not None

    assert not held()
    assert charter() is charter()
    at = plant.NOW - timedelta(days=1)
    said = replace(SAID, at=at)
    record(path, by_code(desk, said))
    assert held()
    assert charter().digest == written.digest
    desk.trust = Desk().enrol(BEA).trust
    assert not held()
    assert isinstance(by_code(desk, said), Attestation)
