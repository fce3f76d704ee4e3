"""What an SSH certificate for a person may say, and which ones the gate believes. Pure.

One certificate, one permit, one key. It stands for both factors, which were proved when it was issued, and for nothing
else: whether the permit still lets anything through is decided anew at each channel. The form is OpenSSH's (PROTOCOL.certkeys);
it is read strictly, for certificates went wrong elsewhere in what was left unsaid: none of the principals taken for any of them,
a host's taken for a person's, a certificate for the authority's key (CVE-2025-49825), an option passed over that should refuse.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from broker.door.address import PERMIT_PREFIX
from broker.door.words import Refusal
from domain.ids import PermitId, PersonId, is_token, is_word
from domain.permit import Permit

LONGEST = timedelta(hours=8)
"""Of one's own key: a shift. Less where the permit's window ends before."""

IN_BROWSER = timedelta(minutes=15)
"""Of a browser's key, which is needed to connect and not afterwards."""

ALLOWED = frozenset({"permit-pty", "permit-port-forwarding", "source-address"})
"""The only options that the gate writes. A certificate with any other is none of its own making."""

ASK_AGAIN = "Have another made: ssh you@gate certificate PERMIT, or open the permit in the browser again."

OTHER_AUTHORITY = Refusal(
    "certificate_of_another_authority", "This certificate was not issued by this gate.", ASK_AGAIN
)
UNREADABLE = Refusal(
    "certificate_unreadable", "This certificate is not in the form that the gate writes.", ASK_AGAIN
)
NOT_A_PERSONS = Refusal(
    "certificate_not_a_persons", "This certificate is for a host, not for a person.", ASK_AGAIN
)
OTHER_PERMIT = Refusal(
    "certificate_for_another_permit",
    "This certificate is for another permit than the user name says.",
    "Connect as permit-ID@gate, with the id of the permit that it was made for.",
)
TOO_EARLY = Refusal(
    "certificate_too_early", "This certificate does not count yet.", "Wait until it does; see ssh-keygen -L."
)
OVER = Refusal("certificate_over", "This certificate counts no longer.", ASK_AGAIN)
ELSEWHERE = Refusal(
    "certificate_from_elsewhere",
    "This certificate was made for another address than the one that you come from.",
    ASK_AGAIN,
)
NOBODY = Refusal(
    "certificate_of_nobody",
    "The person whom this certificate names, or their key, is not in the charter any more.",
    "Ask your contact at the plant.",
)
PERMIT_OVER = Refusal(
    "certificate_permit_over", "The permit of this certificate is not open any more.", "Ask for a new permit."
)
LOCKED = Refusal(
    "certificate_held_back",
    "Too many wrong codes were typed in your name.",
    "Wait a few minutes, and try again.",
)


class Way(StrEnum):
    """Whose key it is."""

    OWN_KEY = "own-key"
    """The one that signed in; it stands in the charter."""
    BROWSER = "browser"
    """One that the console made for one browser; it stands nowhere else."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What one certificate says."""

    person: PersonId
    permit: PermitId
    way: Way
    factor: str
    """What proved who it is for, beside their own key if it is one: ``code`` or ``passkey``."""
    source: str
    """Where they were: the address that an own key is bound to, or the browser's."""
    begins: datetime
    ends: datetime
    """The first instant at which it counts no longer."""

    @property
    def principal(self) -> str:
        """The one user name that it is good for."""
        return f"{PERMIT_PREFIX}{self.permit}"

    @property
    def key_id(self) -> str:
        """What else the gate has to know again, in OpenSSH's free text."""
        return f"penstock {self.person} {self.permit} {self.way} {self.factor} {self.source}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate whose own signature verified, as a client showed it. Whose signature, is for ``believed`` to ask."""

    persons: bool
    """For a person, not for a host."""
    authority: str
    """The fingerprint of the key that signed it."""
    serial: int
    key_id: str
    principals: tuple[str, ...]
    begins_s: int
    ends_s: int
    """Seconds since 1970; the end is outside."""
    options: frozenset[str]
    sources: tuple[str, ...]
    """In CIDR; empty where it names none."""
    key: str
    """The fingerprint of the key that is certified."""


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate that the gate believes."""

    terms: Terms
    serial: int
    key: str


def drawn_up(permit: Permit, way: Way, factor: str, source: str, now: datetime) -> Terms:
    """What a certificate for ``permit`` says that is made at ``now``; ValueError when its window is over."""
    begins = max(now.replace(microsecond=0), permit.window.start)
    ends = min(begins + (IN_BROWSER if way is Way.BROWSER else LONGEST), permit.window.end)
    if ends <= begins:
        raise ValueError("the permit's window is over")
    return Terms(permit.person, permit.id, way, factor, source, begins, ends)


def believed(  # noqa: PLR0911 - one return per reason
    shown: Shown, authority: str, user_name: str, source: str, now: datetime
) -> Certified | Refusal:
    """What ``shown`` says, for a client at ``source`` that logs in as ``user_name``; or why it counts for nothing.

    ``authority`` is the fingerprint of the gate's own. Nothing but the certificate is looked at: whether person, key and
    permit still stand is for the caller.
    """
    if shown.authority != authority:
        return OTHER_AUTHORITY
    if not shown.persons:
        return NOT_A_PERSONS
    terms = _terms(shown)
    if terms is None:
        return UNREADABLE
    if user_name != terms.principal:
        return OTHER_PERMIT
    if now < terms.begins:
        return TOO_EARLY
    if now >= terms.ends:
        return OVER
    if not _within(source, shown.sources):
        return ELSEWHERE
    return Certified(terms, shown.serial, shown.key)


def _terms(shown: Shown) -> Terms | None:
    """What is in it, if it is exactly in the form that ``drawn_up`` and ``key_id`` write; None otherwise."""
    words = shown.key_id.split(" ")
    if len(words) != 6 or words[0] != "penstock" or not shown.sources or not shown.options <= ALLOWED:
        return None
    _, person, permit, way, factor, source = words
    if not (is_word(person) and is_token(permit) and way in set(Way) and factor in {"code", "passkey"}):
        return None
    try:
        begins, ends = (datetime.fromtimestamp(one, UTC) for one in (shown.begins_s, shown.ends_s))
    except (ValueError, OverflowError, OSError):
        return None  # without an end, as OpenSSH writes "forever"
    terms = Terms(PersonId(person), PermitId(permit), Way(way), factor, source, begins, ends)
    return terms if shown.principals == (terms.principal,) else None


def plain_address(text: str) -> IPv4Address | IPv6Address:
    """An address as it is meant: an IPv4 one that came in over IPv6 is IPv4. ValueError for what is none."""
    address = ip_address(text)
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _within(source: str, networks: tuple[str, ...]) -> bool:
    try:
        address = plain_address(source)
        return any(address in ip_network(one) for one in networks)
    except ValueError:
        return False
