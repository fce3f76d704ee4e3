"""Where one node keeps what: the files under its folder. Nothing else in the house knows their names."""

from dataclasses import dataclass
from pathlib import Path

from domain.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one node, under one folder (``penstock init DIR``)."""

    folder: Path

    @property
    def config(self) -> Path:
        """``penstock.toml``: addresses and limits."""
        return self.folder / "penstock.toml"

    @property
    def charter(self) -> Path:
        """The folder in which the plant edits its charter. What is in force is a signed copy: ``charters``."""
        return self.folder / "charter"

    @property
    def charters(self) -> Path:
        """Every version of the charter that was ever in force, under its digest. Nothing here is overwritten."""
        return self.folder / "charters"

    @property
    def applied(self) -> Path:
        """Which version was put in force when, and by whose signatures: one numbered document each."""
        return self.charters / "applied"

    @property
    def proposed(self) -> Path:
        """The version that waits for signatures, if one does."""
        return self.charters / "proposed"

    @property
    def approvers(self) -> Path:
        """The plant's trust file: approvers' passkeys. Public, and what approvals are checked against."""
        return self.folder / "trust" / "approvers.toml"

    @property
    def past_trust(self) -> Path:
        """Every version of the trust file under its digest: old evidence is judged by what held then."""
        return self.folder / "trust" / "past"

    @property
    def attestations(self) -> Path:
        """What holders attested, signed; only ever added to."""
        return self.folder / "trust" / "attestations.jsonl"

    @property
    def templates(self) -> Path:
        """Standing templates, one a line; who signed them stands in ``attestations``. Only ever added to."""
        return self.folder / "trust" / "templates.jsonl"

    @property
    def codes(self) -> Path:
        """Secrets of one-time codes, read by the gate only."""
        return self.folder / "trust" / "codes.toml"

    @property
    def spent_steps(self) -> Path:
        """The time-steps whose codes were used, each with what for."""
        return self.folder / "spent-steps"

    @property
    def ssh_host_key(self) -> Path:
        """The gate's own SSH host key, OpenSSH form."""
        return self.folder / "keys" / "ssh_host_ed25519"

    @property
    def ssh_host_authority(self) -> Path:
        """The key that signs for the names of assets where the gate stands in for one, OpenSSH form."""
        return self.folder / "keys" / "ssh_host_authority"

    @property
    def ssh_user_authority(self) -> Path:
        """The key that signs certificates for people, each for one permit, OpenSSH form; read by the gate only."""
        return self.folder / "keys" / "ssh_user_authority"

    @property
    def opc_ua_key(self) -> Path:
        """The node's RSA key for OPC UA (PKCS#8 PEM), where it ends encrypted channels; read by the gate only."""
        return self.folder / "keys" / "opc_ua.key"

    @property
    def opc_ua_certificate(self) -> Path:
        """The certificate that goes with it (PEM): vendors' tools and the plant's servers are told to trust it."""
        return self.folder / "keys" / "opc_ua.crt"

    @property
    def ledger_key(self) -> Path:
        """The ledger's Ed25519 key (PKCS#8 PEM), read by the signer only."""
        return self.folder / "keys" / "ledger.key"

    @property
    def ledger_second_key(self) -> Path:
        """The ledger's ML-DSA-44 key (PKCS#8 PEM), which signs beside it, read by the signer only."""
        return self.folder / "keys" / "ledger-ml-dsa-44.key"

    @property
    def ledger_memory(self) -> Path:
        """The last checkpoint that the signer signed. Never in one backup with the ledger's folder:
        a ledger that was set back shows only against this.
        """
        return self.folder / "signer" / "last-signed"

    @property
    def ledger_pin_refused(self) -> Path:
        """The PIN that the token with the ledger's key refused, as a slow hash: it is not tried again."""
        return self.folder / "signer" / "pin-refused"

    @property
    def ledger_vkey(self) -> Path:
        """The ledger's public key as a C2SP vkey line; hand this to auditors."""
        return self.folder / "keys" / "ledger.vkey"

    @property
    def ledger_second_vkey(self) -> Path:
        """The second key's public half, for verifiers that no longer trust the first suite."""
        return self.folder / "keys" / "ledger-ml-dsa-44.vkey"

    @property
    def witness_policy(self) -> Path:
        """Whose cosignatures make a head of the ledger count (C2SP tlog-policy); no file asks for none."""
        return self.folder / "witness.policy"

    @property
    def witnessed(self) -> Path:
        """The last head of the ledger that the policy accepted, with its cosignatures."""
        return self.folder / "witnessed" / "checkpoint"

    @property
    def stamps(self) -> Path:
        """Time-stamps of the ledger's heads, and the heads that wait for one."""
        return self.folder / "stamps"

    @property
    def stamp_roots(self) -> Path:
        """Whose time-stamps count: the authority's root, got by another way, PEM."""
        return self.folder / "trust" / "time-stamp-roots.pem"

    @property
    def recording_key(self) -> Path:
        """32 bytes that wrap each recording's own key."""
        return self.folder / "keys" / "recording.key"

    @property
    def vault_key(self) -> Path:
        """32 bytes that wrap each target credential's own key."""
        return self.folder / "keys" / "vault.key"

    @property
    def tls_certificate(self) -> Path:
        """The console's certificate chain, PEM."""
        return self.folder / "keys" / "tls.crt"

    @property
    def tls_key(self) -> Path:
        """The console's private key, PEM."""
        return self.folder / "keys" / "tls.key"

    @property
    def tls_authority(self) -> Path:
        """The certificate authority that ``penstock init`` made for this node, PEM."""
        return self.folder / "keys" / "ca.crt"

    @property
    def database(self) -> Path:
        """The embedded database, where none other is configured."""
        return self.folder / "penstock.db"

    @property
    def notices(self) -> Path:
        """What people are told, how far it got, and how they want to be told. Not evidence: that is in the ledger."""
        return self.folder / "notices.db"

    @property
    def notice_secrets(self) -> Path:
        """Passwords and keys of the ways out (``docs/notices.md``), read by the console only. 0600."""
        return self.folder / "keys" / "notices.toml"

    @property
    def siem(self) -> Path:
        """How far each collector of the SIEM has been sent the ledger: one file each. Not evidence."""
        return self.folder / "siem"

    @property
    def siem_secrets(self) -> Path:
        """What collectors of the SIEM are shown (``docs/siem.md``), read by the console only. 0600."""
        return self.folder / "keys" / "siem.toml"

    @property
    def push_key(self) -> Path:
        """By which push services and browsers know this node (RFC 8292), read by the console only. PEM, 0600."""
        return self.folder / "keys" / "push.key"

    @property
    def oidc_secret(self) -> Path:
        """What this console shows the identity provider (``docs/oidc.md``): one line, read by the console only. 0600."""
        return self.folder / "keys" / "oidc.secret"

    @property
    def vault(self) -> Path:
        """Sealed target credentials."""
        return self.folder / "vault"

    @property
    def recordings(self) -> Path:
        """One ``.pnr`` a session."""
        return self.folder / "recordings"

    @property
    def quarantine(self) -> Path:
        """Files of vendors that wait to be released, where the settings name no other folder. Written by the gate alone."""
        return self.folder / "quarantine"

    @property
    def stored(self) -> Path:
        """What is known of the copies in the second store: a receipt each. Written by the uploader alone."""
        return self.folder / "stored"

    @property
    def store_secret(self) -> Path:
        """What opens the second store (``docs/stores.md``), read by the uploader only. TOML, 0600."""
        return self.folder / "keys" / "store.toml"

    @property
    def uploader_pid(self) -> Path:
        """The uploader's process id."""
        return self.run / "uploader.pid"

    @property
    def ledger(self) -> Path:
        """Tiles, checkpoint, entries, event texts."""
        return self.folder / "ledger"

    @property
    def reading(self) -> Path:
        """The index over recordings, where the node's database is SQLite. It can be thrown away."""
        return self.folder / "reading.db"

    @property
    def documents(self) -> Path:
        """Documents that are evidence, each under its SHA-256. Nothing here is overwritten; the ledger says what they are."""
        return self.folder / "documents"

    @property
    def checked(self) -> Path:
        """What the last check of the evidence found, and how far the one under way has come. Not evidence: that is in the ledger."""
        return self.folder / "checked"

    @property
    def interlocks(self) -> Path:
        """The watchdog's durable state: isolation, operating states, revocations."""
        return self.folder / "interlocks.json"

    @property
    def run(self) -> Path:
        """Sockets and process ids; empty when nothing runs."""
        return self.folder / "run"

    @property
    def signer_socket(self) -> Path:
        """Where the signer takes events."""
        return self.run / "signer.sock"

    @property
    def watchdog_socket(self) -> Path:
        """Where the kill switch and the operating states are."""
        return self.run / "watchdog.sock"

    @property
    def gate_socket(self) -> Path:
        """Where the console asks the gate to check a one-time code."""
        return self.run / "gate.sock"

    @property
    def clock_stepped(self) -> Path:
        """There while the gate relies on no wall clock: when it was stepped, and by how much. Written by the gate alone."""
        return self.run / "clock.json"

    @property
    def gate_pid(self) -> Path:
        """The gate's process id."""
        return self.run / "gate.pid"

    def charter_files(self) -> dict[str, bytes]:
        """The files of the charter that the plant edits; ConfigError when the folder is missing or empty."""
        return charter_files_in(self.charter)


def charter_files_in(folder: Path) -> dict[str, bytes]:
    """A charter's files by name; ConfigError when the folder is missing or empty.

    Also those that only look like one: an editor's ``sites.toml.txt`` is told, not passed over.
    """
    try:
        found = (one for one in sorted(folder.iterdir()) if one.name.lower().endswith((".toml", ".toml.txt")))
        files = {one.name: one.read_bytes() for one in found if not one.name.startswith(".")}
    except FileNotFoundError:
        files = {}
    except OSError as error:
        raise ConfigError(
            f"The charter can't be read: {error.strerror}.", file=str(error.filename)
        ) from error
    if not files:
        raise ConfigError(
            "There is no charter here.",
            file=str(folder),
            remedy="Run `penstock init DIR` for a sample, or put the plant's charter files there.",
        )
    return files
