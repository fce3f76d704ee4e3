"""YARA-X with the plant's own rules: compiled once, and a fault in them named by file and line."""

import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from broker.quarantine.judging import Scan, ScanResult
from domain.errors import ConfigError
from recorder.replay import inert

if TYPE_CHECKING:
    import yara_x

NAME = "yara-x"
MOST_NAMED = 20
LARGEST_RULES_BYTES = 64 * 1024 * 1024
_PLACE = re.compile(r"--> .*:(\d+):\d+")


def compiled(paths: Sequence[Path]) -> "yara_x.Rules":
    """The rules in these files; ConfigError names the file and the line of the first fault."""
    import yara_x  # noqa: PLC0415 - it costs a tenth of a second, and only a plant with rules pays it

    compiler = yara_x.Compiler()
    try:
        compiler.enable_includes(False)  # a rule file reads no other file
        for path in paths:
            compiler.new_namespace(path.name)
            try:
                compiler.add_source(_text(path), origin=path.name)
            except yara_x.CompileError as error:
                raise _fault(path, str(error)) from error
        return compiler.build()
    except BaseException as error:
        if (
            type(error).__name__ != "PanicException"
        ):  # what a fault of the engine itself is called; it is no Exception
            raise
        raise ConfigError(
            "The YARA engine can't work here: it makes machine code while it runs, and this process may not.",
            remedy="Have files looked at by a unit of its own: `penstock-looker.socket` and `quarantine.looker`.",
        ) from None
    finally:
        # Only the thread that made it may drop it. An error's traceback would keep it until some thread collects garbage.
        del compiler


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_RULES_BYTES + 1)
        if len(text) > LARGEST_RULES_BYTES:
            raise ConfigError("A file of YARA rules may have 64 MiB.", file=str(path))
        return text.decode("utf-8")
    except OSError as error:
        raise ConfigError(
            f"The YARA rules can't be read: {error.strerror}.",
            file=str(path),
            remedy="Correct `quarantine.yara_rules`, or bring the file there.",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError("The YARA rules are not UTF-8 text.", file=str(path)) from error


def _fault(path: Path, said: str) -> ConfigError:
    place = _PLACE.search(said)
    return ConfigError(
        f"The YARA rules can't be used: {inert(said.splitlines()[0], 200)}.",
        file=str(path),
        line=int(place[1]) if place else 0,
        remedy="Mend the rule and start the gate again.",
    )


class YaraRules:
    """The compiled rules, at work."""

    def __init__(self, rules: "yara_x.Rules", patience_s: float) -> None:
        import yara_x  # noqa: PLC0415 - as above

        self._scanner = yara_x.Scanner(rules)
        self._scanner.set_timeout(max(1, round(patience_s)))
        self._error: type[Exception] = yara_x.ScanError
        self._late: type[Exception] = yara_x.TimeoutError
        self.version = version("yara-x")

    def scan(self, name: str, data: bytes) -> Scan:
        """What the rules say of ``data``; ``name`` is its path in the archive, empty for the file itself."""
        try:
            matching = self._scanner.scan(data).matching_rules
        except (self._error, self._late, MemoryError) as error:
            why = "it took too long" if isinstance(error, self._late) else inert(str(error), 100)
            return Scan(NAME, self.version, ScanResult.FAILED, (why,))
        names = [f"{one.namespace}:{one.identifier}{f' in {name}' if name else ''}" for one in matching]
        return Scan(
            NAME,
            self.version,
            ScanResult.FOUND if names else ScanResult.CLEAN,
            tuple(inert(one, 200) for one in names[:MOST_NAMED]),
        )
