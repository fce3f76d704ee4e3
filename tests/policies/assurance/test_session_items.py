import pytest

from domain.events import (
    Event,
    GlassBroken,
    GlassReviewed,
    PassageOpened,
    PermitApproved,
    SessionInterrupted,
    SessionReviewed,
)
from domain.ids import PermitId, PersonId, SessionId
from policies.assurance.baseline import Facet
from policies.assurance.evidence import Item
from policies.assurance.session_items import session_items, sessions_of
from tests.policies.assurance.leaves import HOUR, a_session, collection
from tests.policies.assurance.test_baseline import shipped
from tests.policies.plant import NOW, charter

SESSION, PERMIT = SessionId("s" * 26), PermitId("s" * 26)


def items(*events: Event) -> dict[str, Item]:
    return {one.kind: one for one in session_items(shipped(), charter(), collection(*events))}


def test_a_session_gives_evidence_for_its_controls_each_with_source_and_leaf() -> None:
    """G01, S-16: id, controls, source, collector, collected, hash and leaf."""
    found = items(*a_session())
    assert set(found) == {
        *("EV-REQ", "EV-APR", "EV-DRS", "EV-ZCM", "EV-GRT", "EV-ATN", "EV-BAN", "EV-OPS"),
        *("EV-FLW", "EV-REC", "EV-TRM", "EV-TLG"),
    }
    for one in found.values():
        assert (one.zone, one.vendor, one.session) == ("operations", "brightwater", SESSION)
        assert one.controls == shipped().serves(one.kind)
        assert one.source == f"leaf {one.leaf} ({one.source.partition('(')[2]}"
        assert len(one.digest) == 64
        assert one.verified
    assert found["EV-APR"].persons == {"petra"}
    assert len({one.id for one in found.values()}) == len(found)


def test_what_was_cut_off_or_not_seen_closed_does_not_verify() -> None:
    crashed = SessionInterrupted(
        at=NOW, session=SESSION, frames=1, head="0" * 64, recording_sha256="1" * 64, sentence="s"
    )
    for events in ((*a_session()[:-1], crashed), a_session(verified=False)):
        assert not items(*events)["EV-TRM"].verified
    cut = items(*a_session()[:-1], crashed)["EV-REC"]
    assert (cut.verified, cut.note) == (False, "the recording was cut off")


def test_without_its_sign_in_or_a_state_there_is_no_evidence_of_them() -> None:
    _state, asked, approved, _signed, *rest = a_session()
    assert not {"EV-ATN", "EV-BAN", "EV-OPS"} & set(items(asked, approved, *rest))


def test_the_second_key_break_glass_and_its_review_are_evidence() -> None:
    events = a_session()
    second = PermitApproved(
        at=NOW,
        permit=PERMIT,
        digest="4" * 64,
        right="safety",
        approver=PersonId("saskia"),
        kind="passkey",
        approval="6" * 64,
    )
    glass = GlassBroken(
        at=NOW,
        permit=PERMIT,
        by=("milo", "olga"),
        skipped=("petra",),
        boundary="operations",
        reason="r",
        until=NOW + HOUR,
    )
    seen = GlassReviewed(at=NOW, permit=PERMIT, by=PersonId("iris"), finding="justified", step=1)
    found = items(*events, second, glass, seen)
    reviewed = SessionReviewed(
        at=NOW,
        session=SESSION,
        permit=PERMIT,
        by=PersonId("petra"),
        office="connect",
        disposition="as-stated",
        words="",
        item="",
    )
    assert items(*events, reviewed)["EV-REV"].persons == {"petra"}
    assert found["EV-SAF"].persons == {"saskia"}
    assert found["EV-BGL"].persons == {"milo", "olga"}
    assert found["EV-REV"].persons == {"iris"}


@pytest.mark.parametrize(
    ("more", "facets"),
    [
        pytest.param((), set(), id="nothing of the kind"),
        pytest.param(
            (PassageOpened(at=NOW, session=SESSION, channel=1, passage="sftp", detail=""),),
            {Facet.TRANSFER},
            id="a transfer",
        ),
    ],
)
def test_what_kind_of_session_it_was(more: tuple[Event, ...], facets: set[Facet]) -> None:
    (session,) = sessions_of(charter(), collection(*a_session(), *more))
    assert (session.zone, session.vendor, session.facets) == ("operations", "brightwater", facets)


def test_a_session_counts_from_when_it_is_over() -> None:
    assert not list(sessions_of(charter(), collection(*a_session()[:-1])))
