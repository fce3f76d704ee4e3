"""``penstock witness``: vouch for other plants' ledgers. Runs apart from any node, best with somebody else."""

from pathlib import Path

import click

from broker.cli.answer import json_option, plainly, tell
from broker.clock import SystemClock
from broker.witness.memory import WitnessFolder
from domain.errors import ConfigError

FOLDER = click.argument("folder", type=click.Path(path_type=Path))


@click.group()
def witness() -> None:
    """Vouch for plants' ledgers (C2SP tlog-witness): never for one that forgot something.

    Run it where the plant's own people can't reach it: with corporate IT, with a vendor, with an auditor.
    """


@witness.command(
    "init", epilog="Example: penstock witness init /srv/witness --name corporate.example/witness/1"
)
@FOLDER
@click.option("--name", required=True, help="How its signatures name it, for ever. A URL without its scheme.")
@json_option
@plainly
def init(folder: Path, name: str, *, as_json: bool) -> None:
    """Found a witness: two keys, and an empty list of logs. Prints the lines to hand to the plants."""
    here = WitnessFolder(folder)
    here.found(name)
    keys = [one.key.text() for one in here.cosigners()]
    told = [
        f"A witness was founded in {folder}. Its keys, for the plants' `witness.policy`:",
        *keys,
        "",
        f"Next: write a `log KEY` line into {here.policy_file} for each ledger,",
        f"then: penstock witness serve {folder} --tls-certificate CRT --tls-key KEY",
    ]
    tell({"name": name, "keys": keys, "logs": str(here.policy_file)}, told, as_json=as_json)


@witness.command("show", epilog="Example: penstock witness show /srv/witness --json")
@FOLDER
@json_option
@plainly
def show(folder: Path, *, as_json: bool) -> None:
    """What it knows: its keys, and of each log the last head that it vouched for."""
    here = WitnessFolder(folder)
    keys = [one.key.text() for one in here.cosigners()]
    heads = {origin: here.seen(origin) if here.kept(origin) else None for origin in here.logs()}
    lines = [
        f"{origin}: {'no head yet' if seen is None else f'{seen.size} leaves'}"
        for origin, seen in heads.items()
    ]
    logs = [{"origin": origin, "size": None if seen is None else seen.size} for origin, seen in heads.items()]
    tell({"keys": keys, "logs": logs}, [*keys, *(lines or ["It knows no log yet."])], as_json=as_json)


@witness.command(
    "serve",
    epilog="Example: penstock witness serve /srv/witness --host 0.0.0.0 --port 8455 "
    "--tls-certificate witness.crt --tls-key witness.key",
)
@FOLDER
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8455, show_default=True, type=click.IntRange(1, 65_535))
@click.option("--tls-certificate", type=click.Path(exists=True, path_type=Path), help="PEM, with its chain.")
@click.option("--tls-key", type=click.Path(exists=True, path_type=Path), help="PEM.")
@plainly
def serve(folder: Path, host: str, port: int, tls_certificate: Path | None, tls_key: Path | None) -> None:
    """Take heads and answer with cosignatures, until it is told to end."""
    import uvicorn  # noqa: PLC0415 (the other commands start without it)

    from broker.processes.start import log_as_json  # noqa: PLC0415 (as above)
    from broker.witness.app import create_app  # noqa: PLC0415 (as above)
    from broker.witness.service import Witness  # noqa: PLC0415 (as above)

    if (tls_certificate is None) != (tls_key is None):
        raise ConfigError("A certificate and its key go together.", remedy="Name both, or none on loopback.")
    if tls_certificate is None and host not in {"127.0.0.1", "::1", "localhost"}:
        raise ConfigError(
            f"Without a certificate it is not served on {host}.",
            remedy="Name --tls-certificate and --tls-key, or leave --host and put a proxy before it.",
        )
    here = WitnessFolder(folder)
    app = create_app(Witness(here, SystemClock()))
    here.logs()
    here.lock()  # until this process ends
    log_as_json("witness")
    click.echo(f"Listening on {host}:{port}.", err=True)
    uvicorn.run(
        app,
        host=host,
        port=port,
        ssl_certfile=tls_certificate,
        ssl_keyfile=None if tls_key is None else str(tls_key),
        log_config=None,
        http="h11",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        limit_concurrency=200,
    )
