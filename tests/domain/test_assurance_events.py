from dataclasses import fields

import pytest

from domain.events import (
    DocumentEnded,
    DocumentTaken,
    EquivalenceDecided,
    EvidenceCollected,
    FindingClosed,
    FindingRaised,
    TriggerNoted,
)


@pytest.mark.parametrize(
    "kind",
    [
        DocumentEnded,
        DocumentTaken,
        EquivalenceDecided,
        EvidenceCollected,
        FindingClosed,
        FindingRaised,
        TriggerNoted,
    ],
)
def test_each_says_who_or_what_it_is_by(kind: type) -> None:
    names = [one.name for one in fields(kind)]
    assert names[0] == "at"
    assert "by" in names


def test_what_somebody_answers_for_names_its_owner() -> None:
    for kind in (DocumentTaken, EquivalenceDecided, FindingRaised):
        assert "owner" in {one.name for one in fields(kind)}
