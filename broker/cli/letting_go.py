"""Who lets go at the plant's own machine: anybody there, but in an emergency in the incident lead's name."""

from collections.abc import Mapping

from broker.charter.in_force import charter_now
from broker.cli.answer import fail, local_name
from broker.console.roles import offices_over
from broker.exit_status import REFUSED
from broker.layout import Layout
from domain.clock import Clock
from domain.ids import PersonId, ZoneId
from policies.authority import Act, Office, in_emergency, may


def in_whose_name(
    layout: Layout,
    clock: Clock,
    scope: str,
    act: str,
    states: Mapping[ZoneId, str],
    lead: str | None,
) -> str:
    """Who is said to do ``act`` (a word of ``policies.authority.Act``) on ``scope``; exits with status 77 where nobody here may.

    Nobody is known at a local socket, so this is what they say, for the evidence; the machine's own
    accounts decide who sits here.
    """
    charter, deed = charter_now(layout), Act(act)
    emergency = in_emergency(charter, states, scope)
    if may(deed, [Office.LOCAL], emergency=emergency):
        return local_name()
    if lead is None:
        fail(
            "refused [incident_lead_only]: in an emergency only whoever leads the incident opens anything again.",
            "Have them say so, and name them: --lead PERSON.",
            status=REFUSED,
        )
    person = charter.people.get(PersonId(lead))
    if person is None or not may(
        deed, offices_over(charter, person, frozenset(), scope, clock.now()), emergency=emergency
    ):
        fail(
            f"refused [incident_lead_only]: {lead!r} does not lead incidents there now.",
            "rights.toml names who does: incident_lead.",
            status=REFUSED,
        )
    return f"{lead}, {local_name()}"
