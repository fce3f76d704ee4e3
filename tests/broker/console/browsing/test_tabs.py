from contextlib import ExitStack

import pytest

from broker.console.browsing.tabs import MOST_OF_ONE, MOST_TABS, Tabs
from broker.console.refusals import RefusalError
from domain.ids import PersonId


def test_one_person_s_tabs_leave_room_for_others_until_the_console_is_full() -> None:
    tabs = Tabs()
    with ExitStack() as open_:
        for number in range(MOST_TABS):
            open_.enter_context(tabs.kept(PersonId(f"p{number // MOST_OF_ONE}")))
            if number == MOST_OF_ONE - 1:
                with pytest.raises(RefusalError, match="Too many tabs"):
                    open_.enter_context(tabs.kept(PersonId("p0")))
        with pytest.raises(RefusalError) as full:
            open_.enter_context(tabs.kept(PersonId("another")))
        assert full.value.code == "too_many_tabs"
    with tabs.kept(PersonId("p0")):
        pass
