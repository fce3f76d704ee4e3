"""Crimes against evidence that was let go, or should not have been: words forged, too early, by one, about something else.

All but the plainest need the ledger's own key, and some the key of a person who signed.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain.events import document as event_document
from domain.ids import PersonId
from domain.keeping import SignedKeeping
from recorder import case
from recorder.snapshots import TrustSnapshot
from tests.recorder.crimes import Crime
from tests.recorder.forging import Case
from tests.recorder.honest_keeping import let_go, signed
from tests.recorder.honest_people import Approver

KEYS = {"petra": Approver("petra", "es256"), "deniz": Approver("deniz", "ssh")}
WORDS = ("KeepingAsked", "KeepingAgreed")
NOTHING: Mapping[str, Any] = {}


def said_otherwise(
    first: Mapping[str, Any] = NOTHING,
    second: Mapping[str, Any] = NOTHING,
    tomb: Mapping[str, Any] = NOTHING,
    *,
    signs: bool = True,
) -> Callable[[Case], Case]:
    """Both words with changes; with ``signs`` by the persons' own keys, else under the proofs of what they did sign."""

    def tell(events: list[dict[str, Any]]) -> None:
        places = [next(at for at, one in enumerate(events) if one["event"] == word) for word in WORDS]
        words = [SignedKeeping.of_text(events[at]["signed"]) for at in places]
        one = replace(words[0].statement, **first)
        ask = one.digest().hex()
        two = replace(words[1].statement, **{"answers": ask, **second})
        for at, word, statement in zip(places, words, (one, two), strict=True):
            made = (
                signed(statement, KEYS[statement.by], random.Random(at))
                if signs
                else replace(word, statement=statement)
            )
            events[at] |= {"ask": ask, "by": statement.by, "signed": made.text()}
        grave = next(one for one in events if one["event"] == "EvidenceErased")
        grave |= {"ask": ask, **tomb}

    return lambda made: made.retold(tell)


def asked_early(made: Case) -> Case:
    """A second before the term's minimum was over."""
    early = _first(made).ended_at
    assert early is not None
    return said_otherwise({"at": early + timedelta(days=90, seconds=-1)})(made)


def minimum_forgotten(made: Case) -> Case:
    """By the first alone: the two no longer say the same."""
    return said_otherwise({"minimum_days": 1})(made)


def _first(made: Case) -> Any:
    return SignedKeeping.of_text(made.events[made.find("KeepingAsked")]["signed"]).statement


def without_word(name: str) -> Callable[[Case], Case]:
    return lambda made: made.retold(lambda events: events.pop(made.find(name)))


def word_told_by_another(made: Case) -> Case:
    return made.retold(lambda events: events[made.find("KeepingAgreed")].update({"by": "olga"}))


def keeping_of(made: Case) -> str:
    return next(name for name in made.members if name.startswith(case.KEEPING))


def trust_renamed(made: Case) -> Case:
    name = keeping_of(made)
    return made.without(name).with_(case.keeping_name("ab" * 32), made.members[name])


def trust_invented(made: Case) -> Case:
    """One more file of whose keys counted, of which the ledger never heard."""
    own = made.members[keeping_of(made)].replace(b'label = "a key"', b'label = "my key"')
    return made.with_(case.keeping_name(TrustSnapshot.of(own).digest), own)


def opened_again(made: Case) -> Case:
    """A tombstone over a session whose key somebody kept."""
    ended = made.events[made.find("SessionEnded")]
    trust = made.members[case.TRUST]
    digest = TrustSnapshot.of(trust).digest
    told = let_go(
        ended["session"],
        datetime.fromisoformat(ended["at"]),
        ended["recording_sha256"],
        "cd" * 32,
        digest,
        (KEYS["petra"], Approver("deniz", "es256")),
        random.Random(0),
    )
    documents = [dict(event_document(one)) for one in told]
    return made.with_(case.keeping_name(digest), trust).retold(lambda events: events.extend(documents))


STEP = "erasure"
ERASURE = {
    "erased-on-no-word": Crime("erased", without_word("KeepingAsked"), STEP, "erasure_alone", ("KeepingAsked",)),
    "erased-on-one-word": Crime("erased", without_word("KeepingAgreed"), STEP, "erasure_alone", ("KeepingAgreed",)),
    "erased-by-one-person-twice": Crime("erased", said_otherwise({}, {"by": PersonId("petra")}), STEP, "erasure_one_person", ("petra",)),
    "erased-a-second-early": Crime("erased", asked_early, STEP, "erasure_early", ("recordings",)),
    "erased-before-the-second-agreed": Crime("erased", said_otherwise(tomb={"at": "2026-06-01T00:00:00Z"}), STEP, "erasure_early"),
    "erased-by-a-shorter-term": Crime("erased", minimum_forgotten, STEP, "erasure_differs"),
    "erased-by-two-terms": Crime("erased", said_otherwise({}, {"term": "logs"}), STEP, "erasure_differs"),
    "erased-another-session": Crime("erased", said_otherwise({"subject": f"session:{'b' * 26}"}, {"subject": f"session:{'b' * 26}"}), STEP, "erasure_differs"),
    "erased-another-recording": Crime("erased", said_otherwise(tomb={"recording_sha256": "00" * 32}), STEP, "erasure_differs", ("another recording",)),
    "removed-where-erase-was-signed": Crime("erased", said_otherwise(tomb={"deed": "remove"}), STEP, "erasure_differs"),
    "erased-word-told-by-another": Crime("erased", word_told_by_another, STEP, "erasure_differs", ("KeepingAgreed",)),
    "erased-under-a-passkey-of-another-word": Crime("erased", said_otherwise({"reason": "it was mine"}, signs=False), STEP, "assertion_challenge"),
    "erased-under-an-ssh-key-of-another-word": Crime("erased", said_otherwise({}, {"reason": "it was mine"}, signs=False), STEP, "erasure_unsigned"),
    "erased-by-a-term-without-end": Crime("erased", said_otherwise({"minimum_days": 2**53 - 1}, {"minimum_days": 2**53 - 1}), STEP, "erasure_early"),
    "erasure-keys-withheld": Crime("erased", lambda made: made.without(keeping_of(made)), STEP, "erasure_trust", ("petra",)),
    "erasure-keys-renamed": Crime("erased", trust_renamed, STEP, "erasure_trust", ("ab" * 32,)),
    "erasure-keys-invented": Crime("erased", trust_invented, STEP, "erasure_trust"),
    "erased-and-opened": Crime("plain", opened_again, STEP, "erasure_key"),
}  # fmt: skip
