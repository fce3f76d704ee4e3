"""What SFTP's requests do, and what may answer them."""

from broker.conduits.files import packets as sftp
from broker.conduits.files.requests import (
    CHANGES,
    CHANGING,
    HANDLED,
    LISTS,
    NAMELESS,
    NAMING,
    REPLIED,
    nul_in,
    sound,
)


def test_each_request_and_extension_is_of_a_kind_that_there_is() -> None:
    assert set(sftp.FORMS) >= (CHANGES | LISTS)
    assert set(sftp.EXTENSIONS) >= (CHANGING | HANDLED | NAMELESS | NAMING | REPLIED)
    assert HANDLED <= NAMELESS


def test_only_the_type_that_was_asked_for_or_a_status_answers() -> None:
    status, handle = sftp.status(1, sftp.OK)[4:], sftp.request(sftp.HANDLE, 1, sftp.text(b"h"))[4:]
    assert sound(status, sftp.HANDLE)
    assert sound(handle, sftp.HANDLE)
    assert not sound(handle, sftp.NAME)
    assert not sound(sftp.request(sftp.HANDLE, 1, sftp.text(b"penstock-1"))[4:], sftp.HANDLE)
    assert not sound(sftp.request(sftp.NAME, 1, sftp.number32(2))[4:], sftp.NAME)


def test_a_nul_is_looked_for_in_names_alone() -> None:
    assert nul_in("sa", [b"a\x00", b""])
    assert not nul_in("sa", [b"a", b"\x00"])
