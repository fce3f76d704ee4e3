"""Route by role: who may call what. A route without a row here answers nobody; a test walks them all.

A row opens the door only. Which permits, sessions and scopes are the person's business is checked
again at each object (``roles.py``), and says 404 so that nothing is learnt from the difference.
"""

from dataclasses import dataclass
from enum import StrEnum

from broker.console.roles import Role
from broker.people.tokens import Scope


class Door(StrEnum):
    """How a caller shows who they are."""

    NONE = "none"
    """Anybody: nothing here tells or does anything about the plant."""
    COOKIE = "cookie"
    """A signed-in browser."""
    TOKEN = "token"  # noqa: S105  # the name of a way in, not a secret
    """A bearer token of the API; a browser's cookie is not looked at."""


@dataclass(frozen=True, slots=True)
class Row:
    """One route's rule. ``roles``: any one of them is enough; ``None`` is everybody who is known."""

    door: Door
    roles: frozenset[Role] | None = None
    polled: bool = False
    """A page asks for this by itself, so it does not show that anybody is there."""
    scope: Scope | None = None
    """What a token must be for; every row that takes one has it."""
    foreign: bool = False
    """No page of ours sends this: its origin is not asked, because what it brings is signed."""


_ANYBODY = Row(Door.NONE)
_KNOWN = Row(Door.COOKIE)


def _page(*roles: Role, polled: bool = False) -> Row:
    return Row(Door.COOKIE, frozenset(roles), polled)


def _api(*roles: Role, scope: Scope = Scope.READ) -> Row:
    return Row(Door.TOKEN, frozenset(roles) if roles else None, scope=scope)


VENDOR, HOLDER, LEAD, AUDITOR, SHIFT = Role.VENDOR, Role.HOLDER, Role.LEAD, Role.AUDITOR, Role.SHIFT

