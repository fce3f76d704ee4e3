"""What the console remembers about people. None of it opens anything at the gate.

Instants are whole seconds since 1970 in UTC: SQLite forgets a time's zone. Secrets are here only
as digests: a stolen copy of these tables signs nobody in.
"""

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, Text
from sqlmodel import Field, SQLModel


class AccountRow(SQLModel, table=True):
    """A person's password, as its argon2id digest."""

    __tablename__ = "people_account"  # type: ignore[mutable-override]  # SQLModel declares it so

    person: str = Field(primary_key=True, sa_type=Text)
    password: str = Field(sa_type=Text)
    changed_at: int = Field(sa_type=BigInteger)


class ConsoleSessionRow(SQLModel, table=True):
    """One signed-in browser. ``id`` is SHA-256 of what its cookie holds."""

    __tablename__ = "people_console_session"  # type: ignore[mutable-override]  # SQLModel declares it so

    id: str = Field(primary_key=True, sa_type=Text)
    person: str = Field(index=True, sa_type=Text)
    csrf: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    factors: str = Field(sa_type=Text)
    opened_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger)


class ProviderSignInRow(SQLModel, table=True):
    """Which signed-in browser an identity provider vouched for. ``session`` is the browser's key."""

    __tablename__ = "people_provider_sign_in"  # type: ignore[mutable-override]  # SQLModel declares it so

    session: str = Field(primary_key=True, sa_type=Text)
    issuer: str = Field(sa_type=Text)
    subject: str = Field(index=True, sa_type=Text)
    sid: str = Field(sa_type=Text)
    """The provider's name for the session there; empty where it gave none."""
    opened_at: int = Field(sa_type=BigInteger)


class SpentLogoutRow(SQLModel, table=True):
    """A logout token that was taken. ``id`` is SHA-256 of its issuer and ``jti``."""

    __tablename__ = "people_spent_logout"  # type: ignore[mutable-override]  # SQLModel declares it so

    id: str = Field(primary_key=True, sa_type=Text)
    until: int = Field(sa_type=BigInteger)


class FailureRow(SQLModel, table=True):
    """Wrong attempts of late, by person as claimed (``person:ana``) or by address (``source:…``)."""

    __tablename__ = "people_failure"  # type: ignore[mutable-override]  # SQLModel declares it so

    subject: str = Field(primary_key=True, sa_type=Text)
    failures: int = Field(sa_type=BigInteger)
    last_at: int = Field(sa_type=BigInteger)


class TokenRow(SQLModel, table=True):
    """A bearer token of the API. ``id`` is SHA-256 of the token."""

    __tablename__ = "people_token"  # type: ignore[mutable-override]  # SQLModel declares it so

    id: str = Field(primary_key=True, sa_type=Text)
    person: str = Field(index=True, sa_type=Text)
    label: str = Field(sa_type=Text)
    issued_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    scopes: str = Field(sa_type=Text)
    networks: str = Field(sa_type=Text)
    """In CIDR, with blanks between; anywhere when empty."""
    used_at: int = Field(sa_type=BigInteger)
    """0 before its first use."""
    used_from: str = Field(sa_type=Text)


class PendingPasskeyRow(SQLModel, table=True):
    """A passkey that its owner registered and that the plant has not enrolled yet."""

    __tablename__ = "people_pending_passkey"  # type: ignore[mutable-override]  # SQLModel declares it so

    id: str = Field(primary_key=True, sa_type=Text)
    person: str = Field(index=True, sa_type=Text)
    credential_id: str = Field(sa_type=Text)
    public_key: str = Field(sa_type=Text)
    backup_eligible: bool = Field(sa_type=Boolean)
    fingerprint: str = Field(sa_type=Text)
    label: str = Field(sa_type=Text)
    registered_at: int = Field(sa_type=BigInteger)


class AnsweredRow(SQLModel, table=True):
    """A write of the API that came with an idempotency key, and its answer once there is one."""

    __tablename__ = "people_answered"  # type: ignore[mutable-override]  # SQLModel declares it so

    person: str = Field(primary_key=True, sa_type=Text)
    key: str = Field(primary_key=True, sa_type=Text)
    """SHA-256 of what the client sent."""
    asked: str = Field(sa_type=Text)
    """SHA-256 of method, address and body."""
    status: int = Field(sa_type=Integer)
    """0 before it was answered."""
    headers: str = Field(sa_type=Text)
    body: bytes = Field(sa_type=LargeBinary)
    begun_at: int = Field(sa_type=BigInteger, index=True)


class VendorInvitationRow(SQLModel, table=True):
    """A code by which a company may ask to be known, once. ``id`` is SHA-256 of it."""

    __tablename__ = "people_vendor_invitation"  # type: ignore[mutable-override]  # SQLModel declares it so

    id: str = Field(primary_key=True, sa_type=Text)
    by: str = Field(sa_type=Text)
    company: str = Field(sa_type=Text)
    until: int = Field(sa_type=BigInteger)
    used: bool = Field(sa_type=Boolean)


class VendorApplicationRow(SQLModel, table=True):
    """A company that asked to be known, in its own words. Nothing of it counts."""

    __tablename__ = "people_vendor_application"  # type: ignore[mutable-override]  # SQLModel declares it so

    id: str = Field(primary_key=True, sa_type=Text)
    link: str = Field(unique=True, index=True, sa_type=Text)
    """SHA-256 of the secret part of its page's address."""
    said: str = Field(sa_type=Text)
    """JSON, as ``broker.people.application`` writes it."""
    source: str = Field(sa_type=Text)
    invited_by: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    state: str = Field(index=True, sa_type=Text)
    by: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
