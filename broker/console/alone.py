"""What somebody may do whom only the identity provider has signed in.

They read what their role reads, take away (stop, pause, isolate, refuse, revoke), ask, and sign: for each signature
brings a proof of its own. What would let more through on their bare word (releasing an isolation, another
operating state, resuming a session, attending one) waits for a sign-in at the plant: whoever captured the
provider opens nothing. A route that is not named here is not for them.
"""

from broker.console.refusals import RefusalError
from broker.people.provider_sign_ins import FACTOR
from broker.people.sessions import SignedInBrowser
from domain.said import say

ALONE: frozenset[tuple[str, str]] = frozenset(
    ("POST", path)
    for path in (
        # their own sign-in, and proposals that others decide on
        "/sign-out",
        "/passkeys/begin",
        "/passkeys/finish",
        "/passkeys/{pending}/discard",
        "/sign-ins/{browser}/end",
        "/tokens/{token}/end",
        "/told/choices",
        "/told/test",
        "/told/browsers",
        "/told/browsers/{browser}/end",
        "/request",
        "/request/change",
        "/request/review",
        # they only take away
        "/device/refuse",
        "/company/notice",
        "/permits/{permit}/refuse",
        "/permits/{permit}/narrow",
        "/permits/{permit}/revoke",
        "/permits/{permit}/withdraw",
        "/sessions/{session}/stop",
        "/sessions/{session}/pause",
        "/sessions/{session}/step/done",
        "/plant/isolate/confirm",
        "/plant/isolate",
        "/applications/{application}/refuse",
        "/standing/{template}/end",
        # each with a passkey's signature, or a one-time code that is spent on exactly this
        "/tokens",
        "/permits/{permit}/approve/begin",
        "/permits/{permit}/approve/passkey",
        "/permits/{permit}/approve/code",
        "/permits/{permit}/browse/begin",
        "/permits/{permit}/browse/passkey",
        "/permits/{permit}/browse/code",
        "/sessions/{session}/step",
        "/plant/agree",
        "/plant/break-glass/{permit}/review",
        "/plant/break-glass/{permit}/review/begin",
        "/plant/break-glass/{permit}/review/passkey",
        "/charter/sign/begin",
        "/charter/sign/passkey",
        "/standing/{template}/sign/begin",
        "/standing/{template}/sign/passkey",
        "/voids/attest",
        "/voids/attest/begin",
        "/voids/attest/passkey",
        "/device/begin",
        "/device/confirm",
        # it only looks
        "/device",
        "/evidence/sessions/{session}/verify",
    )
)


def vouched_for(browser: SignedInBrowser | None) -> bool:
    """Whether nobody but the identity provider says who sits there."""
    return browser is not None and set(browser.factors) == {FACTOR}


def local_sign_in_needed() -> RefusalError:
    """The no, and what to do."""
    return RefusalError(
        403,
        "local_sign_in_needed",
        say("The identity provider's word alone is not enough for this."),
        say("Sign in here as well, by passkey or by password and code; then repeat it."),
    )
