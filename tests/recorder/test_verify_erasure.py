"""G09, F12: offline, whoever let a session's contents go is known by their keys, and one person is not enough."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from approvals.proofs.webauthn import assertion_options, proof_of, register, registration_options
from approvals.trust import Trust, write_approvers
from domain.canonical import Json, instant_text
from domain.errors import EvidenceError, PenstockError
from domain.ids import PersonId
from domain.keeping import NAMESPACE, Deed, KeepingStatement, SignedKeeping
from domain.proof import SshProof
from recorder.snapshots import TrustSnapshot
from recorder.verify_erasure import check_erasure, erased
from tests.approvals.authenticator import Authenticator
from tests.approvals.ssh import stock_key
from tests.domain.test_keeping import AT, SAID

ORIGIN = "https://localhost:8443"
SESSION = SAID.name
ENDED = AT
MAY_GO = ENDED + timedelta(days=SAID.minimum_days)
CLOSED: Mapping[str, Json] = {
    "event": "SessionEnded",
    "session": SESSION,
    "at": instant_text(ENDED),
    "recording_sha256": "11" * 32,
}


class Plant:
    """Petra signs by passkey, Iris by SSH key."""

    def __init__(self, folder: Path) -> None:
        self.device, self.ssh = Authenticator(ORIGIN), stock_key(folder)
        trust = Trust("localhost", (ORIGIN,))
        challenge = secrets.token_bytes(32)
        answer = self.device.create(registration_options(trust, PersonId("petra"), "petra", challenge))
        key = register(answer, challenge, trust, label="key", at=AT, by=PersonId("olga"))
        self.trust = trust.with_passkey(PersonId("petra"), key).with_signing_key(
            PersonId("iris"), self.ssh.enrolled()
        )
        self.snapshot = TrustSnapshot.of(write_approvers(self.trust))

    def signed(self, statement: KeepingStatement) -> SignedKeeping:
        if statement.by == "iris":
            message = statement.message()
            return SignedKeeping(statement, SshProof(message, self.ssh.sign(message, NAMESPACE)))
        nonce = secrets.token_bytes(32)
        keys = self.trust.passkeys[PersonId("petra")]
        options = assertion_options(self.trust, keys, nonce + statement.digest())
        return SignedKeeping(statement, proof_of(self.device.get(options), nonce))

    def events(
        self,
        first: Mapping[str, Any] | None = None,
        second: Mapping[str, Any] | None = None,
        tomb: Mapping[str, Json] | None = None,
        gone_at: datetime = MAY_GO + timedelta(hours=2),
    ) -> list[Mapping[str, Json]]:
        """What the ledger says; ``first``, ``second`` and ``tomb`` are what a forger changes."""
        base = replace(SAID, trust=self.snapshot.digest, at=MAY_GO, by=PersonId("iris"))
        one = replace(base, **(first or {}))
        two = replace(
            base, by=PersonId("petra"), at=MAY_GO + timedelta(hours=1), answers=one.digest().hex(),
            nonce=b"2" * 16, **{name: value for name, value in (first or {}).items() if name in COMMON},
        )  # fmt: skip
        two = replace(two, **(second or {}))
        ask = one.digest().hex()
        return [
            {"event": "KeepingAsked", "ask": ask, "by": one.by, "signed": self.signed(one).text()},
            {"event": "KeepingAgreed", "ask": ask, "by": two.by, "signed": self.signed(two).text()},
            {
                "event": "EvidenceErased",
                "session": SESSION,
                "ask": ask,
                "deed": str(one.deed),
                "at": instant_text(gone_at),
                "recording_sha256": "11" * 32,
                "elsewhere": ["s3://b version v1, locked until 2030-01-01 00:00 UTC"],
                **(tomb or {}),
            },
        ]

    def check(self, events: list[Mapping[str, Json]], *, key: bool = False) -> str:
        return check_erasure(events, SESSION, CLOSED, [self.snapshot], key_enclosed=key)


COMMON = ("deed", "term", "minimum_days", "ended_at", "subject", "charter", "node")


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Plant:
    return Plant(tmp_path_factory.mktemp("ssh"))


@pytest.mark.parametrize(
    ("deed", "said"), [(Deed.ERASE, "The contents were"), (Deed.REMOVE, "The recording was")]
)
def test_it_says_what_went_when_by_whom_and_by_which_term(plant: Plant, deed: Deed, said: str) -> None:
    sentence = plant.check(plant.events({"deed": deed}))
    assert sentence.startswith(said)
    for told in (
        "iris",
        "petra",
        "'recordings' (90 days)",
        "cd" * 32,
        "its term is over",
        "locked until 2030",
    ):
        assert told in sentence


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"second": {"by": PersonId("iris")}}, "erasure_one_person", id="F12: one person twice"),
        pytest.param(
            {"first": {"at": MAY_GO - timedelta(seconds=1)}}, "erasure_early", id="G09: a second early"
        ),
        pytest.param({"gone_at": MAY_GO}, "erasure_early", id="gone before the second signed"),
        pytest.param(
            {"second": {"reason": "x", "term": "other"}}, "erasure_differs", id="two different terms"
        ),
        pytest.param({"second": {"answers": "ab" * 32}}, "erasure_differs", id="an answer to another ask"),
        pytest.param({"tomb": {"deed": "remove"}}, "erasure_differs", id="more gone than was signed"),
        pytest.param({"tomb": {"recording_sha256": "22" * 32}}, "erasure_differs", id="another recording"),
        pytest.param({"first": {"ended_at": ENDED - timedelta(days=1)}}, "erasure_differs", id="another end"),
        pytest.param({"first": {"subject": f"session:{'z' * 26}"}}, "erasure_differs", id="another session"),
        pytest.param({"tomb": {"at": "soon"}}, "erasure_differs", id="no instant"),
        pytest.param({"tomb": {"ask": "ab" * 32}}, "erasure_alone", id="nobody asked"),
        pytest.param({"first": {"trust": "ab" * 32}}, "erasure_trust", id="a trust file that is not there"),
    ],
)
def test_a_tombstone_that_does_not_stand_is_found(
    plant: Plant, changes: Mapping[str, Any], code: str
) -> None:
    with pytest.raises(EvidenceError) as caught:
        plant.check(plant.events(**changes))
    assert caught.value.code == code


@pytest.mark.parametrize("gone", ["KeepingAsked", "KeepingAgreed"])
def test_a_tombstone_without_both_words_stands_alone(plant: Plant, gone: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        plant.check([one for one in plant.events() if one["event"] != gone])
    assert caught.value.code == "erasure_alone"


@pytest.mark.parametrize("place", [0, 1])
def test_a_changed_word_is_signed_by_nobody(plant: Plant, place: int) -> None:
    events = plant.events()
    events[place] = dict(events[place]) | {"signed": plant.events()[1 - place]["signed"]}
    with pytest.raises(PenstockError):
        plant.check(events)


def test_a_proof_of_another_statement_is_none(plant: Plant) -> None:
    events = plant.events()
    for place in (0, 1):
        signed = SignedKeeping.of_text(str(events[place]["signed"]))
        other = plant.signed(replace(signed.statement, nonce=b"9" * 16))
        forged = SignedKeeping(signed.statement, other.proof).text()
        broken = [*events]
        broken[place] = dict(events[place]) | {"signed": forged}
        with pytest.raises(PenstockError):
            plant.check(broken)


def test_a_key_that_was_destroyed_can_not_be_enclosed(plant: Plant) -> None:
    with pytest.raises(EvidenceError) as caught:
        plant.check(plant.events(), key=True)
    assert caught.value.code == "erasure_key"


def test_another_session_s_tombstone_is_none_of_this_one(plant: Plant) -> None:
    assert erased(plant.events(tomb={"session": "z" * 26}), SESSION) == ()
