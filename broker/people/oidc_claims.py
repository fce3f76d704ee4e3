"""What a token of the identity provider must say to be believed. Pure: a token, a key and an instant in, or a no.

OpenID Connect Core 1.0 section 3.1.3.7 for ID tokens, OpenID Connect Back-Channel Logout 1.0 section 2.6 for
logout tokens. Signatures and claims are read by Authlib and joserfc; what they leave to the caller is here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, JoseError, MissingClaimError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from broker.people.proven import LoggedOut, Proven
from domain.errors import ProofError
from domain.parties import Binding
from policies.issuers import is_subject

LONGEST_TOKEN = 16_384
LONGEST_ID = 255
"""Characters of a ``sid`` or a ``jti``: what is longer is none that we would keep."""

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_TYPES = frozenset({"logout+jwt", "application/logout+jwt", "jwt"})
"""The last for providers from before typing was asked for (Back-Channel Logout 1.0 section 2.4)."""

LONGEST_LOGOUT_S = 300
"""How old a logout token may be. Two minutes are recommended; a provider that tries again has some more."""

LEAST_RSA_BITS = 2048  # RFC 7518 section 3.3

_CODES = {
    "iss": "oidc_issuer",
    "aud": "oidc_audience",
    "azp": "oidc_party",
    "nonce": "oidc_nonce",
    "exp": "oidc_expired",
    "iat": "oidc_clock",
    "nbf": "oidc_clock",
    "at_hash": "oidc_hash",
}
_SAYS = {
    "oidc_issuer": "This sign-in was issued by another identity provider.",
    "oidc_audience": "This sign-in was issued for something else than this console.",
    "oidc_party": "This sign-in was issued to another party.",
    "oidc_nonce": "This sign-in belongs to another attempt.",
    "oidc_expired": "This sign-in has expired.",
    "oidc_clock": "The identity provider's clock and this node's do not agree.",
    "oidc_hash": "The parts of this sign-in do not belong together.",
}
_MEND = {"oidc_clock": "Have the clocks compared: `penstock doctor` shows this node's."}


@dataclass(frozen=True, slots=True)
class Demands:
    """What the settings ask of the provider."""

    issuer: str
    client_id: str
    algorithms: tuple[str, ...] = ("RS256",)
    acr_values: tuple[str, ...] = ()
    amr: tuple[str, ...] = ()
    longest_age_s: int = 0
    clock_skew_s: int = 30


def refusal(code: str, sentence: str, remedy: str = "Begin again at the sign-in page.") -> ProofError:
    """A no to something that the provider, or somebody in its name, said."""
    return ProofError(sentence, code=code, remedy=remedy)


def id_token(
    token: str, keys: KeySet, demands: Demands, *, nonce: str, access_token: str, now_s: int
) -> Proven:
    """Whom ``token`` proves to have signed in for exactly this attempt; ProofError with a stable code else."""
    header, claims = _verified(token, keys, demands)
    if str(header.get("typ", "JWT")).lower() in LOGOUT_TYPES - {"jwt"}:
        raise refusal("oidc_not_understood", "This is not a token that signs anybody in.")
    _times(claims)
    options = {
        "iss": {"essential": True, "value": demands.issuer},
        "aud": {"essential": True, "value": demands.client_id},
    }
    checked = CodeIDToken(
        claims,
        header,
        options,
        {
            "nonce": nonce,
            "client_id": demands.client_id,
            "access_token": access_token,
            "max_age": demands.longest_age_s,
        },
    )
    try:
        checked.validate(now_s, demands.clock_skew_s)
    except JoseError as error:
        raise _said(error) from error
    subject = claims.get("sub")
    if not isinstance(subject, str) or not is_subject(subject):
        raise refusal("oidc_subject", "The identity provider names nobody who can be known here.")
    _strong(claims, demands, now_s)
    amr = claims.get("amr")
    return Proven(
        Binding(demands.issuer, subject),
        sid=_id(claims, "sid"),
        acr=_id(claims, "acr"),
        amr=tuple(str(one) for one in amr) if isinstance(amr, list) else (),
    )


def logout_token(token: str, keys: KeySet, demands: Demands, *, now_s: int) -> LoggedOut:
    """Whose session ``token`` ends; ProofError with a stable code for whatever is no such token."""
    header, claims = _verified(token, keys, demands)
    if str(header.get("typ", "JWT")).lower() not in LOGOUT_TYPES:
        raise refusal("oidc_not_understood", "This is not a logout token.")
    _times(claims)
    wanted = jwt.JWTClaimsRegistry(
        now_s,
        demands.clock_skew_s,
        iss={"essential": True, "value": demands.issuer},
        aud={"essential": True, "value": demands.client_id},
        iat={"essential": True},
        exp={"essential": True},
        jti={"essential": True},
    )
    try:
        wanted.validate(claims)
    except JoseError as error:
        raise _said(error) from error
    events, subject, sid, jti = (
        claims.get("events"),
        _id(claims, "sub"),
        _id(claims, "sid"),
        _id(claims, "jti"),
    )
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise refusal("oidc_events", "This token does not say that somebody was signed out.")
    if "nonce" in claims:
        raise refusal("oidc_nonce", "A logout token has no nonce: this one is meant for something else.")
    if not (subject or sid) or not jti:
        raise refusal("oidc_subject", "This logout token names nobody.")
    issued = claims["iat"]
    assert isinstance(issued, int | float)
    oldest = int(issued) + LONGEST_LOGOUT_S + demands.clock_skew_s
    if now_s >= oldest:
        raise refusal("oidc_expired", "This logout token is too old.")
    return LoggedOut(demands.issuer, subject, sid, jti, oldest)


def key_id(token: str, demands: Demands) -> str | None:
    """Which key the token says it was signed with; ProofError where that is none that counts, before any is fetched."""
    if len(token) > LONGEST_TOKEN or token.count(".") != 2:
        raise refusal("oidc_not_understood", "The identity provider's answer holds no signed token.")
    try:
        header = jws.extract_compact(token.encode("ascii"), registry=_registry(demands)).headers()
    except (JoseError, ValueError) as error:
        raise refusal("oidc_not_understood", "The identity provider's token can't be read.") from error
    if header.get("alg") not in demands.algorithms:
        raise refusal(
            "oidc_algorithm",
            "The identity provider's token is signed in a way that is not accepted.",
            "The plant names what is: `oidc.algorithms` in its settings.",
        )
    kid = header.get("kid")
    return kid if isinstance(kid, str) else None


def key_set(document: Mapping[str, object]) -> KeySet:
    """The provider's keys that may sign at all; ProofError when there is none. A shared secret is never one."""
    found = document.get("keys")
    listed: Sequence[object] = found if isinstance(found, list) else ()
    keys = [key for one in listed[:MOST_KEYS] if (key := _key(one)) is not None]
    if not keys:
        raise refusal(
            "oidc_no_key", "The identity provider shows no key that could be used.", "Try again later."
        )
    return KeySet(list(keys))


