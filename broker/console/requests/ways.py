"""The ways that are open to a vendor's person, and what a form for one of them begins with. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from broker.console import words
from broker.console.forms import Form
from broker.console.guard import Visitor
from domain.access import FILES, Action, Flow, Grant, PassageKind
from domain.limits import limit_texts
from domain.permit import Permit
from domain.plant import LINES, TERMINALS, Asset, Conduit, OperatingState, Protocol
from domain.vocabulary import VOCABULARY
from policies.charter.charter import Charter
from policies.matter import IN_A_TERMINAL

LENGTHS = tuple(timedelta(hours=hours) for hours in (1, 2, 4, 8))
"""How long a request that begins now may be asked for with one tap."""

OTHER = "other"
"""What is chosen in place of a length where the form's two times count."""


@dataclass(frozen=True, slots=True)
class Way:
    """An asset that the vendor's contract names, and a conduit that leads there."""

    asset: Asset
    conduit: Conduit

    @property
    def key(self) -> str:
        """What the form sends; ids are words, so the slash can't be part of one."""
        return f"{self.asset.id}/{self.conduit.id}"

    @property
    def choices(self) -> tuple[Grant, ...]:
        """What may be ticked: the conduit's grants, a forward spelt out for each endpoint, files for each direction."""
        found: set[Grant] = set()
        for one in self.conduit.grants:
            if one.kind is PassageKind.FORWARD and not one.port:
                found |= {
                    Grant(PassageKind.FORWARD, end.port)
                    for end in self.asset.endpoints
                    if end.protocol not in TERMINALS  # its own grants lead there, decoded and recorded
                }
            elif one.kind in {*IN_A_TERMINAL, PassageKind.FORWARD} or not self._only_a_line:
                found.add(one)
            if one.kind in FILES:
                found |= {Grant(one.kind, flow=flow) for flow in Flow if one.flow in {Flow.BOTH, flow}}
        return tuple(sorted(found))

    @property
    def work(self) -> tuple[Grant, ...]:
        """Those of ``choices`` that move no files by themselves, the terminal first."""
        some = (one for one in self.choices if one.kind not in FILES)
        return tuple(sorted(some, key=lambda one: (one.kind is not PassageKind.SHELL, one)))

    @property
    def files(self) -> tuple[tuple[PassageKind, tuple[Grant, ...]], ...]:
        """The others, each kind with the directions in which it may be asked for."""
        some = (one for one in self.choices if one.kind in FILES)
        return tuple((kind, tuple(ones)) for kind, ones in groupby(some, key=lambda one: one.kind))

    @property
    def _only_a_line(self) -> bool:
        """Whether the asset's terminal has a shell and nothing else."""
        terminal = self.asset.terminal()
        return terminal is not None and terminal.protocol in LINES

    @property
    def actions(self) -> tuple[Action, ...]:
        """What may be done there, from the harmless up."""
        return tuple(one for one in Action if one in self.conduit.actions)

    @property
    def limitable(self) -> bool:
        """Whether the asset speaks something here for which limits can be held."""
        return any(one in self._spoken and one in VOCABULARY for one in self.conduit.carries)

    @property
    def native(self) -> bool:
        """Whether limits are what one asks for here, by addresses and values, and not paths of files alone."""
        return any(
            one in self._spoken and one in VOCABULARY
            for one in self.conduit.carries
            if one is not Protocol.SSH
        )

    @property
    def limits(self) -> tuple[str, ...]:
        """The conduit's own, for what the asset speaks."""
        return tuple(limit_texts(one for one in self.conduit.limits if one.protocol in self._spoken))

    @property
    def proved(self) -> tuple[str, ...]:
        """What the conduit lists that needs a proof each time, of what the asset speaks."""
        return tuple(limit_texts(one for one in self.conduit.step_up if one.protocol in self._spoken))

    @property
    def _spoken(self) -> frozenset[Protocol]:
        """What the asset speaks; over SSH limits are those of files alone."""
        spoken = frozenset(one.protocol for one in self.asset.endpoints)
        return spoken if self.files else spoken - {Protocol.SSH}

    @property
    def lengths(self) -> tuple[timedelta, ...]:
        """For how long it may be asked for from now, with one tap: none longer than the conduit is open at once."""
        fitting = tuple(one for one in LENGTHS if one <= self.conduit.longest_window)
        return fitting or (self.conduit.longest_window,)

    @property
    def states(self) -> tuple[OperatingState, ...]:
        """In which it is open, as the plant goes through them."""
        return tuple(one for one in OperatingState if one in self.conduit.states)


def ways_for(charter: Charter, visitor: Visitor, at: datetime) -> tuple[Way, ...]:
    """Every asset under the vendor's running contracts, by every conduit that leads there."""
    vendor = charter.vendors.get(visitor.person.vendor) if visitor.person.vendor else None
    if vendor is None:
        return ()
    named = {asset for one in vendor.contracts if one.window.contains(at) for asset in one.assets}
    return tuple(
        Way(charter.assets[asset], conduit)
        for asset in sorted(named & set(charter.assets))
        for conduit in charter.conduits_for(vendor.id, asset)
    )


def last_by(way: Way, permits: Iterable[Permit]) -> Permit | None:
    """The newest of a person's permits by this way: what they will mostly want again."""
    same = [one for one in permits if (one.asset, one.conduit) == (way.asset.id, way.conduit.id)]
    return max(same, key=lambda one: (one.requested_at, one.id), default=None)


def begun(way: Way, last: Permit | None, now: datetime, zone: str) -> Form:
    """The form as it begins: from now, and for the rest like the last time. What it is for is always said anew.

    The first time a terminal is ticked where the way offers one, or the one way of working that there is.
    """
    start = now.replace(second=0, microsecond=0)
    length = min(last.window.length if last else way.lengths[0], way.conduit.longest_window)
    usual = max((one for one in way.lengths if one <= length), default=way.lengths[0])
    grants = [one for one in way.choices if last and one in last.grants]
    actions = [one for one in way.actions if last and one in last.actions]
    if not grants:
        grants = [one for one in way.choices if one.kind is PassageKind.SHELL or len(way.choices) == 1]
    return Form(
        [
            ("way", way.key),
            ("for", str(usual // timedelta(minutes=1))),
            ("from", words.for_input(start, zone)),
            ("until", words.for_input(start + length, zone)),
            *(("grant", str(one)) for one in grants),
            *(("action", one.value) for one in actions or way.actions[:1]),
            *((("limits", "\n".join(sorted(last.limits))),) if last and last.limits else ()),
        ]
    )
