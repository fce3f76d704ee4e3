import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from broker.conduits.opcua_gateway.identity import KEY_BITS, LASTS, load, make
from broker.conduits.opcua_gateway.sessions import application
from domain.errors import ConfigError
from tests.broker.conduits.opcua_gateway.keys import as_files, identity

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_key_is_drawn_that_only_its_owner_reads_and_its_certificate_says_whose_it_is(
    tmp_path: Path,
) -> None:
    key, certificate = tmp_path / "k", tmp_path / "c"
    make(key, certificate, AT)
    found = load(key, certificate)
    assert found.key.key_size == KEY_BITS
    assert application(found.der) == "urn:penstock:gate"
    assert found.certificate.not_valid_after_utc == AT + LASTS
    assert found.certificate.not_valid_before_utc == AT - timedelta(hours=1)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_what_is_missing_unreadable_or_no_pair_is_said_with_what_to_do(tmp_path: Path) -> None:
    key, _der = as_files(tmp_path, "gate", identity("gate"))
    other = tmp_path / "other.crt"
    other.write_bytes(identity("plc").certificate.public_bytes(Encoding.PEM))
    junk = tmp_path / "junk"
    junk.write_bytes(b"junk")
    for one, certificate, why in (
        (tmp_path / "none", other, "has no key"),
        (junk, other, "can't be read"),
        (key, other, "no pair"),
    ):
        with pytest.raises(ConfigError, match=why) as error:
            load(one, certificate)
        assert error.value.remedy == "Draw one on the node: penstock vault opc-ua."
