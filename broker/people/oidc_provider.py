"""The plant's identity provider, as the console meets it: OpenID Connect, by Authlib.

Authorization code with PKCE (RFC 7636, S256 only). Metadata and keys are fetched when first needed and kept for
a while; a key that is not known has them fetched again, at most once a minute. Nothing is asked at the start
of the console, and nothing of local sign-in waits for the provider.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc.jwk import KeySet

from broker.people import oidc_claims
from broker.people.oidc_claims import Demands, refusal
from broker.people.oidc_fetch import Bounded, document, endpoint, object_in, told_apart
from broker.people.proven import LoggedOut, Proven
from domain.clock import Clock
from domain.errors import ProofError

KEPT_FOR = timedelta(hours=1)
AGAIN_AFTER = timedelta(minutes=1)
BREATH = timedelta(seconds=5)
LONGEST_CODE = 2048
WELL_KNOWN = "/.well-known/openid-configuration"  # OpenID Connect Discovery section 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where the provider is, and how this console shows who it is."""

    demands: Demands
    name: str
    secret: str = field(repr=False)
    client_auth: str
    here: str
    """The console's own origin."""
    hosts: tuple[str, ...]
    timeout_s: float

    @property
    def callback(self) -> str:
        """Where the provider sends browsers back to."""
        return f"{self.here}/sign-in/provider/back"


@dataclass(frozen=True, slots=True)
class _Known:
    authorize: str
    token: str
    keys: str
    end_session: str
    says_iss: bool
    """Whether its answers always name it (RFC 9207)."""
    at: datetime


