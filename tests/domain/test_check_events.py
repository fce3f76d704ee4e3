from typing import get_args

from domain import check_events
from domain.events import Event


def test_what_is_told_of_a_check_is_a_member_of_the_closed_union() -> None:
    for name in ("EvidenceChecked", "EvidenceFaultFound", "EvidenceFaultGone"):
        assert getattr(check_events, name) in get_args(Event)
