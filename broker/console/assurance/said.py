"""The words of assurance on a page. Pure."""

from collections.abc import Mapping

from domain.said import Said, say
from policies.assurance.status import State, Why

MOST_ROWS = 100
"""How many items one page lists; the export has all."""

STATES: Mapping[State, tuple[Said, str]] = {
    State.SATISFIED: (say("satisfied"), "good"),
    State.NOT_SATISFIED: (say("not satisfied"), "bad"),
    State.NOT_APPLICABLE: (say("not applicable"), "plain"),
}
TREATMENTS: Mapping[str, Said] = {
    "none": say("none"),
    "accepted": say("accepted by an exception"),
    "open": say("open"),
}
REASONS: Mapping[Why, Said] = {
    Why.MISSING: say("nothing collects it, or nothing was collected"),
    Why.TOO_FEW: say("too few different persons"),
    Why.UNVERIFIED: say("it does not verify"),
    Why.EXPIRED: say("it is past its end"),
    Why.TRIGGERED: say("something happened since"),
    Why.EXCEPTED: say("an exception is in force"),
}
FORMS = {True: say("yes"), False: say("no")}