class Provider:
    """One provider. It may be away, slow or captured: every answer of it is checked, and none opens anything."""

    def __init__(self, place: Place, context: ssl.SSLContext, clock: Clock) -> None:
        self._place = place
        self._context = context
        self._clock = clock
        self._known: _Known | None = None
        self._keys: KeySet | None = None
        self._keys_at: datetime | None = None
        self._failed: tuple[datetime, str, str] | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def name(self) -> str:
        """What pages call it."""
        return self._place.name

    @property
    def issuer(self) -> str:
        """Its own name for itself."""
        return self._place.demands.issuer

    async def begin(self, state: str, nonce: str, verifier: str) -> str:
        """Where to send a browser that wants to sign in; ProofError while the provider can't be used."""
        known = await self._metadata()
        demands = self._place.demands
        more: dict[str, str] = {}
        if demands.acr_values:
            more["acr_values"] = " ".join(demands.acr_values)
        if demands.longest_age_s:
            more["max_age"] = str(demands.longest_age_s)
        async with self._client() as client:
            url, _state = client.create_authorization_url(
                known.authorize, state=state, code_verifier=verifier, nonce=nonce, **more
            )
        return str(url)

    async def redeem(self, answer: Mapping[str, str], *, nonce: str, verifier: str) -> Proven:
        """Whom the provider's ``answer`` (its parameters; the state is the caller's) proves to have signed in."""
        known = await self._metadata()
        said = answer.get("iss")
        if (said is not None or known.says_iss) and said != self.issuer:
            raise refusal("oidc_mix_up", "This answer comes from another identity provider.")
        if "error" in answer:
            raise refusal(
                "oidc_refused",
                "The identity provider did not sign you in.",
                "Ask whoever runs it, or sign in here by passkey.",
            )
        code = answer.get("code", "")
        if not code or len(code) > LONGEST_CODE or not code.isprintable():
            raise refusal("oidc_not_understood", "The identity provider's answer holds no code.")
        tokens = await self._tokens(known.token, code, verifier)
        token, access = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(token, str):
            raise refusal("oidc_not_understood", "The identity provider's answer names nobody.")
        return oidc_claims.id_token(
            token,
            await self._keys_for(token, known),
            self._place.demands,
            nonce=nonce,
            access_token=access if isinstance(access, str) else "",
            now_s=self._now_s(),
        )

    async def logged_out(self, token: str) -> LoggedOut:
        """Whose session a logout token ends; ProofError for anything else."""
        oidc_claims.key_id(token, self._place.demands)
        known = await self._metadata()
        keys = await self._keys_for(token, known)
        return oidc_claims.logout_token(token, keys, self._place.demands, now_s=self._now_s())

    def sign_out_url(self) -> str | None:
        """Where a browser ends its session at the provider too; None while nothing is known of that. Asks nobody."""
        if self._known is None or not self._known.end_session:
            return None
        # OpenID Connect RP-Initiated Logout 1.0 section 2. No hint: the ID token is not kept here.
        asked = {
            "client_id": self._place.demands.client_id,
            "post_logout_redirect_uri": f"{self._place.here}/sign-in",
        }
        joint = "&" if "?" in self._known.end_session else "?"
        return f"{self._known.end_session}{joint}{urlencode(asked)}"

    # -- what it asks -------------------------------------------------------------------------------

    async def _metadata(self) -> _Known:
        async with self._one_at_a_time:
            now = self._clock.now()
            if self._known is None or now - self._known.at >= KEPT_FOR:
                said = await self._fetched(self.issuer.rstrip("/") + WELL_KNOWN, "what it offers")
                self._known = self._read(said, now)
            return self._known

    def _read(self, said: Mapping[str, object], now: datetime) -> _Known:
        if said.get("issuer") != self.issuer:  # OpenID Connect Discovery section 4.3
            raise refusal("oidc_issuer", "What answers at the identity provider's address is another one.")
        methods = said.get("code_challenge_methods_supported", ["S256"])
        if not isinstance(methods, list) or "S256" not in methods:
            raise refusal(
                "oidc_no_pkce", "The identity provider can't bind a code to its browser (PKCE, S256)."
            )
        hosts = self._place.hosts
        return _Known(
            authorize=endpoint(said, "authorization_endpoint", self.issuer, hosts),
            token=endpoint(said, "token_endpoint", self.issuer, hosts),
            keys=endpoint(said, "jwks_uri", self.issuer, hosts),
            end_session=(
                endpoint(said, "end_session_endpoint", self.issuer, hosts)
                if "end_session_endpoint" in said
                else ""
            ),
            says_iss=said.get("authorization_response_iss_parameter_supported") is True,
            at=now,
        )

    async def _tokens(self, url: str, code: str, verifier: str) -> Mapping[str, object]:
        with told_apart("a token"):
            async with asyncio.timeout(self._place.timeout_s), self._client() as client:
                client.register_compliance_hook("access_token_response", _checked)
                try:
                    tokens = await client.fetch_token(
                        url,
                        grant_type="authorization_code",
                        code=code,
                        code_verifier=verifier,
                        redirect_uri=self._place.callback,
                    )
                except OAuthError as error:
                    raise refusal(
                        "oidc_code",
                        "The identity provider does not take this sign-in: it is used up, or another's.",
                    ) from error
        return dict(tokens)

    async def _keys_for(self, token: str, known: _Known) -> KeySet:
        """The provider's keys, fetched again where they are old or do not hold the one that the token names."""
        kid = oidc_claims.key_id(token, self._place.demands)
        async with self._one_at_a_time:
            now = self._clock.now()
            age = KEPT_FOR if self._keys_at is None else now - self._keys_at
            missing = self._keys is None or (kid is not None and kid not in {one.kid for one in self._keys})
            if age >= KEPT_FOR or (missing and age >= AGAIN_AFTER):
                said = await self._fetched(known.keys, "its keys")
                self._keys, self._keys_at = oidc_claims.key_set(said), now
            if self._keys is None:
                raise refusal(
                    "oidc_no_key", "The identity provider's keys are not known.", "Try again in a minute."
                )
            return self._keys

    async def _fetched(self, url: str, what: str) -> Mapping[str, object]:
        """A document of the provider. One that did not come a moment ago is not waited for again: others wait behind."""
        now = self._clock.now()
        if self._failed is not None and now - self._failed[0] < BREATH:
            raise refusal(self._failed[1], self._failed[2], "Sign in here by passkey, or in a minute.")
        try:
            async with httpx2.AsyncClient(
                transport=Bounded(self._context),
                timeout=self._place.timeout_s,
                follow_redirects=False,
                trust_env=False,
            ) as client:
                said = await document(client, url, what, self._place.timeout_s)
        except ProofError as error:
            self._failed = (now, error.code, error.fact)
            raise
        self._failed = None
        return said

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self._place.demands.client_id,
            self._place.secret,
            token_endpoint_auth_method=self._place.client_auth,
            scope="openid",
            redirect_uri=self._place.callback,
            code_challenge_method="S256",
            transport=Bounded(self._context),
            timeout=self._place.timeout_s,
            follow_redirects=False,
            trust_env=False,
        )

    def _now_s(self) -> int:
        return int(self._clock.now().timestamp())


def _checked(answer: httpx2.Response) -> httpx2.Response:
    """Only a JSON object is read any further; an error (RFC 6749 section 5.2) is one too, and Authlib raises it."""
    said = object_in(answer, (200, 400, 401))
    if answer.status_code != 200 and not isinstance(said.get("error"), str):
        raise ValueError("an error without a name")
    return answer
