"""Start one of a node's processes. Each is a module of its own here, and imports only what it needs."""

import contextlib
import ctypes.util
import gc
import logging
import os
import resource
import sys
from collections.abc import Container, Iterator
from importlib import import_module
from types import ModuleType

import structlog
from pydantic import BaseModel

from broker.layout import Layout
from broker.settings import read_settings
from domain.errors import PenstockError

log = structlog.get_logger()

STANDARD_ERROR = 2
UNUSED = {"gate": ("pkcs11",), "console": ("pydantic.v1",)}
"""asyncssh looks for tokens with keys of SSH; FastAPI asks of every parameter whether it is of the former pydantic."""


def run_process(name: str, layout: Layout) -> None:
    """Run it in the foreground until SIGTERM; SystemExit with its status when it can't run."""
    # No core dumps: a process that holds secrets must not leave them on a disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    log_as_json(name)
    raise SystemExit(_status_of(name, layout))


def log_as_json(process: str) -> None:
    """One JSON object a line on stderr, in ASCII: what a target or a vendor sent stays inert."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=Lines,
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(handlers=[_LibraryWords(logging.WARNING)], force=True)
    logging.captureWarnings(capture=True)


def cause_of(error: BaseException) -> str:
    """What the operator can do something about, also from inside a group; empty for a fault of ours."""
    match error:
        case PenstockError():
            return str(error)
        case OSError(filename=str(file)):
            return f"{file} can't be used: {error.strerror}. What to do: see `penstock doctor`."
        case BaseExceptionGroup():
            causes = dict.fromkeys(cause_of(one) for one in error.exceptions)
            return " ".join(causes) if all(causes) else ""
        case _:
            return ""


def _status_of(name: str, layout: Layout) -> int:
    try:
        gc.disable()  # none of what is loaded is ever garbage, and looking for it takes a tenth of the start
        process = _loaded(name)
        gc.freeze()  # nor does anybody look later
        gc.enable()
        return int(process.main(layout, read_settings(layout)))
    except Exception as error:
        fact = cause_of(error)
        if fact:
            log.critical("process_cannot_run", fact=fact)
        else:
            log.critical("process_failed", exc_info=True)
        return 1


def _loaded(name: str) -> ModuleType:
    """The process's module, and nothing that libraries would load besides, wherever it is installed, for nobody."""
    for unused in UNUSED.get(name, ()):
        sys.modules.setdefault(unused, None)  # type: ignore[arg-type] # how Python is told that there is none
    with _no_search_for({"oqs", "liboqs"}):
        # What checks a model is made when the first of it is checked, not for every one.
        BaseModel.model_config["defer_build"] = True
        return import_module(f"broker.processes.{name}")


@contextlib.contextmanager
def _no_search_for(libraries: Container[str]) -> Iterator[None]:
    """Have ``ctypes`` not find these. Where one is missing it asks ldconfig, a compiler and a linker, a quarter of a second.

    asyncssh 2 looks for liboqs, for a key exchange that no door of ours offers; ML-KEM is cryptography's.
    """
    search = ctypes.util.find_library
    ctypes.util.find_library = lambda name: None if name in libraries else search(name)
    try:
        yield
    finally:
        ctypes.util.find_library = search


class _LibraryWords(logging.Handler):
    """What a library says, as a line of ours: a task that failed, a connection that broke its protocol."""

    def emit(self, record: logging.LogRecord) -> None:
        log.log(
            record.levelno,
            "library_said",
            library=record.name,
            words=record.getMessage(),
            exc_info=record.exc_info,
        )


class Lines:
    """Log lines to standard error, each in one write. One that can't be written is lost, and nothing else is.

    A full disk under the log must not raise in the middle of whatever had something to say: a session
    that can't be recorded is ended by the same code that first logs why.
    """

    def __init__(self, *_arguments: object) -> None:
        """As structlog makes its loggers; there is nothing to tell them apart by."""

    def msg(self, line: str) -> None:
        """Write ``line``."""
        with contextlib.suppress(OSError):
            os.write(STANDARD_ERROR, f"{line}\n".encode("ascii", "backslashreplace"))

    debug = info = warning = warn = error = critical = exception = fatal = log = msg
