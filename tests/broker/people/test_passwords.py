import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import verify_secret

from broker.people.passwords import LONGEST, SHORTEST, Passwords

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def test_a_digest_is_argon2id_and_matches_its_password_only() -> None:
    passwords = Passwords()
    digest = await passwords.digest("correct horse battery")
    assert digest.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await passwords.matches(digest, "correct horse battery")
    assert not await passwords.matches(digest, "correct horse batterz")


async def test_nobody_s_digest_costs_what_everybody_s_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is well formed: what can't be read is refused at once, and would tell that there is no account."""
    passwords, asked = Passwords(), []
    monkeypatch.setattr(
        "broker.people.passwords.PasswordHasher.verify",
        lambda _hasher, digest, _password: bool(asked.append(digest)),
    )
    await passwords.matches(None, "correct horse battery")
    real = PasswordHasher().hash("correct horse battery")
    assert extract_parameters(asked[0]) == extract_parameters(real)
    assert [len(part) for part in asked[0].split("$")] == [len(part) for part in real.split("$")]
    with pytest.raises(VerifyMismatchError):
        verify_secret(asked[0].encode(), b"correct horse battery", Type.ID)


async def test_no_digest_matches_nothing() -> None:
    passwords = Passwords(CHEAP)
    assert not await passwords.matches(None, "correct horse battery")
    assert not await passwords.matches(None, "")


@pytest.mark.parametrize("given", ["", "x" * (LONGEST + 1)], ids=["empty", "too long"])
async def test_what_can_not_be_a_password_matches_nothing(given: str) -> None:
    passwords = Passwords(CHEAP)
    digest = await passwords.digest("correct horse battery")
    assert not await passwords.matches(digest, given)


@pytest.mark.parametrize(
    ("length", "fits"),
    [(SHORTEST - 1, False), (SHORTEST, True), (LONGEST, True), (LONGEST + 1, False)],
    ids=str,
)
async def test_a_password_has_a_length(length: int, fits: bool) -> None:
    passwords = Passwords(CHEAP)
    if fits:
        assert await passwords.digest("x" * length)
    else:
        with pytest.raises(ValueError, match="characters"):
            await passwords.digest("x" * length)


async def test_a_spoilt_digest_matches_nothing() -> None:
    assert not await Passwords(CHEAP).matches("not a digest", "correct horse battery")
