from broker.conduits.vnc.security import answer


def test_a_challenge_is_answered_as_vnc_servers_expect() -> None:
    """The file in which TigerVNC keeps the password ``password``: eight zero bytes' worth of it under the fixed key."""
    fixed = bytes((23, 82, 107, 6, 35, 78, 88, 7)).decode("latin-1")
    assert answer(b"password", fixed).hex() == "dbd83cfd727a1458"


def test_only_eight_bytes_of_a_password_count_and_what_latin_1_can_t_write_is_utf_8() -> None:
    challenge = bytes(range(16))
    assert answer(challenge, "12345678") == answer(challenge, "123456789")
    assert answer(challenge, "\xe9") == answer(challenge, b"\xe9".decode("latin-1"))
    assert answer(challenge, "\u20ac") != answer(challenge, "?")
