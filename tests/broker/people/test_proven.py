from dataclasses import fields

from broker.people.proven import LoggedOut, Proven


def test_what_a_provider_proves_holds_neither_a_name_an_address_nor_a_right() -> None:
    assert {one.name for one in fields(Proven)} == {"binding", "sid", "acr", "amr"}
    assert {one.name for one in fields(LoggedOut)} == {"issuer", "subject", "sid", "jti", "until_s"}
