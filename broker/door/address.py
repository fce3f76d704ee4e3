"""What a client asked for, read from the two places SSH gives it: the user name and a forward's target.

Strict on purpose. A name is a word of the charter or it is nothing: it is never looked up, never
folded, never read as an address, so a disguised one (``127.1``, ``0x7f.1``, ``::ffff:127.0.0.1``)
has no way to mean anything.
"""

from dataclasses import dataclass

from domain.ids import AssetId, PermitId, PersonId, is_token, is_word

SEPARATORS = "+%:#"
"""What may stand between a person and an asset; the variants are for clients that reserve one of them."""

PERMIT_PREFIX = "permit-"
LONGEST_USER_NAME = 127  # two charter words and what stands between them


@dataclass(frozen=True, slots=True)
class Lobby:
    """The person named no asset."""

    person: PersonId


@dataclass(frozen=True, slots=True)
class Direct:
    """The person wants this asset."""

    person: PersonId
    asset: AssetId


@dataclass(frozen=True, slots=True)
class Pinned:
    """Whoever's key it is, under exactly this permit; the permit says which asset."""

    permit: PermitId


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Not an address. ``person`` is set when at least that part could be read, so that they can be told."""

    sentence: str
    person: PersonId | None = None


Address = Lobby | Direct | Pinned | Unreadable


def address(user_name: str) -> Address:
    """What the SSH user name asks for."""
    if len(user_name) > LONGEST_USER_NAME:
        return Unreadable(f"The user name is longer than {LONGEST_USER_NAME} characters.")
    if user_name.startswith(PERMIT_PREFIX) and is_token(user_name.removeprefix(PERMIT_PREFIX)):
        return Pinned(PermitId(user_name.removeprefix(PERMIT_PREFIX)))
    at = next((index for index, letter in enumerate(user_name) if letter in SEPARATORS), None)
    person = user_name if at is None else user_name[:at]
    if not is_word(person):
        return Unreadable("The user name does not begin with a person's id.")
    if at is None:
        return Lobby(PersonId(person))
    asset = user_name[at + 1 :]
    if not is_word(asset):
        return Unreadable("What follows the person in the user name is not an asset's id.", PersonId(person))
    return Direct(PersonId(person), AssetId(asset))


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a client wants a forward to lead: an asset's id and one of its ports."""

    asset: AssetId
    port: int


def destination(host: str, port: int) -> Destination | Unreadable:
    """What a ``direct-tcpip`` request asks for; only charter words, never an address or a host name."""
    if not 0 < port < 65536:
        return Unreadable("A forward's port lies between 1 and 65535.")
    if not is_word(host):
        return Unreadable("A forward names an asset by its id in the charter, never by an address.")
    return Destination(AssetId(host), port)
