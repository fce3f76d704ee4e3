"""The plant's trust file: whose keys count as an approver's. Enrolled at the plant, kept on its disk.

``approvers.toml`` holds public passkeys and may be read by all; ``codes.toml`` holds the secrets of
one-time codes and is read by the gate alone. Neither is ever in the database: who can edit rows
can't make himself an approver.
"""

import hashlib
import re
from base64 import b32decode, b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from approvals.trust_file import Table, quoted, read_table
from domain.canonical import Json, canonical, instant_of, instant_text
from domain.ids import PersonId, is_word

APPROVERS = "approvers.toml"
CODES = "codes.toml"
APPROVERS_SCHEMA = "penstock-trust/1"
CODES_SCHEMA = "penstock-codes/1"
SHORTEST_SECRET_BYTES = 16  # RFC 4226 section 4, R6: at least 128 bits

_SSH_KEY = re.compile(r"[a-z0-9@.-]{4,64} [A-Za-z0-9+/]+={0,2}", re.ASCII)
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Passkey:
    """One credential of one approver, as enrolled at the plant."""

    credential_id: bytes
    public_key: bytes
    """COSE_Key, as the authenticator gave it."""
    label: str
    enrolled_at: datetime
    enrolled_by: str
    backup_eligible: bool
    """Whether the credential may be copied to other devices by its provider."""

    def fingerprint(self) -> str:
        """How people and the ledger name the key: SHA-256 of the public key, in hex."""
        return f"SHA256:{hashlib.sha256(self.public_key).hexdigest()}"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One SSH key with which a person of the plant signs charters, as enrolled at the plant."""

    key: str
    """The public key in OpenSSH's one-line form, without a comment."""
    label: str
    enrolled_at: datetime
    enrolled_by: str

    def fingerprint(self) -> str:
        """As ``ssh-keygen -l`` writes it."""
        blob = b64decode(self.key.split()[1])
        return f"SHA256:{b64encode(hashlib.sha256(blob).digest()).rstrip(b'=').decode('ascii')}"


@dataclass(frozen=True, slots=True)
class Trust:
    """Everything an approval is verified against."""

    rp_id: str
    """The WebAuthn relying party: the console's host name, or a domain above it."""
    origins: tuple[str, ...]
    """Where the console's pages may come from, as the browser writes it: ``https://host:port``."""
    passkeys: Mapping[PersonId, tuple[Passkey, ...]] = field(default_factory=dict)
    signing_keys: Mapping[PersonId, tuple[SigningKey, ...]] = field(default_factory=dict)
    codes: Mapping[PersonId, str] = field(default_factory=dict, repr=False)
    """Base-32 secrets of one-time codes; empty in every process but the gate."""
    knows_codes: bool = False
    """Whether the secrets were read at all; the console has no business with them."""

    def passkey(self, person: PersonId, credential_id: bytes) -> Passkey | None:
        """The person's own credential of this id; another person's does not count."""
        return next(
            (one for one in self.passkeys.get(person, ()) if one.credential_id == credential_id), None
        )

    def owner(self, credential_id: bytes) -> PersonId | None:
        """Whose credential this is."""
        return next((person for person in self.passkeys if self.passkey(person, credential_id)), None)

    def digest(self) -> bytes:
        """SHA-256 over the public part, however the file is laid out: alike in every process."""
        whole: dict[str, Json] = {
            "schema": APPROVERS_SCHEMA,
            "rp_id": self.rp_id,
            "origins": list(self.origins),
            "passkeys": [{"person": person, **_document(one)} for person, one in _in_order(self.passkeys)],
        }
        if self.signing_keys:  # a plant without any has the digest that it had before there were such keys
            whole["signing_keys"] = [
                {"person": person, **_signer(one)} for person, one in _signers(self.signing_keys)
            ]
        return hashlib.sha256(canonical(whole)).digest()

    def with_passkey(self, person: PersonId, passkey: Passkey) -> "Trust":
        """This and one credential more; ConfigError when it is enrolled already, for whomever."""
        keys = (*self.passkeys.get(person, ()), passkey)
        return _checked(replace(self, passkeys={**self.passkeys, person: keys}))

    def without_passkey(self, person: PersonId, credential_id: bytes) -> "Trust":
        """This without one credential; the same again when it was not there."""
        keys = tuple(one for one in self.passkeys.get(person, ()) if one.credential_id != credential_id)
        others = {who: theirs for who, theirs in self.passkeys.items() if who != person}
        return replace(self, passkeys={**others, person: keys} if keys else others)

    def with_signing_key(self, person: PersonId, key: SigningKey) -> "Trust":
        """This and one SSH signing key more; ConfigError when it is enrolled already, for whomever."""
        keys = (*self.signing_keys.get(person, ()), key)
        return _checked(replace(self, signing_keys={**self.signing_keys, person: keys}))

    def without_signing_key(self, person: PersonId, fingerprint: str) -> "Trust":
        """This without one SSH signing key; the same again when it was not there."""
        keys = tuple(one for one in self.signing_keys.get(person, ()) if one.fingerprint() != fingerprint)
        others = {who: theirs for who, theirs in self.signing_keys.items() if who != person}
        return replace(self, signing_keys={**others, person: keys} if keys else others)

    def with_code(self, person: PersonId, secret: str) -> "Trust":
        """This with the person's one-time codes made from ``secret`` (base 32)."""
        return _checked(replace(self, codes={**self.codes, person: secret}, knows_codes=True))


