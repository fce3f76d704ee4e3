"""Tokens that lie, each refused with a code of its own; nothing here listens or asks."""

import hmac
from base64 import urlsafe_b64encode
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from broker.people.oidc_claims import (
    LONGEST_LOGOUT_S,
    LONGEST_TOKEN,
    MOST_KEYS,
    id_token,
    key_id,
    key_set,
    logout_token,
)
from broker.people.proven import Proven
from domain.errors import ProofError
from domain.parties import Binding
from tests.clock import STARTS
from tests.for_each import for_each
from tests.provider.lying import CLIENT, NONCE, SUBJECT, claims, demands, logout_claims, signed, signing_key

ISSUER = "https://login.example"
NOW_S = int(STARTS.timestamp())
SKEW_S = 30


@cache
def published() -> KeySet:
    return key_set({"keys": [signing_key().as_dict(private=False)]})


def proven(token: str, at_s: int = NOW_S, keys: KeySet | None = None, **asked: Any) -> Proven:
    return id_token(
        token,
        published() if keys is None else keys,
        demands(ISSUER, **asked),
        nonce=NONCE,
        access_token="an access token",
        now_s=at_s,
    )


def code_of(token: str, at_s: int = NOW_S, keys: KeySet | None = None, **asked: Any) -> str:
    with pytest.raises(ProofError) as caught:
        proven(token, at_s, keys, **asked)
    assert caught.value.fact
    assert caught.value.remedy
    return caught.value.code


def test_a_token_that_is_right_says_who_signed_in_and_how() -> None:
    said = claims(ISSUER, acr="urn:plant:strong", amr=["pwd", "hwk"])
    assert proven(signed(said)) == Proven(
        Binding(ISSUER, SUBJECT), "sid-1", "urn:plant:strong", ("pwd", "hwk")
    )


@for_each(
    ("changes", "code"),
    [
        pytest.param({"iss": "https://evil.example"}, "oidc_issuer", id="another issuer"),
        pytest.param({"iss": ISSUER + "/"}, "oidc_issuer", id="another spelling of the issuer"),
        pytest.param({"iss": None}, "oidc_issuer", id="no issuer"),
        pytest.param({"aud": "another"}, "oidc_audience", id="for another client"),
        pytest.param({"aud": ["another"], "azp": CLIENT}, "oidc_audience", id="for others only"),
        pytest.param({"aud": None}, "oidc_audience", id="for nobody"),
        pytest.param({"aud": [CLIENT, "another"]}, "oidc_party", id="two audiences and no azp"),
        pytest.param({"aud": [CLIENT, "another"], "azp": "another"}, "oidc_party", id="azp is another"),
        pytest.param({"azp": "another"}, "oidc_party", id="azp is another, with one audience"),
        pytest.param({"nonce": "x" * 43}, "oidc_nonce", id="another attempt's nonce"),
        pytest.param({"nonce": None}, "oidc_nonce", id="no nonce"),
        pytest.param({"exp": NOW_S - SKEW_S}, "oidc_expired", id="expired"),
        pytest.param({"exp": None}, "oidc_not_understood", id="no end"),
        pytest.param({"exp": "2099"}, "oidc_not_understood", id="an end in words"),
        pytest.param({"exp": True}, "oidc_not_understood", id="an end that merely counts as one"),
        pytest.param({"exp": 1e300}, "oidc_not_understood", id="an end beyond all time"),
        pytest.param({"iat": NOW_S + SKEW_S + 1}, "oidc_clock", id="issued in the future"),
        pytest.param({"iat": None}, "oidc_not_understood", id="issued never"),
        pytest.param({"nbf": NOW_S + SKEW_S + 1}, "oidc_clock", id="not yet"),
        pytest.param({"at_hash": "AAAA"}, "oidc_hash", id="another access token"),
        pytest.param({"sub": None}, "oidc_not_understood", id="nobody"),
        pytest.param({"sub": ""}, "oidc_subject", id="an empty subject"),
        pytest.param({"sub": "x" * 256}, "oidc_subject", id="a subject that is too long"),
        pytest.param({"sub": "p\u0435tra"}, "oidc_subject", id="a letter that looks like another"),
        pytest.param({"sub": ["petra"]}, "oidc_not_understood", id="a subject of several"),
        pytest.param({"amr": "mfa"}, "oidc_not_understood", id="methods that are no list"),
    ],
)
def test_a_token_that_says_something_else_signs_nobody_in(changes: dict[str, Any], code: str) -> None:
    assert code_of(signed(claims(ISSUER, **changes))) == code


