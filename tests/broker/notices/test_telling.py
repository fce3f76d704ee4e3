"""What a leaf tells, whatever it is; and that a subject may leave the plant."""

import typing

import pytest

from broker.notices.memory import Memory
from broker.notices.telling import tell
from domain.events import (
    Event,
    PassageRefused,
)
from tests.broker.notices.happenings import (
    S,
    asked,
    changed,
    ended,
    isolated,
    opened,
    state,
    told,
)
from tests.policies.plant import NOW, charter

EVERYTHING = [
    asked(),
    changed("approved"),
    changed("refused", reason="Pump 3 is out"),
    ended("killed"),
    isolated("all"),
    state("emergency"),
]


@pytest.mark.parametrize("event", EVERYTHING, ids=lambda event: type(event).__name__)
def test_no_subject_names_an_asset_a_person_or_anybody_s_words(event: Event) -> None:
    here = charter()
    names = [one.name for one in (*here.assets.values(), *here.people.values(), *here.vendors.values())]
    for notice in told(event, asked(), opened()):
        assert not [name for name in [*names, "Pump 3", "smoke"] if name in notice.subject]


def test_one_key_is_one_notice_for_each_person() -> None:
    for event in EVERYTHING:
        notices = told(event, asked(), opened())
        assert len({(one.key, one.to) for one in notices}) == len(notices)


@pytest.mark.parametrize(
    "leaf",
    [
        {},
        {"event": "PermitRequested"},
        {"event": "PermitRequested", "at": "yesterday"},
        {"event": "PermitRequested", "at": "2026-06-01T08:00:00Z", "permit": 'x"\r\n'},
        {"event": "Isolated", "at": "2026-06-01T08:00:00Z"},
        {"event": ["Isolated"]},
    ],
)
def test_a_leaf_that_can_not_be_read_tells_no_nonsense(leaf: typing.Any) -> None:
    for notice in tell(leaf, 1, Memory(), charter()):
        assert notice.to in charter().people


def test_most_leaves_are_for_whoever_looks_for_them() -> None:
    event = PassageRefused(
        at=NOW,
        session=S,
        person="ana",
        asset="a",
        source="x",
        passage="x11",
        detail="",
        code="c",
        sentence="s",
    )
    assert told(event) == ()
