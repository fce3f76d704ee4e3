"""What each process and command loads before it does anything: a node starts as fast as its slowest part.

And what is not loaded can't be asked to do anything: the signer, which holds the ledger's key, has
nothing in it that speaks SSH, HTTP or SQL.
"""

import subprocess
import sys

import pytest

HEAVY = frozenset(
    {
        "alembic",
        "argon2",
        "asyncio",
        "asyncssh",
        "asyncua",
        "botocore",
        "cryptography",
        "fastapi",
        "h11",
        "httpx2",
        "jinja2",
        "pkcs11",
        "pydantic",
        "pyte",
        "sqlalchemy",
        "uvicorn",
        "webauthn",
    }
)
EVERY_PROCESS = {"asyncio", "pydantic"}


def loaded(*modules: str) -> set[str]:
    """Which of HEAVY are there after these imports, in an interpreter of their own."""
    line = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)
    return HEAVY & set(done.stdout.split())


@pytest.mark.parametrize(
    ("process", "may"),
    [
        ("signer", {"cryptography"}),
        ("watchdog", set()),
        (
            "gate",
            {"asyncssh", "cryptography", "pkcs11", "sqlalchemy", "webauthn"},
        ),  # asyncssh tries for pkcs11
        ("uploader", {"cryptography"}),
        ("console", {"argon2", "cryptography", "fastapi", "jinja2", "sqlalchemy", "uvicorn", "webauthn"}),
    ],
)
def test_a_process_loads_what_it_works_with_and_no_more(process: str, may: set[str]) -> None:
    assert loaded("broker.cli.serve_command", f"broker.processes.{process}") == EVERY_PROCESS | may


@pytest.mark.parametrize(
    ("command", "may"),
    [
        ("root", set()),
        ("permit_commands", {*EVERY_PROCESS, "httpx2"}),
        ("interlock_commands", EVERY_PROCESS),
    ],
)
def test_a_command_loads_what_it_works_with_and_no_more(command: str, may: set[str]) -> None:
    assert loaded("broker.cli.root", f"broker.cli.{command}") <= may


def test_no_process_loads_what_draws_errors_in_colour() -> None:
    """structlog would, wherever it is installed: here the linters bring it along."""
    line = "import sys; sys.argv[1:] = ['serve', '--help']; from broker.__main__ import main; main()"
    also = "import atexit, sys; atexit.register(lambda: (__import__('structlog'), print(*sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", f"{also}; {line}"], capture_output=True, text=True, check=True
    )
    seen = set(done.stdout.split())
    assert "structlog.dev" in seen
    assert "rich.console" not in seen
