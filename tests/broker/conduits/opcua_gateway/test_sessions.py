from typing import Any

import pytest
from asyncua import ua
from asyncua.crypto import uacrypto

from broker.conduits.opcua_gateway.channel import ENCRYPTED, SEALED, ChannelError, Side, built, parsed
from broker.conduits.opcua_gateway.sessions import (
    ACTIVATE,
    ACTIVATED,
    CREATE,
    CREATED,
    ENDPOINTS,
    ENDPOINTS_TOLD,
    OAEP,
    VEIL,
    Sessions,
    application,
)
from tests.broker.conduits.opcua.samples import SIGNED
from tests.broker.conduits.opcua_gateway.keys import identity

NONCE, SERVERS = b"n" * 32, b"s" * 32
TOKEN = ua.NodeId("session", 1)
URL = "opc.tcp://127.0.0.1:4999/line"


def sessions() -> Sessions:
    gate = identity("gate")
    return Sessions(
        Side(gate, SIGNED, identity("tool").der), Side(gate, SIGNED, identity("plc").der), "192.0.2.10:4840"
    )


def signed(by: str, peer: str, data: bytes) -> Any:
    side = Side(identity(by), SIGNED, identity(peer).der)
    found = ua.SignatureData()
    found.Signature = side.policy().asymmetric_cryptography.signature(data)
    return found


def verify(by: str, whose: str, data: bytes, signature: Any) -> None:
    Side(identity(by), SIGNED, identity(whose).der).policy().asymmetric_cryptography.verify(
        data, signature.Signature
    )


def endpoint(mode: Any = SEALED, policy: str = SIGNED) -> Any:
    one = ua.EndpointDescription()
    one.EndpointUrl, one.SecurityMode, one.SecurityPolicyUri = "opc.tcp://192.0.2.10:4840", mode, policy
    one.ServerCertificate = identity("plc").der
    one.UserIdentityTokens = [ua.UserTokenPolicy(TokenType=kind) for kind in ua.UserTokenType]
    return one


def create(certificate: bytes | None = None) -> bytes:
    request = ua.CreateSessionRequest()
    request.Parameters.ClientCertificate = identity("tool").der if certificate is None else certificate
    request.Parameters.ClientNonce, request.Parameters.EndpointUrl = NONCE, URL
    return built(request)


def created(by: str = "plc") -> bytes:
    answer = ua.CreateSessionResponse()
    answer.Parameters.AuthenticationToken, answer.Parameters.ServerNonce = TOKEN, SERVERS
    answer.Parameters.ServerCertificate = identity("plc").der
    answer.Parameters.ServerSignature = signed(by, "gate", identity("gate").der + NONCE)
    answer.Parameters.ServerEndpoints = [endpoint()]
    return built(answer)


def opened() -> Sessions:
    known = sessions()
    known.asked(CREATE, 2, create())
    known.answered(CREATED, 2, created())
    return known


def activate(user: Any, nonce: bytes = SERVERS, by: str = "tool", token: Any = TOKEN) -> bytes:
    request = ua.ActivateSessionRequest()
    request.RequestHeader.AuthenticationToken = token
    request.Parameters.ClientSignature = signed(by, "gate", identity("gate").der + nonce)
    request.Parameters.UserIdentityToken = user
    return built(request)


def test_a_session_is_opened_by_the_gate_s_own_certificate_on_each_side() -> None:
    known = sessions()
    asked = parsed(ua.CreateSessionRequest, known.asked(CREATE, 2, create())).Parameters
    assert (asked.ClientCertificate, asked.ClientNonce) == (identity("gate").der, NONCE)
    assert asked.ClientDescription.ApplicationUri == "urn:gate"
    assert asked.EndpointUrl == "opc.tcp://192.0.2.10:4840/line"
    assert known.waits_for(2)
    told = parsed(ua.CreateSessionResponse, known.answered(CREATED, 2, created())).Parameters
    assert told.ServerCertificate == identity("gate").der
    verify("tool", "gate", identity("tool").der + NONCE, told.ServerSignature)
    assert [(one.EndpointUrl, one.ServerCertificate) for one in told.ServerEndpoints] == [
        (URL, identity("gate").der)
    ]
    assert not known.waits_for(2)


