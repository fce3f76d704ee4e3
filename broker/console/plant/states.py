"""The shift's part of the plant's page: each zone's state, who set it when and why, and setting it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from broker.console.desk import Interlocks
from broker.console.guard import Visitor
from broker.console.roles import may_set_state
from broker.watchdog.zone_states import Permitted, Told
from domain.canonical import instant_of
from domain.plant import OperatingState, Site, Zone
from policies.charter.charter import Charter


@dataclass(frozen=True, slots=True)
class ZoneState:
    """One zone as the page shows it. ``state`` None: nobody has set one."""

    zone: Zone
    state: OperatingState | None
    told: Told | None
    since: datetime | None
    signal: Permitted | None
    may_become: tuple[OperatingState, ...]
    """What this visitor may set."""

    @property
    def overruled(self) -> bool:
        """Whether a signal of the plant does not let stand what was set."""
        return self.told is not None and self.told.state is not self.state


def by_site(
    charter: Charter, visitor: Visitor, held: Interlocks, at: datetime
) -> tuple[tuple[Site, tuple[ZoneState, ...]], ...]:
    """Every zone of every site, in the charter's order."""
    return tuple((site, tuple(_states(charter, visitor, held, at, site))) for site in charter.sites.values())


def _states(
    charter: Charter, visitor: Visitor, held: Interlocks, at: datetime, site: Site
) -> Iterator[ZoneState]:
    for zone in charter.zones.values():
        if zone.site == site.id:
            state, told = held.states.get(zone.id), held.told.get(zone.id)
            yield ZoneState(
                zone=zone,
                state=OperatingState(state) if state is not None else None,
                told=told,
                since=instant_of(told.at) if told is not None and told.at else None,
                signal=held.signals.get(zone.id),
                may_become=tuple(
                    one
                    for one in OperatingState
                    if one is not OperatingState.ISOLATED
                    and may_set_state(charter, visitor.person, visitor.roles, zone.id, one, held.states, at)
                ),
            )
