"""Which notices follow from a leaf of the ledger. Pure: nothing is told that is not evidence first.

A subject may leave the plant and names no asset and no vendor's words; the sentences may.
"""

from collections.abc import Callable, Iterable, Mapping

from broker.notices.audience import Audience
from broker.notices.file_notices import decided, screened
from broker.notices.memory import Leaf, Memory
from broker.notices.permit_notices import asked, changed, glass, step
from broker.notices.person_notices import applied, leaving, locked, turned_away
from broker.notices.session_notices import ended, isolated, restored, state
from broker.notices.trouble_notices import TROUBLES, trouble
from domain.canonical import instant_of
from domain.notice import Notice
from policies.charter.charter import Charter


def tell(event: Leaf, index: int, memory: Memory, charter: Charter) -> tuple[Notice, ...]:
    """What is to be told because of the leaf at ``index``; ``memory`` has not learnt of it yet.

    A leaf that can't be read tells nobody anything: the auditor's checks find it.
    """
    name = event.get("event")
    teller = _TELLERS.get(name) if isinstance(name, str) else None
    if teller is None:
        return ()
    try:
        at = instant_of(str(event["at"]))
        return tuple(teller(event, index, memory, Audience(charter, at)))
    except (KeyError, ValueError):
        return ()


_Teller = Callable[[Leaf, int, Memory, Audience], Iterable[Notice]]

_TELLERS: Mapping[str, _Teller] = {
    **dict.fromkeys(TROUBLES, trouble),
    "PermitRequested": asked,
    "PermitApproved": step,
    "PermitChanged": changed,
    "SessionEnded": ended,  # which tells of the trouble, too
    "Isolated": isolated,
    "Restored": restored,
    "StateChanged": state,
    "GlassBroken": glass,
    "LeavingNoticed": leaving,
    "SignInLocked": locked,
    "VendorAsked": applied,
    "BrowserSignInEnded": turned_away,
    "FileScreened": screened,
    "FileReleased": decided,
    "FileRefused": decided,
}
"""Leaves that somebody is told of. The others are found by whoever looks for them."""