def test_who_activates_it_proves_the_channel_s_key_to_the_gate_and_the_gate_its_own_to_the_server() -> None:
    known = opened()
    asked = parsed(ua.ActivateSessionRequest, known.asked(ACTIVATE, 3, activate(ua.AnonymousIdentityToken())))
    verify("plc", "gate", identity("plc").der + SERVERS, asked.Parameters.ClientSignature)
    answer = ua.ActivateSessionResponse()
    answer.Parameters.ServerNonce = b"t" * 32
    known.answered(ACTIVATED, 3, built(answer))
    known.asked(ACTIVATE, 4, activate(ua.AnonymousIdentityToken(), nonce=b"t" * 32))
    with pytest.raises(ChannelError, match="not signed by the key"):
        known.asked(ACTIVATE, 5, activate(ua.AnonymousIdentityToken(), nonce=SERVERS))


def test_an_encrypted_password_is_encrypted_for_the_server_and_another_is_left_out_of_what_is_recorded() -> (
    None
):
    known, user = opened(), ua.UserNameIdentityToken()
    user.UserName, user.EncryptionAlgorithm = "ana", OAEP
    user.Password = uacrypto.encrypt_rsa_oaep(identity("gate").certificate.public_key(), b"secret" + SERVERS)
    body = known.asked(ACTIVATE, 3, activate(user))
    passed = parsed(ua.ActivateSessionRequest, body).Parameters.UserIdentityToken
    assert uacrypto.decrypt_rsa_oaep(identity("plc").key, passed.Password) == b"secret" + SERVERS
    assert known.unveiled(3, body) == body
    user.EncryptionAlgorithm, user.Password = None, b"secret"
    body = known.asked(ACTIVATE, 4, activate(user))
    assert b"secret" not in body
    assert VEIL in body
    assert (
        parsed(ua.ActivateSessionRequest, known.unveiled(4, body)).Parameters.UserIdentityToken.Password
        == b"secret"
    )


def test_what_can_t_be_vouched_for_is_said_and_goes_no_further() -> None:
    other = ua.UserNameIdentityToken()
    other.Password, other.EncryptionAlgorithm = b"x", "http://www.w3.org/2001/04/xmlenc#rsa-1_5"
    junk = ua.UserNameIdentityToken()
    junk.Password, junk.EncryptionAlgorithm = b"x" * 256, OAEP
    for code, body, why in (
        (CREATE, create(identity("other").der), "another certificate than its channel's"),
        (ACTIVATE, activate(ua.AnonymousIdentityToken(), token=ua.NodeId("x", 1)), "not opened here"),
        (ACTIVATE, activate(ua.AnonymousIdentityToken(), by="other"), "not signed by the key"),
        (ACTIVATE, activate(ua.X509IdentityToken()), "a key of their own"),
        (ACTIVATE, activate(other), "an algorithm that the gate does not speak"),
        (ACTIVATE, activate(junk), "can't be opened"),
        (ACTIVATE, b"\1\0\xd3\1junk", "can't be read"),
    ):
        with pytest.raises(ChannelError, match=why):
            opened().asked(code, 3, body)
    known = sessions()
    known.asked(CREATE, 2, create())
    with pytest.raises(ChannelError, match="not signed by the key"):
        known.answered(CREATED, 2, created(by="other"))


def test_a_tool_is_offered_what_the_gate_itself_can_keep() -> None:
    known, request = sessions(), ua.GetEndpointsRequest()
    request.Parameters.EndpointUrl = URL
    known.asked(ENDPOINTS, 2, built(request))
    answer = ua.GetEndpointsResponse()
    old = "http://opcfoundation.org/UA/SecurityPolicy#Basic256"
    answer.Endpoints = [
        endpoint(),
        endpoint(mode=ua.MessageSecurityMode.Sign),
        endpoint(policy=old),
        *(endpoint(policy=uri) for uri in ENCRYPTED),
    ]
    told = parsed(ua.GetEndpointsResponse, known.answered(ENDPOINTS_TOLD, 2, built(answer))).Endpoints
    assert [one.SecurityPolicyUri for one in told] == [SIGNED, *ENCRYPTED]
    assert {one.EndpointUrl for one in told} == {URL}
    assert {one.ServerCertificate for one in told} == {identity("gate").der}
    assert {one.Server.ApplicationUri for one in told} == {"urn:gate"}
    kinds = {way.TokenType for one in told for way in one.UserIdentityTokens}
    assert kinds == {ua.UserTokenType.Anonymous, ua.UserTokenType.UserName}
    known.asked(ENDPOINTS, 3, built(request))
    assert known.answered(397, 3, b"a fault") == b"a fault"


def test_an_application_s_name_stands_in_its_certificate() -> None:
    assert application(identity("plc").der) == "urn:plc"