def read_trust(approvers: bytes, codes: bytes | None = None) -> Trust:
    """The trust that the two files describe; ConfigError names the file, the line and the remedy."""
    table = read_table(APPROVERS, approvers, {"schema", "rp_id", "origins", "passkeys", "signing_keys"})
    if table.text("schema") != APPROVERS_SCHEMA:
        raise table.fault("schema", f"The schema is not {APPROVERS_SCHEMA}.")
    passkeys: dict[PersonId, tuple[Passkey, ...]] = {}
    for entry in table.tables("passkeys", {"person", *Passkey.__dataclass_fields__}):
        person = _person(entry)
        passkeys[person] = (*passkeys.get(person, ()), _passkey(entry))
    signing_keys: dict[PersonId, tuple[SigningKey, ...]] = {}
    for entry in table.tables("signing_keys", {"person", *SigningKey.__dataclass_fields__}):
        person = _person(entry)
        signing_keys[person] = (*signing_keys.get(person, ()), _signing_key(entry))
    trust = Trust(table.text("rp_id"), table.texts("origins"), passkeys, signing_keys)
    return _checked(trust, table, None if codes is None else _codes_table(codes))


def write_approvers(trust: Trust) -> bytes:
    """``approvers.toml``; the same trust always gives the same bytes, and reading gives it back."""
    lines = [
        "# Whose passkeys count as an approver's. Written by `penstock people enrol`; keep it under review.",
        f"schema = {quoted(APPROVERS_SCHEMA)}",
        f"rp_id = {quoted(trust.rp_id)}",
        f"origins = [{', '.join(map(quoted, trust.origins))}]",
    ]
    for person, one in _in_order(trust.passkeys):
        lines += ["", "[[passkeys]]", f"person = {quoted(person)}"]
        lines += [
            f"{name} = {str(value).lower() if isinstance(value, bool) else quoted(value)}"
            for name, value in _document(one).items()
        ]
    for person, key in _signers(trust.signing_keys):
        lines += ["", "[[signing_keys]]", f"person = {quoted(person)}"]
        lines += [f"{name} = {quoted(value)}" for name, value in _signer(key).items()]
    return ("\n".join(lines) + "\n").encode()


def write_codes(trust: Trust) -> bytes:
    """``codes.toml``: secret, for the gate's own user alone (mode 0600)."""
    lines = [
        "# Secrets of one-time codes. For the gate alone: mode 0600, never copied, never committed.",
        f"schema = {quoted(CODES_SCHEMA)}",
        "",
        "[secrets]",
        *(f"{person} = {quoted(secret)}" for person, secret in sorted(trust.codes.items())),
    ]
    return ("\n".join(lines) + "\n").encode()


def _codes_table(codes: bytes) -> Table:
    table = read_table(CODES, codes, {"schema", "secrets"})
    if table.text("schema") != CODES_SCHEMA:
        raise table.fault("schema", f"The schema is not {CODES_SCHEMA}.")
    return table.table("secrets")


def _checked(trust: Trust, approvers: Table | None = None, codes: Table | None = None) -> Trust:
    """The trust with its codes, once nothing in it makes two persons one."""
    _check_approvers(trust, approvers or Table(APPROVERS, {}))
    if codes is not None:
        secrets = {_person_named(codes, name): codes.text(name) for name in codes.names()}
        trust = replace(trust, codes=secrets, knows_codes=True)
    _check_codes(trust, codes or Table(CODES, {}))
    return trust