MOST_KEYS = 32


def _key(one: object) -> RSAKey | ECKey | OKPKey | None:
    kinds: Mapping[object, type[RSAKey | ECKey | OKPKey]] = {
        "RSA": RSAKey,
        "EC": ECKey,
        "OKP": OKPKey,
    }
    if not isinstance(one, dict) or one.get("kty") not in kinds or one.get("use", "sig") != "sig":
        return None
    public = {
        name: value for name, value in one.items() if name not in {"d", "p", "q", "dp", "dq", "qi", "oth"}
    }
    try:
        key = kinds[one["kty"]].import_key(public)
        if isinstance(key, RSAKey) and key.raw_value.key_size < LEAST_RSA_BITS:
            return None
    except (JoseError, ValueError, TypeError):
        return None
    return key


def _verified(token: str, keys: KeySet, demands: Demands) -> tuple[Mapping[str, object], dict[str, object]]:
    key_id(token, demands)
    try:
        read = jwt.decode(token, keys, registry=_registry(demands))
    except UnsupportedAlgorithmError as error:
        raise refusal("oidc_algorithm", "The token is signed in a way that is not accepted.") from error
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise refusal("oidc_signature", "The identity provider's signature does not verify.") from error
    return read.header, dict(read.claims)


def _registry(demands: Demands) -> jws.JWSRegistry:
    """What may sign; a header may carry a certificate's chain, which nobody looks at."""
    accepted = jws.JWSRegistry(algorithms=list(demands.algorithms), strict_check_header=False)
    accepted.max_header_length = LONGEST_TOKEN
    return accepted


def _times(claims: Mapping[str, object]) -> None:
    """Instants are whole or broken numbers, never claims that merely count as such."""
    for name in ("exp", "iat", "nbf", "auth_time"):
        value = claims.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise refusal("oidc_not_understood", f"The token's `{name}` is no instant.")
        if isinstance(value, float) and not -1e12 < value < 1e12:
            raise refusal("oidc_not_understood", f"The token's `{name}` is no instant.")


def _strong(claims: Mapping[str, object], demands: Demands, now_s: int) -> None:
    """What the settings ask of how somebody signed in over there."""
    if demands.acr_values and claims.get("acr") not in demands.acr_values:
        raise refusal(
            "oidc_acr",
            "The way you signed in at the identity provider is not strong enough for this plant.",
            "Sign in there with what the plant asks for, or here by passkey.",
        )
    used = claims.get("amr")
    if any(one not in (used if isinstance(used, list) else ()) for one in demands.amr):
        raise refusal(
            "oidc_amr",
            f"This plant asks for more than you signed in with: {', '.join(demands.amr)}.",
            "Sign in at the identity provider with that, or here by passkey.",
        )
    since = claims.get("auth_time")
    if demands.longest_age_s and (
        not isinstance(since, int | float) or now_s - since > demands.longest_age_s + demands.clock_skew_s
    ):
        raise refusal(
            "oidc_too_old", "You signed in at the identity provider too long ago.", "Sign in there again."
        )


def _id(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name, "")
    return value if isinstance(value, str) and len(value) <= LONGEST_ID and value.isprintable() else ""


def _said(error: JoseError) -> ProofError:
    name = str(getattr(error, "claim", "") or "").partition(",")[0]
    if isinstance(error, ExpiredTokenError):
        name = "exp"
    code = _CODES.get(name, "oidc_not_understood")
    if isinstance(error, MissingClaimError) and name in {"exp", "iat"}:
        code = "oidc_not_understood"
    sentence = _SAYS.get(code, f"The identity provider's token is not what it must be: {name or 'claims'}.")
    return refusal(code, sentence, _MEND.get(code, "Begin again at the sign-in page."))
