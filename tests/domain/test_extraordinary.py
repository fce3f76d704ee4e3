"""Events out of the ordinary are members of the one closed union."""

import typing

from domain import extraordinary
from domain.events import Event


def test_every_event_out_of_the_ordinary_is_in_the_closed_union() -> None:
    defined = {
        each for each in vars(extraordinary).values() if isinstance(each, type) and hasattr(each, "number")
    }
    assert len(defined) == 4
    assert defined <= set(typing.get_args(Event))