@pytest.mark.parametrize(
    ("at_s", "passes"),
    [
        pytest.param(NOW_S + 300 + SKEW_S - 1, True, id="the last second inside the skew"),
        pytest.param(NOW_S + 300 + SKEW_S, False, id="the first one outside"),
        pytest.param(NOW_S - SKEW_S, True, id="our clock as far behind as it may be"),
        pytest.param(NOW_S - SKEW_S - 1, False, id="further behind"),
    ],
)
def test_clocks_may_differ_by_the_skew_and_no_more(at_s: int, passes: bool) -> None:
    token = signed(claims(ISSUER))
    assert passes is (proven(token, at_s).sid == "sid-1" if passes else not code_of(token, at_s))


def test_several_audiences_pass_with_this_console_as_the_party() -> None:
    assert proven(signed(claims(ISSUER, aud=[CLIENT, "another"], azp=CLIENT))).binding.subject == SUBJECT


def unsigned(header: str) -> str:
    body = signed(claims(ISSUER)).split(".")[1]
    return f"{urlsafe_b64encode(header.encode()).rstrip(b'=').decode()}.{body}."


def test_a_signature_that_anybody_can_make_is_none() -> None:
    """A08: the public key taken for a shared secret, no signature at all, somebody else's key."""
    pem = signing_key().as_pem(private=False)
    head, body = unsigned('{"alg":"HS256","kid":"one"}').split(".")[:2]
    digest = hmac.digest(pem, f"{head}.{body}".encode(), "sha256")
    confused = f"{head}.{body}.{urlsafe_b64encode(digest).rstrip(b'=').decode()}"
    assert code_of(confused) == "oidc_algorithm"
    assert code_of(confused, algorithms=("RS256", "HS256")) == "oidc_signature"
    for none in ("none", "None", "nOnE"):
        assert code_of(unsigned(f'{{"alg":"{none}","kid":"one"}}')) == "oidc_algorithm"
    stranger = RSAKey.generate_key(2048, {"kid": "one"})
    assert code_of(signed(claims(ISSUER), stranger)) == "oidc_signature"
    other_kind = ECKey.generate_key("P-256", {"kid": "one"})
    assert code_of(signed(claims(ISSUER), other_kind, alg="ES256")) == "oidc_algorithm"
    assert (
        code_of(signed(claims(ISSUER), other_kind, alg="ES256"), algorithms=("RS256", "ES256"))
        == "oidc_signature"
    )


def test_a_key_that_the_token_brings_along_is_not_believed() -> None:
    stranger = RSAKey.generate_key(2048, {"kid": "two"})
    carried = signed(claims(ISSUER), stranger, jwk=stranger.as_dict(private=False))
    assert code_of(carried) == "oidc_signature"
    assert code_of(signed(claims(ISSUER), stranger, jku="https://evil.example/keys")) == "oidc_signature"
    assert code_of(signed(claims(ISSUER), crit=["b64"], b64=False)) == "oidc_signature"


def test_every_bit_of_a_token_matters() -> None:
    head, body, signature = signed(claims(ISSUER)).split(".")
    other = signed(claims(ISSUER, sub="somebody-else")).split(".")[1]
    assert code_of(f"{head}.{other}.{signature}") == "oidc_signature"
    assert code_of(f"{head}.{body}.{signature[:-4]}AAAA") == "oidc_signature"


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_whatever_comes_in_a_token_s_place_is_refused(text: str) -> None:
    for one in (text, f"{text}.{text}.{text}", f"e30.{text}.x"):
        assert code_of(one).startswith("oidc_")


def test_a_token_of_any_length_is_not_read() -> None:
    assert code_of("a" * (LONGEST_TOKEN + 1)) == "oidc_not_understood"


def test_the_settings_may_demand_how_somebody_signed_in() -> None:
    strong = signed(claims(ISSUER, acr="urn:plant:strong", amr=["pwd", "mfa"], auth_time=NOW_S - 600))
    weak = signed(claims(ISSUER, acr="urn:other", amr=["pwd"], auth_time=NOW_S - 3600))
    bare = signed(claims(ISSUER))
    asked: dict[str, Any] = {"acr_values": ("urn:plant:strong", "urn:plant:stronger")}
    assert proven(strong, **asked).acr == "urn:plant:strong"
    assert code_of(weak, **asked) == code_of(bare, **asked) == "oidc_acr"
    asked = {"amr": ("mfa", "pwd")}
    assert proven(strong, **asked).amr == ("pwd", "mfa")
    assert code_of(weak, **asked) == code_of(bare, **asked) == "oidc_amr"
    asked = {"longest_age_s": 600}
    assert proven(strong, **asked).sid
    assert code_of(weak, **asked) == "oidc_too_old"
    assert code_of(bare, **asked) == "oidc_not_understood"
    assert code_of(strong, at_s=NOW_S + SKEW_S + 1, **asked) == "oidc_too_old"


