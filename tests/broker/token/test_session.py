"""Logging in at a real token (SoftHSM): what is there, what is not, and that a PIN is never tried twice."""

from dataclasses import replace

import pytest

from broker.token.session import open_session
from domain.errors import EvidenceError
from tests.softhsm import LAST_TRY, LOCKED, PIN, SoftHsm


def refused(hsm: SoftHsm) -> EvidenceError:
    with pytest.raises(EvidenceError) as caught:
        open_session(hsm.place)
    assert caught.value.remedy
    return caught.value


def test_it_logs_in_and_says_which_token_it_is(hsm: SoftHsm) -> None:
    session = open_session(hsm.place)
    assert session.said.startswith("plant (")
    assert session.keys() == []
    with pytest.raises(EvidenceError) as caught:
        session.key()
    assert caught.value.code == "token_key_absent"
    session.close()
    session.close()


def test_a_token_that_is_out_or_there_twice_is_named(hsm: SoftHsm) -> None:
    hsm.take_out()
    assert refused(hsm).code == "token_absent"
    hsm.put_back()
    open_session(hsm.place).close()
    hsm.insert("plant")
    assert refused(hsm).code == "token_ambiguous"
    other = replace(hsm.place, token="another")
    with pytest.raises(EvidenceError, match="no token 'another'"):
        open_session(other)


def test_a_wrong_pin_reaches_the_token_once_however_often_one_starts(hsm: SoftHsm) -> None:
    hsm.write_pin("wrong")
    assert refused(hsm).code == "token_pin_wrong"
    assert hsm.flags() & 0xFFFF0000
    hsm.set_flags(0)
    for _ in range(5):
        assert "refused this PIN before" in refused(hsm).fact
    assert not hsm.flags() & 0xFFFF0000, "the token was asked again"
    hsm.write_pin("wrong too")
    assert refused(hsm).code == "token_pin_wrong"
    hsm.write_pin(PIN)
    open_session(hsm.place).close()
    assert not hsm.place.refused.exists()


def test_a_locked_token_is_not_tried_and_its_last_try_is_left_to_people(hsm: SoftHsm) -> None:
    hsm.write_pin("wrong")
    for flags, code in ((LAST_TRY, "token_pin_last_try"), (LOCKED, "token_pin_locked")):
        hsm.set_flags(flags)
        assert refused(hsm).code == code
        assert not hsm.place.refused.exists()
    hsm.set_flags(0)
    hsm.write_pin(PIN)
    open_session(hsm.place).close()


def test_a_library_that_is_none_is_an_error_of_ours(hsm: SoftHsm) -> None:
    module = hsm.pin_file.with_name("module.so")
    module.write_bytes(b"not a library")
    with pytest.raises(EvidenceError) as caught:
        open_session(replace(hsm.place, module=module))
    assert caught.value.code == "token_module"
