from dataclasses import fields
from typing import get_args

import pytest

from domain import notice_events
from domain.events import Event


@pytest.mark.parametrize("name", ["NoticeChoiceMade", "NoticeFailed", "NoticeSent"])
def test_what_is_told_of_telling_is_a_member_of_the_closed_union(name: str) -> None:
    assert getattr(notice_events, name) in get_args(Event)


@pytest.mark.parametrize("name", ["NoticeChoiceMade", "NoticeFailed", "NoticeSent"])
def test_no_field_is_made_for_an_address_or_a_text(name: str) -> None:
    named = {one.name for one in fields(getattr(notice_events, name))}
    assert not named & {"address", "subject", "sentences", "link"}
