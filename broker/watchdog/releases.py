"""What stands between a suspended scope and its coming back: the charter's holders, each with a code of their own.

The charter in force is verified when asked for, because the watchdog needs none to shut anything.
"""

from datetime import datetime

from broker.layout import Layout
from broker.people.factors import SpentSteps
from broker.watchdog.interlocks import Agree, Interlocks, Restore
from broker.watchdog.overrides import Override, ReviewOverride
from domain.errors import DecisionError, PenstockError
from domain.ids import PersonId
from policies.charter.charter import Charter
from policies.suspension import SUSPENDED, Seat, missing, overriders, seats


class Releases:
    """Whether something may be released now, by the charter on this node's disk."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def check(
        self, interlocks: Interlocks, command: Agree | Restore | Override | ReviewOverride, at: datetime
    ) -> None:
        """DecisionError, with a stable code, when ``command`` may not be obeyed."""
        if isinstance(command, Override | ReviewOverride):
            self._proved(command, at)
        elif isinstance(command, Agree):
            self._agreement(interlocks, command, at)
        elif open_ones := self.missing(interlocks, command.scope, at):
            raise DecisionError(
                f"{command.scope} stays shut until these have agreed: {'; '.join(map(_told, open_ones))}.",
                code="holders_missing",
                remedy=f"Each says so with a code: penstock restore {command.scope} --by PERSON --boundary BOUNDARY",
            )

    def missing(self, interlocks: Interlocks, scope: str, at: datetime) -> tuple[Seat, ...]:
        """Whose yes is still missing; empty for what anybody may release who may shut it."""
        if not needs_holders(interlocks, scope):
            return ()
        return missing(self._charter(), scope, interlocks.agreed_for(scope), at)

    def _agreement(self, interlocks: Interlocks, said: Agree, at: datetime) -> None:
        if not needs_holders(interlocks, said.scope):
            raise DecisionError(f"{said.scope} needs nobody's agreement now.", code="not_suspended")
        able = {seat.boundary: seat.holders for seat in seats(self._charter(), said.scope, at)}
        if said.by not in able.get(said.boundary, ()):
            raise DecisionError(
                f"{said.by} does not decide over {said.boundary} for {said.scope}.",
                code="not_the_holder",
                remedy="penstock restore SCOPE says whose agreement is missing.",
            )
        if not SpentSteps(self._layout.spent_steps).spent_on(said.by, said.step, said.purpose):
            raise DecisionError("No code of theirs was spent on this.", code="code_not_spent_on_this")

    def _proved(self, said: Override | ReviewOverride, at: datetime) -> None:
        charter = self._charter()
        if isinstance(said, Override) and said.by not in overriders(charter, said.scope, at):
            raise DecisionError(
                f"{said.by} holds no right to connect over {said.scope}.",
                code="not_the_holder",
                remedy="Whoever holds it overrides; anybody of the shift shuts it: penstock isolate.",
            )
        person = charter.people.get(said.by)
        if person is None or person.vendor is not None:
            raise DecisionError(f"{said.by} is nobody of the plant.", code="not_of_the_plant")
        if not SpentSteps(self._layout.spent_steps).spent_on(said.by, said.step, said.purpose):
            raise DecisionError("No code of theirs was spent on this.", code="code_not_spent_on_this")

    def _charter(self) -> Charter:
        from broker.charter.in_force import CharterInForce  # noqa: PLC0415 - shutting needs none of it
        from broker.charter.trust_files import TrustFiles  # noqa: PLC0415
        from broker.settings import read_settings  # noqa: PLC0415

        try:
            trust = TrustFiles(self._layout, with_codes=False)
            return (
                CharterInForce(self._layout, read_settings(self._layout).ledger.origin, trust)
                .begin()[0]
                .charter
            )
        except (PenstockError, OSError) as error:
            raise DecisionError(
                f"Nothing suspended comes back while the charter can't be read: {error}.",
                code="charter_unreadable",
                remedy="Correct it: penstock charter check, penstock doctor.",
            ) from error


def needs_holders(interlocks: Interlocks, scope: str) -> bool:
    """Whether ``scope`` comes back by its holders' word only: a suspension, or somebody who left or leaves."""
    kind, _, name = scope.partition(":")
    suspended = kind in SUSPENDED and scope in interlocks.isolated
    return suspended or (kind == "person" and PersonId(name) in interlocks.leaving)


def _told(seat: Seat) -> str:
    return f"{seat.right} over {seat.boundary} ({' or '.join(seat.holders) or 'nobody holds it'})"
