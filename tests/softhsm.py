"""Real PKCS#11 tokens for a test: SoftHSM with a folder of its own, which can be taken out and put back like a token."""

import shutil
import subprocess
from pathlib import Path

import pytest

from broker.token.place import Place
from tests.programs import program

MODULES = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib64/pkcs11/libsofthsm2.so"),
    Path("/opt/homebrew/lib/softhsm/libsofthsm2.so"),
)
PIN = "a pin for tests"
LAST_TRY, LOCKED = 0x00020000, 0x00040000  # CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED

_FLAGS = (
    b"\0\0\0\0\x80\0SK\0\0\0\0\0\0\0\x02"  # the name and type of the attribute that holds the token's flags
)


class SoftHsm:
    """A slot, the token ``plant`` in it, and a file with its PIN."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        module = next((one for one in MODULES if one.exists()), None)
        self._util = program("softhsm2-util")
        assert module is not None, "what brings the one brings the other"
        self.module = module.resolve()
        self.tokens = folder / "tokens"
        self._out = folder / "tokens-taken-out"
        self.tokens.mkdir(parents=True)
        conf = folder / "softhsm2.conf"
        conf.write_text(
            f"directories.tokendir = {self.tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
        )
        monkeypatch.setenv("SOFTHSM2_CONF", str(conf))
        self.pin_file = folder / "pin"
        self.write_pin(PIN)
        self.insert("plant")
        self.place = Place(self.module, "plant", "penstock-ledger", self.pin_file, folder / "pin-refused")

    def insert(self, label: str) -> None:
        """Another, fresh token."""
        given = ("--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "an officer")
        subprocess.run([self._util, *given], check=True, capture_output=True)

    def write_pin(self, pin: str) -> None:
        self.pin_file.write_text(f"{pin}\n")
        self.pin_file.chmod(0o600)

    def take_out(self) -> None:
        """No token is there any more."""
        self.tokens.rename(self._out)
        self.tokens.mkdir()

    def put_back(self) -> None:
        """The same tokens again."""
        shutil.rmtree(self.tokens)
        self._out.rename(self.tokens)

    def flags(self) -> int:
        """The token's flags as it keeps them; a refused PIN shows in them."""
        at, data = self._flags()
        return int.from_bytes(data[at : at + 8], "big")

    def set_flags(self, flags: int) -> None:
        """Have the token keep these as well; zero takes the PIN's own away."""
        at, data = self._flags()
        kept = self.flags() | flags if flags else self.flags() & 0xFFFF
        self._object().write_bytes(data[:at] + kept.to_bytes(8, "big") + data[at + 8 :])

    def settings(self) -> str:
        """The section of penstock.toml that names this token."""
        return (
            f'\n[token]\nmodule = "{self.module}"\nlabel = "plant"\nkey = "penstock-ledger"\n'
            f'pin_file = "{self.pin_file}"\n'
        )

    def _object(self) -> Path:
        (found,) = self.tokens.glob("*/token.object")
        return found

    def _flags(self) -> tuple[int, bytes]:
        data = self._object().read_bytes()
        return data.index(_FLAGS) + len(_FLAGS), data