def _check_approvers(trust: Trust, here: Table) -> None:
    if _NAME.fullmatch(trust.rp_id) is None:
        raise here.fault("rp_id", f"{trust.rp_id!r} is not a host name in lower case.")
    if not trust.origins:
        raise here.fault("origins", "No origin is named, so that no page could ask for an approval.")
    for origin in trust.origins:
        if not _belongs(origin, trust.rp_id):
            raise here.fault("origins", f"{origin!r} is not an https origin under {trust.rp_id}.")
    passkeys = [one for _person, one in _in_order(trust.passkeys)]
    if not all(f"{one.label}{one.enrolled_by}".isprintable() for one in passkeys):
        raise here.fault("passkeys", "A passkey's label must be one line of text.")
    # One key under two names would let one person be two approvers, or approve their own wish.
    for distinct in ({one.credential_id for one in passkeys}, {one.public_key for one in passkeys}):
        if len(distinct) < len(passkeys):
            raise here.fault("passkeys", "One passkey is enrolled twice.")

    signers = [one for _person, one in _signers(trust.signing_keys)]
    if not all(f"{one.label}{one.enrolled_by}".isprintable() for one in signers):
        raise here.fault("signing_keys", "A signing key's label must be one line of text.")
    if len({one.key for one in signers}) < len(signers):
        raise here.fault("signing_keys", "One signing key is enrolled twice.")


def _check_codes(trust: Trust, here: Table) -> None:
    owners: dict[bytes, PersonId] = {}
    for person, text in trust.codes.items():
        secret = _secret(text)
        if secret is None:
            raise here.fault(person, f"The secret of {person} is not base 32, or shorter than 128 bits.")
        if owners.setdefault(secret, person) != person:
            raise here.fault(person, f"{person} and {owners[secret]} have one secret for their codes.")


def _belongs(origin: str, rp_id: str) -> bool:
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    plain = f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")
    # Browsers treat localhost as a secure context without TLS; nowhere else is plain http accepted.
    secure = parts.scheme == "https" or (parts.scheme == "http" and host == "localhost")
    return secure and origin == plain and (host == rp_id or host.endswith(f".{rp_id}"))


def _enrolled_at(entry: Table) -> datetime:
    try:
        return instant_of(entry.text("enrolled_at"))
    except ValueError as error:
        raise entry.fault("enrolled_at", f"The instant is not in UTC with a Z: {error}.") from error


def _signing_key(entry: Table) -> SigningKey:
    key = entry.text("key")
    if _SSH_KEY.fullmatch(key) is None:
        raise entry.fault("key", "The key is not an OpenSSH public key without its comment.")
    return SigningKey(key, entry.text("label"), _enrolled_at(entry), entry.text("enrolled_by"))


def _passkey(entry: Table) -> Passkey:
    return Passkey(
        credential_id=_bytes(entry, "credential_id"),
        public_key=_bytes(entry, "public_key"),
        label=entry.text("label"),
        enrolled_at=_enrolled_at(entry),
        enrolled_by=entry.text("enrolled_by"),
        backup_eligible=entry.flag("backup_eligible"),
    )


def _document(passkey: Passkey) -> dict[str, str | bool]:
    return {
        "credential_id": _base64url(passkey.credential_id),
        "public_key": _base64url(passkey.public_key),
        "label": passkey.label,
        "enrolled_at": instant_text(passkey.enrolled_at),
        "enrolled_by": passkey.enrolled_by,
        "backup_eligible": passkey.backup_eligible,
    }


def _signer(key: SigningKey) -> dict[str, str]:
    return {
        "key": key.key,
        "label": key.label,
        "enrolled_at": instant_text(key.enrolled_at),
        "enrolled_by": key.enrolled_by,
    }


def _signers(keys: Mapping[PersonId, tuple[SigningKey, ...]]) -> list[tuple[PersonId, SigningKey]]:
    return [
        (person, one)
        for person in sorted(keys)
        for one in sorted(keys[person], key=lambda one: (one.enrolled_at, one.key))
    ]


def _in_order(passkeys: Mapping[PersonId, tuple[Passkey, ...]]) -> list[tuple[PersonId, Passkey]]:
    return [
        (person, one)
        for person in sorted(passkeys)
        for one in sorted(passkeys[person], key=lambda one: (one.enrolled_at, one.credential_id))
    ]


def _person(entry: Table) -> PersonId:
    name = entry.text("person")
    if not is_word(name):
        raise entry.fault("person", f"{name!r} is not a person's id in the charter.")
    return PersonId(name)


def _person_named(codes: Table, name: str) -> PersonId:
    if not is_word(name):
        raise codes.fault(name, f"{name!r} is not a person's id in the charter.")
    return PersonId(name)


def _secret(text: str) -> bytes | None:
    try:
        secret = b32decode(text + "=" * (-len(text) % 8))
    except ValueError:
        return None
    return secret if len(secret) >= SHORTEST_SECRET_BYTES else None


def _bytes(entry: Table, name: str) -> bytes:
    text = entry.text(name)
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        data = b""
    if not data or _base64url(data) != text:
        raise entry.fault(name, f"The {name} is not base64url without padding.")
    return data


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