def test_only_public_keys_of_enough_bits_that_are_for_signing_are_kept() -> None:
    good = signing_key().as_dict(private=False)
    shared = OctKey.generate_key(256, {"kid": "oct"}).as_dict(private=True)
    for_secrets = good | {"kid": "enc", "use": "enc"}
    for wrong in (
        [shared],
        [for_secrets],
        [{"kty": "RSA"}],
        [7, None, "x"],
        "keys",
        None,
        [good | {"n": "AQ"}],
    ):
        with pytest.raises(ProofError) as caught:
            key_set({"keys": wrong})
        assert caught.value.code == "oidc_no_key"
    kept = key_set({"keys": [shared, for_secrets, {"kty": "new"}, good]})
    assert [one.kid for one in kept] == ["one"]
    assert not key_set({"keys": [signing_key().as_dict(private=True)]}).keys[0].is_private
    with pytest.raises(ProofError):
        key_set({"keys": [{"kty": "new"}] * MOST_KEYS + [good]})


def test_the_key_s_name_is_read_only_where_the_algorithm_counts() -> None:
    assert key_id(signed(claims(ISSUER)), demands(ISSUER)) == "one"
    nameless = unsigned('{"alg":"RS256","kid":7}') + "x"
    assert key_id(nameless, demands(ISSUER)) is None
    with pytest.raises(ProofError) as caught:
        key_id(signed(claims(ISSUER)), demands(ISSUER, algorithms=("ES256",)))
    assert caught.value.code == "oidc_algorithm"


# -- logout tokens, by OpenID Connect Back-Channel Logout 1.0 section 2.6 ---------------------------


def logged_out(said: dict[str, Any], at_s: int = NOW_S, **header: Any) -> Any:
    return logout_token(
        signed(said, **({"typ": "logout+jwt"} | header)), published(), demands(ISSUER), now_s=at_s
    )


def test_a_logout_token_names_the_session_that_ended() -> None:
    found = logged_out(logout_claims(ISSUER))
    assert (found.subject, found.sid, found.jti) == (SUBJECT, "sid-1", "jti-1")
    assert found.until_s == NOW_S + LONGEST_LOGOUT_S + SKEW_S
    assert logged_out(logout_claims(ISSUER, sid=None)).sid == ""
    assert logged_out(logout_claims(ISSUER, sub=None)).subject == ""
    assert logged_out(logout_claims(ISSUER), typ="JWT").jti == "jti-1"


@for_each(
    ("changes", "code"),
    [
        pytest.param({"iss": "https://evil.example"}, "oidc_issuer", id="another issuer"),
        pytest.param({"aud": "another"}, "oidc_audience", id="for another client"),
        pytest.param({"iat": None}, "oidc_not_understood", id="issued never"),
        pytest.param({"iat": NOW_S + SKEW_S + 1}, "oidc_clock", id="issued in the future"),
        pytest.param(
            {"iat": NOW_S - LONGEST_LOGOUT_S - SKEW_S}, "oidc_expired", id="too old, whatever its end"
        ),
        pytest.param({"exp": None}, "oidc_not_understood", id="no end"),
        pytest.param({"exp": NOW_S - SKEW_S}, "oidc_expired", id="expired"),
        pytest.param({"jti": None}, "oidc_not_understood", id="no name of its own"),
        pytest.param({"jti": "x" * 256}, "oidc_subject", id="a name that nobody would keep"),
        pytest.param({"events": None}, "oidc_events", id="no event"),
        pytest.param({"events": {"https://other.example/event": {}}}, "oidc_events", id="another event"),
        pytest.param(
            {"events": {"http://schemas.openid.net/event/backchannel-logout": 1}},
            "oidc_events",
            id="no object",
        ),
        pytest.param(
            {"events": ["http://schemas.openid.net/event/backchannel-logout"]}, "oidc_events", id="a list"
        ),
        pytest.param({"nonce": NONCE}, "oidc_nonce", id="a nonce"),
        pytest.param({"sub": None, "sid": None}, "oidc_subject", id="nobody"),
    ],
)
def test_a_logout_token_that_says_something_else_signs_nobody_out(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ProofError) as caught:
        logged_out(logout_claims(ISSUER, **changes))
    assert caught.value.code == code


def test_neither_kind_of_token_passes_for_the_other() -> None:
    with pytest.raises(ProofError) as caught:
        logged_out(claims(ISSUER, jti="jti-1"), typ="JWT")
    assert caught.value.code == "oidc_events"
    assert code_of(signed(claims(ISSUER), typ="logout+jwt")) == "oidc_not_understood"
    assert code_of(signed(logout_claims(ISSUER), typ="JWT")) == "oidc_nonce"
