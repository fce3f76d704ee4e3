import copy
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest

from approvals.trust import read_trust
from broker.demo.sample import sample_charter
from domain.access import Action
from domain.canonical import Json, canonical, parse
from domain.errors import EvidenceError
from domain.plant import Criticality, OperatingState
from domain.rights import DecisionRight
from policies.charter.documents import read_charter
from policies.stakes import quorum_needed
from recorder.snapshots import CharterSnapshot, TrustSnapshot
from tests.clock import STARTS
from tests.recorder.cases import CHARTER, OLGA, PETRA, Passkey, permit, trust_file


def charter(**files: Json) -> CharterSnapshot:
    document = copy.deepcopy(CHARTER)
    for name, content in files.items():
        document["files"][f"{name}.toml"] = content  # type: ignore[index]
    return CharterSnapshot.of(parse(canonical(document)))


def right(boundary: str, holder: str, *, start: str = "2026-01-01", until: str = "2026-12-31") -> Json:
    return {
        "right": "connect",
        "boundary": boundary,
        "holder": holder,
        "basis": "PI-07",
        "from": start,
        "until": until,
    }


@pytest.mark.parametrize("keys", [(), (PETRA,), (OLGA, PETRA), (PETRA, Passkey("petra", 77), OLGA)])
def test_the_trust_file_s_digest_is_the_one_that_the_plant_reckons(keys: tuple[Passkey, ...]) -> None:
    data = trust_file(*keys)
    ours, theirs = TrustSnapshot.of(data), read_trust(data)
    assert ours.digest == theirs.digest().hex()
    assert ours.origins == theirs.origins
    assert len(ours.keys) == len(keys)


def test_a_key_is_its_owner_s_only() -> None:
    trust = TrustSnapshot.of(trust_file(PETRA, OLGA))
    assert trust.key("petra", PETRA.credential_id) is not None
    assert trust.key("olga", PETRA.credential_id) is None


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff", id="no text"),
        pytest.param(b"schema = 'other'", id="another schema"),
        pytest.param(trust_file(PETRA, PETRA), id="one key twice"),
        pytest.param(
            trust_file(PETRA).replace(b'person = "petra"', b"person = 7"), id="a person who is a number"
        ),
        pytest.param(trust_file(PETRA).replace(b"2026-02-01T08:00:00Z", b"yesterday"), id="no instant"),
        pytest.param(trust_file(PETRA).replace(b"backup_eligible", b"backup"), id="a field missing"),
    ],
)
def test_a_trust_file_that_can_t_be_read_is_called_so(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        TrustSnapshot.of(data)


def test_the_nearest_boundary_that_names_the_right_decides() -> None:
    rights: Json = {
        "right": [
            right("riverside", "petra"),
            right("operations", "deniz"),
            right("dmz-operations", "olga", until="2026-02-01"),
        ]
    }
    assert charter(rights=rights).holding(DecisionRight.CONNECT, permit(), STARTS) is None
    earlier = datetime(2026, 1, 15, tzinfo=UTC)
    found = charter(rights=rights).holding(DecisionRight.CONNECT, permit(), earlier)
    assert found is not None
    assert found.holder == "olga"


def test_a_date_is_midnight_where_the_plant_is() -> None:
    rights: Json = {"right": [right("riverside", "petra", start="2026-03-02", until="2026-03-03")]}
    opens = datetime(2026, 3, 1, 23, tzinfo=UTC)  # midnight in Amsterdam, in winter
    one = charter(rights=rights)
    assert one.holding(DecisionRight.CONNECT, permit(), opens) is not None
    assert one.holding(DecisionRight.CONNECT, permit(), opens - timedelta(seconds=1)) is None
    assert one.holding(DecisionRight.CONNECT, permit(), opens + timedelta(days=1)) is None
    assert one.holding(DecisionRight.DATA_OUT, permit(), opens) is None


def test_the_snapshot_says_who_is_whose() -> None:
    one = charter()
    assert one.sides.keys() == {"petra", "deniz", "olga"}
    assert one.proofs["dmz-operations"] == {"passkey", "totp"}
    assert one.zones["eng-ws-1"] == "operations"
    assert one.digest == permit().charter_digest


@pytest.mark.parametrize(
    "document",
    [
        pytest.param([], id="no object"),
        pytest.param({"schema": "penstock-charter/1"}, id="no files"),
        pytest.param({"schema": "penstock-charter/1", "files": []}, id="files that are a list"),
        pytest.param({"schema": "penstock-charter/1", "files": {"sites.toml": {}}}, id="no organisation"),
        pytest.param({"schema": "other", "files": {}}, id="another schema"),
        pytest.param(
            {
                "schema": "penstock-charter/1",
                "files": {"sites.toml": {"organisation": {"id": "x", "time_zone": "No/Where"}}},
            },
            id="a zone that is not",
        ),
    ],
)
def test_a_charter_that_can_t_be_read_is_called_so(document: Json) -> None:
    with pytest.raises(EvidenceError):
        CharterSnapshot.of(document)


def test_the_demonstration_s_charter_is_read_as_the_plant_reads_it() -> None:
    files = {name: text.encode() for name, text in sample_charter(today=STARTS.date()).items()}
    theirs = read_charter(files)
    ours = CharterSnapshot.of(parse(canonical(theirs.document())))
    assert ours.digest == theirs.digest
    assert ours.sides == theirs.sides
    assert ours.safety == {one.id for one in theirs.zones.values() if one.safety}
    assert ours.delegations == theirs.delegations
    assert ours.zones == {one.id: one.zone for one in theirs.assets.values()}
    for conduit in theirs.conduits.values():
        assert ours.ways[conduit.id] == (conduit.source, conduit.destination)
        assert ours.data_out[conduit.id] == conduit.data_out
        assert ours.proofs[conduit.id] == {str(kind) for kind in conduit.proofs}
    assert set(ours.holdings) == set(theirs.holdings)
    table = theirs.state_rules.table
    for asset in theirs.assets:
        for count in (1, 2, 4):
            for actions in combinations(Action, count):
                for state in OperatingState:
                    assert ours.quorums.persons(asset, actions, {state}) == quorum_needed(
                        theirs, asset, actions, {state}
                    )
    assert table.quorum(OperatingState, {Action.OVERRIDE}, Criticality.LOW) == 2
