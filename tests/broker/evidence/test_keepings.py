from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from broker.evidence.keepings import ASK_LASTS, kept_by, kept_in
from domain.canonical import Json
from domain.events import HoldSet, document
from domain.ids import PersonId
from domain.keeping import Deed, KeepingStatement, SignedKeeping
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log
from recorder.ledger.reader import LogReader
from tests.domain.test_keeping import AT, HOLD, PASSKEY, SAID
from tests.recorder.ledger.logs import SIGNER

HOLDS = replace(SAID, deed=Deed.HOLD, subject="boundary:pumping", **HOLD)
ASKED = {"event": "KeepingAsked", "signed": SignedKeeping(SAID, PASSKEY).text()}


def agreed(first: KeepingStatement, name: str = "KeepingAgreed") -> dict[str, Json]:
    second = replace(first, by=PersonId("iris"), answers=first.digest().hex(), nonce=b"x" * 16)
    return {"event": name, "signed": SignedKeeping(second, PASSKEY).text()}


def held(statement: KeepingStatement = HOLDS) -> Mapping[str, Json]:
    return {"event": "HoldSet", "signed": SignedKeeping(statement, PASSKEY).text()}


def test_a_hold_is_in_force_until_two_persons_lift_it() -> None:
    id_ = HOLDS.digest().hex()
    lift = replace(SAID, deed=Deed.LIFT, subject=f"hold:{id_}", **HOLD)
    asked: dict[str, Json] = {"event": "KeepingAsked", "signed": SignedKeeping(lift, PASSKEY).text()}
    assert set(kept_by([held()]).holds) == {id_}
    assert set(kept_by([held(), asked]).holds) == {id_}
    assert kept_by([held(), asked, agreed(lift)]).holds == {}
    assert kept_by([held(), asked, agreed(lift)]).unfinished() == ()


def test_what_one_person_signed_waits_for_thirty_days_and_what_two_did_is_unfinished_until_its_tombstone() -> (
    None
):
    (ask,) = kept_by([ASKED]).waiting(AT)
    assert (ask.digest, ask.wish) == (SAID.digest().hex(), SAID)
    assert kept_by([ASKED]).waiting(AT + ASK_LASTS - timedelta(seconds=1))
    assert not kept_by([ASKED]).waiting(AT + ASK_LASTS)
    both = kept_by([ASKED, agreed(SAID)])
    assert (both.waiting(AT), [one.digest for one in both.unfinished()]) == ((), [ask.digest])
    tomb = {"event": "EvidenceErased", "ask": ask.digest, "session": SAID.name, "deed": "erase"}
    done = kept_by([ASKED, agreed(SAID), tomb])
    assert (done.unfinished(), done.erased) == ((), {SAID.name: frozenset({Deed.ERASE})})


def test_a_second_signature_under_nothing_counts_for_nothing() -> None:
    assert kept_by([agreed(SAID)]).asks == {}
    twice = kept_by([ASKED, agreed(SAID), agreed(SAID)])
    assert len(twice.unfinished()) == 1


def test_a_leaf_that_can_not_be_read_changes_nothing() -> None:
    assert kept_by([{}, {"event": "HoldSet", "signed": "{}"}, {"event": "EvidenceErased"}]).holds == {}


def test_it_is_read_from_the_ledger_in_its_order(tmp_path: object) -> None:
    folder = tmp_path / "log"  # type: ignore[operator] # a path
    log = Log.create(folder, SIGNER)
    event = HoldSet(
        at=AT, hold=HOLDS.digest().hex(), scope=HOLDS.subject, session="", by=HOLDS.by, reason=HOLDS.reason,
        signed=SignedKeeping(HOLDS, PASSKEY).text(),
    )  # fmt: skip
    log.append([submission("r1", document(event))])
    log.close()
    (one,) = kept_in(LogReader(folder)).holds.values()
    assert (one.scope, one.by, one.reason) == ("boundary:pumping", "petra", SAID.reason)