ACCESS: dict[tuple[str, str], Row] = {
    # signin/
    ("GET", "/sign-in"): _ANYBODY,
    ("POST", "/sign-in"): _ANYBODY,
    ("POST", "/sign-in/passkey/begin"): _ANYBODY,
    ("POST", "/sign-in/passkey/finish"): _ANYBODY,
    ("POST", "/language"): _ANYBODY,
    ("POST", "/sign-in/provider"): _ANYBODY,
    ("GET", "/sign-in/provider/back"): _ANYBODY,
    ("POST", "/sign-in/provider/logout"): Row(Door.NONE, foreign=True),
    ("POST", "/sign-out"): _KNOWN,
    ("GET", "/"): _KNOWN,
    ("GET", "/passkeys"): _KNOWN,
    ("POST", "/passkeys/begin"): _KNOWN,
    ("POST", "/passkeys/finish"): _KNOWN,
    ("POST", "/passkeys/{pending}/discard"): _KNOWN,
    ("GET", "/sign-ins"): _KNOWN,
    ("POST", "/sign-ins/{browser}/end"): _KNOWN,
    ("GET", "/device"): _KNOWN,
    ("POST", "/device"): _KNOWN,
    ("POST", "/device/begin"): _KNOWN,
    ("POST", "/device/confirm"): _KNOWN,
    ("POST", "/device/refuse"): _KNOWN,
    ("GET", "/tokens"): _KNOWN,
    ("POST", "/tokens"): _KNOWN,
    ("POST", "/tokens/{token}/end"): _KNOWN,
    # requests/
    ("GET", "/request"): _page(VENDOR),
    ("POST", "/request"): _page(VENDOR),
    ("POST", "/request/review"): _page(VENDOR),
    ("POST", "/request/change"): _page(VENDOR),
    ("GET", "/company"): _page(VENDOR),
    ("POST", "/company/notice"): _page(VENDOR),
    # permits/
    ("GET", "/queue"): _page(HOLDER),
    ("GET", "/queue/rows"): _page(HOLDER, polled=True),
    ("GET", "/permits"): _page(VENDOR, HOLDER, AUDITOR, SHIFT),
    ("GET", "/permits/{permit}/state"): _page(VENDOR, polled=True),
    ("GET", "/permits/{permit}"): _page(VENDOR, HOLDER, AUDITOR, SHIFT),
    # the shift may break the glass, and nothing else, by these
    ("POST", "/permits/{permit}/approve/begin"): _page(HOLDER, SHIFT),
    ("POST", "/permits/{permit}/approve/passkey"): _page(HOLDER, SHIFT),
    ("POST", "/permits/{permit}/approve/code"): _page(HOLDER, SHIFT),
    ("POST", "/permits/{permit}/refuse"): _page(HOLDER),
    ("POST", "/permits/{permit}/narrow"): _page(HOLDER),
    ("POST", "/permits/{permit}/revoke"): _page(HOLDER),
    ("POST", "/permits/{permit}/withdraw"): _page(VENDOR),
    # browsing/: whose permit it is, is looked at again, and what opens asks the gate
    ("GET", "/permits/{permit}/terminal"): _page(VENDOR),
    ("GET", "/permits/{permit}/screen"): _page(VENDOR),
    ("GET", "/permits/{permit}/panel"): _page(VENDOR),
    ("POST", "/permits/{permit}/browse/begin"): _page(VENDOR),
    ("POST", "/permits/{permit}/browse/passkey"): _page(VENDOR),
    ("POST", "/permits/{permit}/browse/code"): _page(VENDOR),
    # calendar/
    ("GET", "/calendar"): _page(HOLDER, SHIFT, AUDITOR),
    # sessions/
    ("GET", "/sessions"): _page(HOLDER, SHIFT, AUDITOR),
    ("GET", "/sessions/live"): _page(HOLDER, SHIFT, AUDITOR, polled=True),
    ("POST", "/sessions/{session}/stop"): _page(HOLDER, SHIFT),
    ("POST", "/sessions/{session}/pause"): _page(HOLDER, SHIFT),
    ("POST", "/sessions/{session}/resume"): _page(HOLDER, SHIFT),
    ("GET", "/sessions/{session}/watch"): _page(HOLDER, SHIFT, AUDITOR),
    ("GET", "/sessions/{session}/screen"): _page(HOLDER, SHIFT, AUDITOR, polled=True),
    ("GET", "/sessions/{session}/picture"): _page(HOLDER, SHIFT, AUDITOR, polled=True),
    ("GET", "/sessions/{session}/state"): _page(HOLDER, SHIFT, AUDITOR, polled=True),
    ("GET", "/sessions/{session}/attend"): _page(HOLDER, SHIFT),
    ("POST", "/sessions/{session}/attend"): _page(HOLDER, SHIFT, polled=True),
    ("POST", "/sessions/{session}/step"): _page(HOLDER, SHIFT),
    ("POST", "/sessions/{session}/step/done"): _page(HOLDER, SHIFT),
    # plant/
    ("GET", "/plant"): _page(SHIFT, LEAD, HOLDER, AUDITOR),
    ("POST", "/plant/isolate/confirm"): _page(SHIFT, LEAD),
    ("POST", "/plant/isolate"): _page(SHIFT, LEAD),
    ("POST", "/plant/restore"): _page(SHIFT, LEAD),
    ("POST", "/plant/agree"): _page(HOLDER),
    ("POST", "/plant/states"): _page(SHIFT, LEAD),
    ("POST", "/plant/break-glass/{permit}/review"): _page(HOLDER, AUDITOR),
    ("POST", "/plant/break-glass/{permit}/review/begin"): _page(HOLDER, AUDITOR),
    ("POST", "/plant/break-glass/{permit}/review/passkey"): _page(HOLDER, AUDITOR),
    # charter/
    ("GET", "/charter"): _page(HOLDER, AUDITOR),
    ("GET", "/charter/impact"): _page(HOLDER, AUDITOR, polled=True),
    ("POST", "/charter/sign/begin"): _page(HOLDER),
    ("POST", "/charter/sign/passkey"): _page(HOLDER),
    # vendors/
    ("GET", "/register"): _ANYBODY,
    ("POST", "/register"): _ANYBODY,
    ("GET", "/register/{link}"): _ANYBODY,
    ("GET", "/applications"): _page(HOLDER),
    ("POST", "/applications/invite"): _page(HOLDER),
    ("POST", "/applications/{application}/refuse"): _page(HOLDER),
    ("POST", "/applications/{application}/take"): _page(HOLDER),
    ("GET", "/applications/{application}/draft"): _page(HOLDER),
    # told/
    ("GET", "/told"): _KNOWN,
    ("GET", "/told/choices"): _KNOWN,
    ("POST", "/told/choices"): _KNOWN,
    ("POST", "/told/test"): _KNOWN,
    ("POST", "/told/browsers"): _KNOWN,
    ("POST", "/told/browsers/{browser}/end"): _KNOWN,
    # standing/
    ("GET", "/standing"): _page(VENDOR, HOLDER, SHIFT, AUDITOR),
    ("POST", "/standing"): _page(HOLDER),
    ("POST", "/standing/{template}/sign/begin"): _page(HOLDER),
    ("POST", "/standing/{template}/sign/passkey"): _page(HOLDER),
    ("POST", "/standing/{template}/end"): _page(HOLDER, SHIFT, LEAD),
    # files/: whose business one is, and who may release or refuse it, is looked at again
    ("GET", "/files"): _page(VENDOR, HOLDER, AUDITOR),
    ("GET", "/files/{file}"): _page(VENDOR, HOLDER, AUDITOR),
    ("POST", "/files/{file}/release/begin"): _page(HOLDER),
    ("POST", "/files/{file}/release/passkey"): _page(HOLDER),
    ("POST", "/files/{file}/refuse"): _page(HOLDER),
    # voids/
    ("GET", "/voids"): _page(HOLDER, AUDITOR),
    ("POST", "/voids/attest"): _page(HOLDER),
    ("POST", "/voids/attest/begin"): _page(HOLDER),
    ("POST", "/voids/attest/passkey"): _page(HOLDER),
    ("GET", "/voids.csv"): _page(HOLDER, AUDITOR),
    ("GET", "/voids.json"): _page(HOLDER, AUDITOR),
    # assurance/
    ("GET", "/assurance"): _page(HOLDER, AUDITOR),
    ("GET", "/assurance/controls/{control}"): _page(HOLDER, AUDITOR),
    ("GET", "/assurance/board"): _page(HOLDER, AUDITOR),
    ("GET", "/assurance/oscal"): _page(AUDITOR),
    # zonemap/
    ("GET", "/map"): _page(HOLDER, SHIFT, LEAD, AUDITOR),
    ("GET", "/map/now"): _page(HOLDER, SHIFT, LEAD, AUDITOR, polled=True),
    # evidence/
    ("GET", "/evidence"): _page(AUDITOR),
    ("GET", "/evidence/standing"): _page(AUDITOR, HOLDER, LEAD, SHIFT),
    ("GET", "/evidence/standing/now"): _page(AUDITOR, HOLDER, LEAD, SHIFT, polled=True),
    ("GET", "/retention"): _page(AUDITOR, HOLDER),
    ("POST", "/retention/sign/begin"): _page(AUDITOR, HOLDER),
    ("POST", "/retention/sign/passkey"): _page(AUDITOR, HOLDER),
    ("GET", "/permits/{permit}/custody"): _page(VENDOR, HOLDER, AUDITOR, SHIFT),
    ("GET", "/reviews"): _page(HOLDER, LEAD, AUDITOR),
    # whose business the permit is, and who may review, is looked at again
    ("GET", "/permits/{permit}/story"): _page(HOLDER, AUDITOR, SHIFT),
    ("POST", "/permits/{permit}/sessions/{session}/review"): _page(HOLDER, AUDITOR, SHIFT),
    ("GET", "/evidence/sessions/{session}"): _page(AUDITOR),
    ("GET", "/evidence/sessions/{session}/replay/{channel}"): _page(AUDITOR),
    ("GET", "/evidence/sessions/{session}/cast/{channel}"): _page(AUDITOR),
    ("POST", "/evidence/sessions/{session}/verify"): _page(AUDITOR),
    ("GET", "/evidence/sessions/{session}/case-file"): _page(AUDITOR),
    ("GET", "/evidence/sessions/{session}/transactions"): _page(AUDITOR),
    ("GET", "/evidence/sessions/{session}/transactions.csv"): _page(AUDITOR),
    ("GET", "/evidence/sessions/{session}/capture/{channel}"): _page(AUDITOR),
    ("GET", "/evidence/sessions/{session}/screen/{screen}"): _page(AUDITOR),
    ("GET", "/evidence/sessions/{session}/screen/{screen}/stream"): _page(AUDITOR),
    # api/
    ("GET", "/api/v1/openapi.json"): _ANYBODY,
    ("GET", "/api/v1/refusals"): _ANYBODY,
    ("GET", "/api/v1/me"): _api(),
    ("GET", "/api/v1/me/tokens"): _api(),
    ("DELETE", "/api/v1/me/tokens/{key}"): _api(scope=Scope.SELF),
    ("GET", "/api/v1/me/passkeys"): _api(),
    ("GET", "/api/v1/me/sign-ins"): _api(),
    ("DELETE", "/api/v1/me/sign-ins/{key}"): _api(scope=Scope.SELF),
    ("GET", "/api/v1/permits"): _api(VENDOR, HOLDER, AUDITOR, SHIFT),
    ("POST", "/api/v1/permits"): _api(VENDOR, scope=Scope.ASK),
    ("POST", "/api/v1/permits/explain"): _api(VENDOR, scope=Scope.ASK),
    ("GET", "/api/v1/permits/{permit}"): _api(VENDOR, HOLDER, AUDITOR, SHIFT),
    ("GET", "/api/v1/permits/{permit}/shown"): _api(VENDOR, HOLDER, AUDITOR, SHIFT),
    ("GET", "/api/v1/permits/{permit}/proofs"): _api(HOLDER, AUDITOR),
    ("POST", "/api/v1/permits/{permit}/approve"): _api(HOLDER, SHIFT, scope=Scope.DECIDE),
    ("POST", "/api/v1/permits/{permit}/bundle"): _api(HOLDER, scope=Scope.DECIDE),
    ("POST", "/api/v1/permits/{permit}/answer"): _api(HOLDER, scope=Scope.DECIDE),
    ("POST", "/api/v1/permits/{permit}/narrow"): _api(HOLDER, scope=Scope.DECIDE),
    ("POST", "/api/v1/permits/{permit}/refuse"): _api(HOLDER, scope=Scope.DECIDE),
    ("POST", "/api/v1/permits/{permit}/revoke"): _api(HOLDER, scope=Scope.DECIDE),
    ("POST", "/api/v1/permits/{permit}/withdraw"): _api(VENDOR, scope=Scope.ASK),
    ("GET", "/api/v1/break-glass"): _api(HOLDER, SHIFT, AUDITOR),
    ("POST", "/api/v1/break-glass/{permit}/review"): _api(HOLDER, AUDITOR, scope=Scope.DECIDE),
    ("POST", "/api/v1/break-glass/{permit}/statement"): _api(HOLDER, AUDITOR, scope=Scope.DECIDE),
    ("POST", "/api/v1/break-glass/{permit}/signed"): _api(HOLDER, AUDITOR, scope=Scope.DECIDE),
    ("GET", "/api/v1/sessions"): _api(HOLDER, SHIFT, AUDITOR),
    ("GET", "/api/v1/sessions/live"): _api(HOLDER, SHIFT, AUDITOR),
    ("GET", "/api/v1/sessions/{session}"): _api(HOLDER, SHIFT, AUDITOR),
    ("GET", "/api/v1/sessions/{session}/screen"): _api(HOLDER, SHIFT, AUDITOR),
    ("POST", "/api/v1/sessions/{session}/stop"): _api(HOLDER, SHIFT, scope=Scope.STOP),
    ("POST", "/api/v1/sessions/{session}/pause"): _api(HOLDER, SHIFT, scope=Scope.STOP),
    ("POST", "/api/v1/sessions/{session}/resume"): _api(HOLDER, SHIFT, scope=Scope.STOP),
    ("GET", "/api/v1/zones"): _api(SHIFT, LEAD, HOLDER, AUDITOR),
    ("PUT", "/api/v1/zones/{zone}/state"): _api(SHIFT, LEAD, scope=Scope.PLANT),
    ("GET", "/api/v1/isolations"): _api(SHIFT, LEAD, HOLDER, AUDITOR),
    ("POST", "/api/v1/isolations"): _api(SHIFT, LEAD, scope=Scope.PLANT),
    ("POST", "/api/v1/isolations/restore"): _api(SHIFT, LEAD, scope=Scope.PLANT),
    ("POST", "/api/v1/isolations/agree"): _api(HOLDER, scope=Scope.DECIDE),
    ("GET", "/api/v1/map"): _api(SHIFT, LEAD, HOLDER, AUDITOR),
    ("GET", "/api/v1/calendar"): _api(VENDOR, HOLDER, AUDITOR, SHIFT),
    ("GET", "/api/v1/charter"): _api(HOLDER, AUDITOR),
    ("GET", "/api/v1/charter/proposed"): _api(HOLDER, AUDITOR),
    ("GET", "/api/v1/charter/versions"): _api(HOLDER, AUDITOR),
    ("GET", "/api/v1/voids"): _api(HOLDER, AUDITOR),
    ("GET", "/api/v1/workarounds"): _api(HOLDER, AUDITOR),
    ("GET", "/api/v1/assurance"): _api(HOLDER, AUDITOR),
    ("GET", "/api/v1/assurance/board"): _api(HOLDER, AUDITOR),
    ("GET", "/api/v1/denials"): _api(HOLDER, AUDITOR),
    ("GET", "/api/v1/attestations"): _api(HOLDER, AUDITOR),
    ("POST", "/api/v1/attestations"): _api(HOLDER, scope=Scope.DECIDE),
    ("GET", "/api/v1/notices"): _api(),
    ("GET", "/api/v1/notices/choices"): _api(),
    ("PUT", "/api/v1/notices/choices"): _api(scope=Scope.SELF),
    ("POST", "/api/v1/notices/test"): _api(scope=Scope.SELF),
    ("GET", "/api/v1/standing"): _api(VENDOR, HOLDER, SHIFT, AUDITOR),
    ("POST", "/api/v1/standing/{template}/end"): _api(HOLDER, SHIFT, LEAD, scope=Scope.DECIDE),
    ("GET", "/api/v1/applications"): _api(HOLDER),
    ("POST", "/api/v1/applications/{application}/refuse"): _api(HOLDER, scope=Scope.DECIDE),
    ("POST", "/api/v1/applications/{application}/take"): _api(HOLDER, scope=Scope.DECIDE),
    ("GET", "/api/v1/applications/{application}/draft"): _api(HOLDER),
    ("GET", "/api/v1/company"): _api(VENDOR),
    ("POST", "/api/v1/company/notices"): _api(VENDOR, scope=Scope.ASK),
    ("GET", "/api/v1/evidence/standing"): _api(AUDITOR, HOLDER, LEAD, SHIFT),
    ("GET", "/api/v1/evidence/recordings"): _api(AUDITOR, scope=Scope.EVIDENCE),
    ("GET", "/api/v1/evidence/reviews"): _api(HOLDER, LEAD, AUDITOR),
    ("POST", "/api/v1/evidence/sessions/{session}/review"): _api(HOLDER, AUDITOR, SHIFT, scope=Scope.DECIDE),
    ("GET", "/api/v1/evidence/sessions"): _api(AUDITOR, scope=Scope.EVIDENCE),
    ("GET", "/api/v1/evidence/sessions/{session}"): _api(AUDITOR, scope=Scope.EVIDENCE),
    ("GET", "/api/v1/evidence/sessions/{session}/casts/{channel}"): _api(AUDITOR, scope=Scope.EVIDENCE),
    ("GET", "/api/v1/evidence/sessions/{session}/verification"): _api(AUDITOR, scope=Scope.EVIDENCE),
    ("GET", "/api/v1/evidence/sessions/{session}/case-file"): _api(AUDITOR, scope=Scope.EVIDENCE),
    # whose permit it was, or whose boundary, is looked at again
    ("GET", "/api/v1/evidence/sessions/{session}/files"): _api(AUDITOR, scope=Scope.EVIDENCE),
    ("GET", "/api/v1/evidence/sessions/{session}/custody"): _api(
        HOLDER, SHIFT, AUDITOR, scope=Scope.EVIDENCE
    ),
    ("GET", "/api/v1/files"): _api(VENDOR, HOLDER, AUDITOR),
    ("GET", "/api/v1/files/{file}"): _api(VENDOR, HOLDER, AUDITOR),
    ("POST", "/api/v1/files/{file}/statement"): _api(HOLDER, scope=Scope.DECIDE),
    ("POST", "/api/v1/files/{file}/signed"): _api(HOLDER, scope=Scope.DECIDE),
    ("POST", "/api/v1/files/{file}/refuse"): _api(HOLDER, scope=Scope.DECIDE),
    ("GET", "/api/v1/retention"): _api(AUDITOR, HOLDER, scope=Scope.EVIDENCE),
    ("GET", "/api/v1/retention/standing"): _api(AUDITOR, HOLDER, scope=Scope.EVIDENCE),
    ("POST", "/api/v1/retention/statement"): _api(AUDITOR, HOLDER, scope=Scope.DECIDE),
    ("POST", "/api/v1/retention/signed"): _api(AUDITOR, HOLDER, scope=Scope.DECIDE),
    ("GET", "/api/v1/events"): _api(AUDITOR, scope=Scope.EVIDENCE),
    ("GET", "/api/v1/checkpoint"): _api(AUDITOR, scope=Scope.EVIDENCE),
    ("GET", "/ledger/checkpoint"): _ANYBODY,
    ("GET", "/ledger/tile/{path:path}"): _ANYBODY,
    ("GET", "/ledger/tile/entries/{path:path}"): _api(AUDITOR, scope=Scope.EVIDENCE),
    # scim/: of whom, is looked at again
    ("GET", "/scim/v2/ServiceProviderConfig"): _api(HOLDER, scope=Scope.DIRECTORY),
    ("GET", "/scim/v2/Users"): _api(HOLDER, scope=Scope.DIRECTORY),
    ("POST", "/scim/v2/Users"): _api(HOLDER, scope=Scope.DIRECTORY),
    ("GET", "/scim/v2/Users/{user_id}"): _api(HOLDER, scope=Scope.DIRECTORY),
    ("PATCH", "/scim/v2/Users/{user_id}"): _api(HOLDER, scope=Scope.DIRECTORY),
    ("PUT", "/scim/v2/Users/{user_id}"): _api(HOLDER, scope=Scope.DIRECTORY),
    ("DELETE", "/scim/v2/Users/{user_id}"): _api(HOLDER, scope=Scope.DIRECTORY),
    ("GET", "/livez"): _ANYBODY,
    ("GET", "/readyz"): _ANYBODY,
    ("GET", "/metrics"): _ANYBODY,
    ("GET", "/static"): _ANYBODY,
}

SOCKETS: dict[str, frozenset[Role]] = {
    "/permits/{permit}/terminal/socket": frozenset({VENDOR}),
    "/permits/{permit}/screen/socket": frozenset({VENDOR}),
    "/permits/{permit}/panel/socket": frozenset({VENDOR}),
}
"""The WebSockets, each with who may open it. A browser's cookie alone opens none (``browsing/entry.py``)."""
