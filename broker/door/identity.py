"""Who signed in, as a small machine: factors are credited only to the name the attempt is bound to.

A key counts when its signature verified, never when it was merely offered (CVE-2024-45337 and its
kin): the shell calls ``key_proved`` after verification and nowhere else. The person is the one
whose key signed, and the SSH user name must name that person, or a permit and nobody.
"""

from dataclasses import dataclass, field

from broker.door.address import Address, Direct, Lobby, Pinned, Unreadable, address
from broker.door.certificates import Certified, Way
from domain.ids import PersonId


class NameChanged(Exception):  # noqa: N818 - a turn of events, not a fault of ours
    """The client began with one user name and went on with another: the connection must end."""


@dataclass(slots=True)
class SignIn:
    """One connection's way in. ``person`` stays None until a key's signature verified."""

    user_name: str | None = None
    asked: Address = field(default_factory=lambda: Unreadable("Nothing was asked for yet."))
    person: PersonId | None = None
    key: str = ""
    code: bool = False
    unlocked: bool = False
    browser: bool = False
    certificate: Certified | None = None

    def begin(self, user_name: str) -> None:
        """Bind this attempt to ``user_name``; NameChanged when it was bound to another."""
        if self.user_name is not None and self.user_name != user_name:
            raise NameChanged
        self.user_name = user_name
        self.asked = address(user_name)

    def may_be(self, user_name: str, person: PersonId | None) -> bool:
        """Whether a key of ``person`` fits the name that was asked for. Says nothing about proof."""
        if person is None or self.user_name is None or user_name != self.user_name:
            return False
        match self.asked:
            case Lobby(named) | Direct(named, _):
                return named == person
            case Unreadable(_, named):
                return named == person
            case Pinned():
                return True

    def key_proved(self, user_name: str, person: PersonId | None, key: str) -> bool:
        """Credit a key whose signature verified; False when it fits nobody, or another than before."""
        if not self.may_be(user_name, person) or self.person not in (None, person):
            return False
        self.person, self.key = person, key
        return True

    def code_proved(self, user_name: str) -> bool:
        """Credit a right one-time code; it needs the key first, and the same name."""
        if self.person is None or user_name != self.user_name:
            return False
        self.code = True
        return True

    def browser_proved(self, user_name: str) -> bool:
        """Credit a passkey that confirmed this connection in the browser; as for a code, the key comes first."""
        if self.person is None or user_name != self.user_name:
            return False
        self.browser = True
        return True

    def certificate_proved(self, user_name: str, certified: Certified) -> bool:
        """Credit a certificate whose key proved itself; as for a key, and it stands for both factors."""
        if not self.key_proved(user_name, certified.terms.person, certified.key):
            return False
        self.certificate = certified
        return True

    @property
    def complete(self) -> bool:
        """Whether both factors are through, or the key alone where it was unlocked, or a certificate."""
        return self.person is not None and (
            self.code or self.browser or self.unlocked or self.certificate is not None
        )

    @property
    def attended(self) -> bool:
        """Whether somebody was there to type a code, or to confirm, and may be asked to wait."""
        return self.code or self.browser or self.in_browser

    @property
    def in_browser(self) -> bool:
        """Whether it is the console that connects, for somebody's browser."""
        return self.certificate is not None and self.certificate.terms.way is Way.BROWSER

    @property
    def factor(self) -> str:
        """What was proved here and now beside the key: ``code``, ``passkey``, or nothing."""
        return "code" if self.code else "passkey" if self.browser else ""

    @property
    def factors(self) -> tuple[str, ...]:
        """What the evidence says about how they came in."""
        if self.certificate is not None:
            return "certificate", self.certificate.terms.factor
        return "publickey", "code" if self.code else "passkey" if self.browser else "unlocked"
