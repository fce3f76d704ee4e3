"""The ledger's events in plain words, with the names that the charter has for people and things. Pure."""

import re
from collections.abc import Callable, Mapping

from broker.console.evidence.naming import Naming, upper
from broker.console.evidence.sayings import (
    assurance,
    copies,
    deciding,
    people,
    plant,
    quarantine,
    records,
    sessions,
)
from domain.canonical import Json, text_in

SAYINGS: Mapping[str, Callable[[Naming, Mapping[str, Json]], str]] = {
    **records.SAYINGS,
    **deciding.SAYINGS,
    **people.SAYINGS,
    **sessions.SAYINGS,
    **plant.SAYINGS,
    **assurance.SAYINGS,
    **copies.SAYINGS,
    **quarantine.SAYINGS,
}


class Teller(Naming):
    """Says events."""

    def sentence(self, event: Mapping[str, Json]) -> str:
        """What happened, in a sentence or two; a name split into words for a kind that is new here."""
        name = text_in(event, "event")
        tell = SAYINGS.get(name)
        if tell is None:
            return f"{re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', name) or 'An event that can not be read'}."
        return upper(" ".join(tell(self, event).split()))
