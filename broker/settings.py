"""What a node's ``penstock.toml`` says. Its sole reader; where it lies, ``broker.layout`` knows.

The environment is not read: what a night shift must know about a node is in its folder.
"""

import re
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from broker.layout import Layout
from broker.page_names import name_fault
from domain.errors import ConfigError

MIB = 1024 * 1024
MEND = "docs/settings.md names every setting, its unit and its default."


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SshSettings(_Section):
    """The vendors' door."""

    host: str = "127.0.0.1"
    port: int = Field(default=2222, ge=0, le=65535)
    """0 takes any free port."""
    browser: Literal["off", "allowed"] = "off"
    """Whether a person's enrolled passkey, in the console's browser, may stand in for their one-time code at this door."""


class ConsoleSettings(_Section):
    """The holders' and auditors' door."""

    host: str = "127.0.0.1"
    port: int = Field(default=8443, ge=0, le=65535)
    name: str = "localhost"
    """The host name in the address bar: what passkeys are bound to. An IP literal can't be (WebAuthn)."""
    pages: str = ""
    """Below this host name each device's page that is open in a browser has one of its own (`docs/browser.md`): `*.NAME` in
    the plant's name service and in the console's certificate. It shares no more than its last label with `name`. Empty: none opens."""
    registration: Literal["off", "invited", "open"] = "invited"
    """Whether companies may ask to be known at `/register`: not at all, with an invitation code of the plant's, or without one too."""
    help: str = Field(default="", max_length=200)
    """Whom to call who can't sign in: a name and a number that answers day and night. Everybody sees it, before any sign-in."""

    language: Literal["en", "de"] = "en"
    """The pages' language for whoever chose none, and whose browser asks for none that there is a catalogue for."""

    @field_validator("pages")
    @classmethod
    def _apart(cls, pages: str, given: ValidationInfo) -> str:
        if pages and (fault := name_fault(pages, str(given.data.get("name", "")))):
            raise ValueError(f"this name can't be used: {fault}")
        return pages


class DatabaseSettings(_Section):
    """Requests, permits, accounts. Trusted for availability, never for integrity."""

    url: str = ""
    """Empty: SQLite in this folder. Else ``postgresql+asyncpg://…``."""


class RecordingSettings(_Section):
    """Evidence of sessions."""

    reserve_mib: int = Field(default=64, ge=1)
    """Disk kept free so that a full disk can still be written down. Below it no session opens."""

    least_free_percent: int = Field(default=10, ge=0, le=90)
    """How much of the disk must be free for a session to open: room for those that are open already."""

    refuse_ahead_min: int = Field(default=60, ge=0, le=10_080)
    """No new session opens when the disk, at the last hour's pace, would be down to that within so many minutes. 0: only when it is."""

    alarm_used_percent: int = Field(default=75, ge=1, le=100)
    """Somebody is told when so much of the disk is used (SR 2.9 RE 1, AU-5(1))."""


class QuarantineSettings(_Section):
    """Files of vendors that wait to be released, and who looks at them (`docs/quarantine.md`). What passes, the charter says."""

    folder: str = ""
    """Where they lie, a whole path; best a volume of its own, which no vendor can fill for the sessions. Empty: `quarantine` in this folder."""
    clamd: str = ""
    """The unix socket of ClamAV's daemon. Empty: none. One that does not answer holds every file."""
    looker: str = ""
    """The unix socket of whoever looks at files, where that is a unit of its own (`penstock-looker.socket`). Empty: processes that the gate starts, inside its own unit."""
    yara_rules: list[str] = Field(default=[], max_length=64)
    """Files of YARA rules, whole paths. Read when the gate starts to look; a mistake in one holds every file, and `penstock doctor` names it."""
    patience_s: int = Field(default=120, ge=1, le=3600)
    """How long one look may take, besides a second for each 4 MiB; what takes longer is held."""
    looks_at_once: int = Field(default=2, ge=1, le=16)
    """How many files are looked at at the same time, each by a process of its own with 1 GiB of memory at most."""
    yara_mib: int = Field(default=64, ge=1, le=512)
    """The largest file, or thing in an archive, that the rules look at: it is held in memory. What is larger waits for a holder."""
    archive_depth: int = Field(default=5, ge=1, le=20)
    """How deep archives are followed into archives. Firmware has three; each bound here holds what goes beyond it."""
    archive_members: int = Field(default=20_000, ge=1, le=1_000_000)
    """How many things in an archive are looked at, inner archives included."""
    archive_mib: int = Field(default=8192, ge=1, le=1_000_000)
    """How much is unpacked of one file at most."""
    archive_ratio: int = Field(default=250, ge=2, le=10_000)
    """How many times a file's own size is unpacked of it, and 16 MiB at least."""
    file_mib: int = Field(default=8192, ge=1, le=1_000_000)
    """The largest file that is taken."""
    session_files: int = Field(default=10_000, ge=1, le=10_000_000)
    """How many files one session may bring."""
    session_mib: int = Field(default=20_480, ge=1, le=10_000_000)
    """How much one session may bring."""
    session_open: int = Field(default=32, ge=1, le=1000)
    """How many files of one session may be on their way at the same time."""
    session_files_per_min: int = Field(default=3000, ge=1, le=1_000_000)
    """How many files one session may begin within a minute."""
    permit_files: int = Field(default=20_000, ge=1, le=10_000_000)
    """How many files one permit may bring, over all its sessions."""
    permit_mib: int = Field(default=40_960, ge=1, le=10_000_000)
    """How much one permit may bring, over all its sessions."""
    node_mib: int = Field(default=0, ge=0, le=100_000_000)
    """How much may lie here in all. 0: as much as the disk lets."""
    least_free_percent: int = Field(default=15, ge=0, le=90)
    """How much of the disk must stay free: on one disk with the recordings, above their own bound, so that files give way first."""


class StoreSettings(_Section):
    """A second place for sealed evidence, apart from this node: S3-compatible, with versions and object lock. The
    credentials are in `keys/store.toml`; `docs/stores.md` says how to set one up and how to prove its lock.
    """

    endpoint: str = ""
    """`https://host[:port]`, or `http://` to this machine itself. Empty: off."""
    bucket: str = ""
    """It must keep versions, and must have been made with object lock where `write_once_days` is not 0."""
    region: str = "us-east-1"
    """What the store calls its region; most have only this one."""
    prefix: str = Field(default="", pattern=r"^([\x21-\x7e]{1,200}/)?$")
    """Before every name in the bucket, ending with `/`; no two nodes may share one. Empty: the ledger's origin."""
    ca_file: str = ""
    """The authority that the store's certificate is checked against, PEM. Empty: the machine's own."""
    write_once_days: int = Field(default=400, ge=0, le=36_500)
    """How long nobody, no administrator either, may delete a copy. What is locked stays locked: no setting shortens it. 0: no lock."""
    part_mib: int = Field(default=16, ge=5, le=512)
    """What is larger goes in parts of this size, and is taken up again at the next part."""
    timeout_s: int = Field(default=10, ge=1, le=300)
    """How long the store may be silent in the middle of an exchange."""
    ledger_every_min: int = Field(default=10, ge=1, le=1440)
    """How often what is new in the ledger is copied: hashes and commitments, which name nobody."""
    alarm_after_min: int = Field(default=60, ge=1)
    """Somebody is told when a sealed recording has waited so long to be copied."""
    alarm_mib: int = Field(default=10_240, ge=1)
    """Somebody is told when so much waits to be copied."""
    refuse_mib: int = Field(default=0, ge=0)
    """No new session opens when so much waits to be copied. 0: only when the disk would fill."""


class LedgerSettings(_Section):
    """The transparency log."""

    origin: str = Field(min_length=3)
    """The log's name in its checkpoints, for ever: ``plant.example/ot-access/1`` (C2SP tlog-checkpoint)."""

    witness_ca_file: str = ""
    """The authority that the witnesses' certificates are checked against, PEM. Empty: the machine's own."""


class TokenSettings(_Section):
    """The ledger's key in a PKCS#11 token instead of `keys/ledger.key`. `docs/token.md` says how to bring it there. It takes the extra `token`."""

    module: str = ""
    """The library of the token's maker, a whole path. Empty: the key is in the file."""
    label: str = Field(default="", max_length=32)
    """The token's label; one token may bear it."""
    key: str = Field(default="penstock-ledger", min_length=1, max_length=64)
    """The label of the Ed25519 private key in it; one key may bear it."""
    pin_file: str = ""
    """Where the PIN is, in one line, a whole path: a file of mode 0600, or a credential of systemd under `/run/credentials`. The PIN never stands here."""


class TimeStampSettings(_Section):
    """Time-stamps of the ledger's heads by an authority outside (RFC 3161). Whose word counts is in
    `trust/time-stamp-roots.pem`; `docs/timestamps.md` says how to set it up and how to try it.
    """

    url: str = Field(default="", pattern=r"^(https?://[\x21-\x3f\x41-\x7e]{1,500})?$")
    """The authority, which asks for no password: none may stand here. Empty: off. `http://` will do: it sees a hash and nothing else, and its answer is signed."""
    every_min: int = Field(default=60, ge=1, le=10080)
    """How often a head is stamped at most, while the ledger grows."""
    at_session_end: bool = False
    """Whether a head is stamped at once when a session has ended, besides."""
    digest: Literal["sha256", "sha384", "sha512"] = "sha256"
    """What a head is hashed with for the authority."""
    policy: str = Field(default="", pattern=r"^([0-2](\.[0-9]{1,18}){1,29})?$")
    """The object identifier of the authority's policy that is asked for; another is refused. Empty: any."""
    crl_urls: list[str] = Field(default=[], max_length=8)
    """Where the CRLs of the authority's certificates are. Where there are some, only a stamp counts of which they say that nothing was revoked."""
    clock_skew_s: int = Field(default=60, ge=1, le=3600)
    """By how much the authority's clock may differ from this node's."""
    alarm_after_h: int = Field(default=24, ge=1, le=720)
    """How long a head may wait for its stamp before it is an alarm."""
    renew_before_days: int = Field(default=90, ge=1, le=3650)
    """How long before the newest stamp's certificates run out another is asked for, even when nothing else is new."""
    ca_file: str = ""
    """The authority that the server's certificate is checked against, PEM. Empty: the machine's own."""
    timeout_s: int = Field(default=20, ge=1, le=120)
    """How long one attempt may take."""


class NoticeSettings(_Section):
    """What people are told. The console always tells them; each further way has a section of its own and is off
    until that names a server. `docs/notices.md` says how to set one up and how to try it.
    """

    details: Literal["link", "full"] = "link"
    """What may leave the plant: `link` is the subject and where to look, `full` also the sentences, which name assets."""

    attempts: int = Field(default=8, ge=1, le=20)
    """How often one delivery is tried; eight take about two hours. Then it has failed, and the ledger says so."""

    timeout_s: int = Field(default=20, ge=1, le=120)
    """How long one attempt may take."""

    keep_days: int = Field(default=90, ge=1)
    """How long a notice stays in its person's list. What the ledger keeps of it stays."""


class MailSettings(_Section):
    """Notices by e-mail, to people who gave an address. The password is in `keys/notices.toml`."""

    host: str = ""
    """The plant's mail server. Empty: off."""
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls"] = "starttls"
    """`tls` from the first byte (port 465), or after `STARTTLS`. Nothing is sent in clear, and no certificate goes unchecked."""
    sender: str = ""
    """The address that notices come from."""
    username: str = ""
    """Empty: the server asks for no password."""
    ca_file: str = ""
    """The authority that the server's certificate is checked against, PEM. Empty: the machine's own."""


class WebhookSettings(_Section):
    """Every notice as a signed JSON document. The secret is in `keys/notices.toml`."""

    url: str = ""
    """`https://…`, or `http://` to this machine itself. Empty: off."""
    ca_file: str = ""
    """As for e-mail."""


class ChatSettings(_Section):
    """A line and a link into a chat room. Nobody decides anything there. Its address, which is a secret, is in `keys/notices.toml`."""

    style: Literal["off", "text", "card"] = "off"
    """`text`: `{"text": …}`, as Slack, Mattermost and Google Chat take it; `card`: an adaptive card, as Teams does."""
    ca_file: str = ""
    """As for e-mail."""


class SyslogSettings(_Section):
    """Every notice as a line of syslog (RFC 5424), for whoever watches the plant."""

    host: str = ""
    """The collector on the plant's network. Empty: off."""
    port: int = Field(default=6514, ge=1, le=65535)
    transport: Literal["tls", "udp"] = "tls"
    """`tls` (RFC 5425) or `udp` (RFC 5426, port 514: may be lost, and can be read on the way)."""
    ca_file: str = ""
    """As for e-mail."""


class PushSettings(_Section):
    """Notices as Web Push, to browsers that their person subscribed: subject and link, sealed for that browser. The key is `keys/push.key`."""

    hosts: list[str] = []
    """The push services that anything may be sent to: `push.example`, or `*.push.example` for every name below it. Empty: off.

    Addresses come from browsers, so nothing is sent to any other. `docs/notices.md` names those of today's browsers.
    """
    contact: str = Field(default="", pattern=r"^((mailto:|https://)[\x21-\x7e]{1,200})?$")
    """Whom a push service may tell of trouble, `mailto:…` or `https://…` (RFC 8292). Empty: nobody is named."""
    ca_file: str = ""
    """As for e-mail."""


class ReadingSettings(_Section):
    """The search over recordings (`docs/reading.md`). What it knows stands in clear beside the database: ADR 0033 says who can read it."""

    index: bool = True
    """Read each recording once its session is over, so that its commands, files and screens can be searched. Off: the ledger alone can."""
    look_every_s: int = Field(default=30, ge=5, le=3600)
    """How often to look for recordings that were not read yet. Half a minute is soon for whoever looks back, and asks little."""


class CheckSettings(_Section):
    """The check that looks whether evidence is still what it was (`docs/checking.md`). `penstock evidence check` does it at once."""

    every_h: int = Field(default=24, ge=0, le=24 * 31)
    """How often all evidence is looked at, in hours from the beginning of one check to that of the next. Daily by default: what is found is
    then at most a day old. 0: never by itself."""
    mib_per_s: int = Field(default=32, ge=1, le=10_000)
    """How fast it reads at most. 32 MiB/s leaves a spinning disk's better half to sessions, and is 2.7 TB in a day."""


class OidcSettings(_Section):
    """Sign-in at the console by the plant's identity provider (OpenID Connect). It proves who somebody is, and approves
    nothing. The client's secret is in `keys/oidc.secret`; `docs/oidc.md` says how to set it up and how to try it.
    """

    issuer: str = ""
    """The provider's `issuer`, to the letter. Empty: off."""
    name: str = Field(default="the plant's identity provider", min_length=1, max_length=60)
    """What the sign-in page calls it."""
    client_id: str = ""
    """What the provider calls this console."""
    client_auth: Literal["client_secret_basic", "client_secret_post"] = "client_secret_basic"
    """How the console shows the provider its secret."""
    algorithms: list[
        Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
    ] = Field(default=["RS256", "PS256", "ES256", "EdDSA"], min_length=1)
    """What the provider may sign with. Never `none`, and nothing with a shared secret."""
    acr_values: list[str] = Field(default=[], max_length=8)
    """One of these classes of authentication is asked for, and must be what it was. Empty: any."""
    amr: list[str] = Field(default=[], max_length=8)
    """Each of these methods of authentication must have been used, such as `mfa` or `hwk`. Empty: any."""
    longest_age_min: int = Field(default=0, ge=0, le=1440)
    """How long ago somebody may have signed in at the provider. 0: as it sees fit."""
    clock_skew_s: int = Field(default=30, ge=0, le=120)
    """By how much its clock may differ from this node's."""
    hosts: list[str] = Field(default=[], max_length=8)
    """Hosts besides the issuer's own that its endpoints may be on."""
    ca_file: str = ""
    """As for e-mail."""
    timeout_s: int = Field(default=5, ge=1, le=30)
    """How long one question to the provider may take."""


class SiemTarget(_Section):
    """One collector of the plant's SIEM. Its secret or token is in `keys/siem.toml`, under its name."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")
    """What this node calls it, for ever: its place in the ledger is kept under this name."""
    format: Literal["ocsf", "cef"] = "ocsf"
    """`ocsf` (1.8.0, JSON) or `cef` (0)."""
    host: str = ""
    """A collector of syslog over TLS (RFC 5425). It confirms nothing. Give this or `url`."""
    port: int = Field(default=6514, ge=1, le=65535)
    url: str = ""
    """Where records are posted in batches, one a line: `https://…`, or `http://` to this machine itself."""
    gzip: bool = False
    """Whether what is posted is compressed."""
    ca_file: str = ""
    """As for e-mail."""
    begin: Literal["first", "now"] = "first"
    """Where a collector that was never sent anything begins: at the ledger's first leaf, or at what comes from now on."""


class SiemSettings(_Section):
    """Every leaf of the ledger, to the plant's SIEM, at least once and in order. `docs/siem.md` says how a receiver sees what is missing."""

    heartbeat_s: int = Field(default=30, ge=5, le=3600)
    """How often each collector hears that all up to here was sent. A receiver that heard nothing for twice as long alarms."""
    late_s: int = Field(default=300, ge=10, le=86400)
    """How old a leaf may be that a collector has not got; beyond it, that is an alarm here."""
    timeout_s: int = Field(default=20, ge=1, le=120)
    """How long one attempt may take."""
    targets: list[SiemTarget] = Field(default=[], max_length=4)
    """The collectors. Empty: off."""


class AssuranceSettings(_Section):
    """What the assurance view shows. It opens nothing: what may be done does not depend on it."""

    applies: list[str] = []
    """The frameworks that bind this plant, by their ids in the baseline; every other one is looked through for reference."""
    reporting_days: int = Field(default=90, ge=1, le=1100)
    """How far back sessions are looked at: ninety days is what CIP-007-6 R4.3 keeps logs for."""
    tighten: dict[str, dict[str, str]] = {}
    """By framework and control, a shorter refresh period than the baseline's, in ISO 8601: ``{"ISO27001" = {"BC-05" = "P30D"}}``."""
    look_hours: int = Field(default=24, ge=1, le=720)
    """How often this node looks at its own configuration, clock and audit, and writes down what it saw."""


class TelemetrySettings(_Section):
    """Traces over OpenTelemetry: how long requests of the console, decisions and sessions took. No payload, no persons, and no evidence.

    `docs/telemetry.md` says what is in them. It takes the extra `otel`.
    """

    endpoint: str = ""
    """Where traces are posted (OTLP over HTTP): `https://…/v1/traces`, or `http://` to this machine itself. Empty: off."""
    ca_file: str = ""
    """As for e-mail."""
    timeout_s: int = Field(default=10, ge=1, le=60)
    """How long one attempt may take."""


class Settings(_Section):
    """What ``penstock.toml`` says. Unknown keys are faults: a misspelt limit must not be a missing one."""

    ssh: SshSettings = SshSettings()
    console: ConsoleSettings = ConsoleSettings()
    database: DatabaseSettings = DatabaseSettings()
    recordings: RecordingSettings = RecordingSettings()
    quarantine: QuarantineSettings = QuarantineSettings()
    store: StoreSettings = StoreSettings()
    ledger: LedgerSettings
    token: TokenSettings = TokenSettings()
    time_stamps: TimeStampSettings = TimeStampSettings()
    notices: NoticeSettings = NoticeSettings()
    mail: MailSettings = MailSettings()
    webhook: WebhookSettings = WebhookSettings()
    chat: ChatSettings = ChatSettings()
    syslog: SyslogSettings = SyslogSettings()
    push: PushSettings = PushSettings()
    reading: ReadingSettings = ReadingSettings()
    check: CheckSettings = CheckSettings()
    oidc: OidcSettings = OidcSettings()
    siem: SiemSettings = SiemSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    assurance: AssuranceSettings = AssuranceSettings()

    def database_url(self, layout: Layout) -> str:
        """The database's address."""
        return self.database.url or f"sqlite+aiosqlite:///{layout.database}"

    @property
    def origin(self) -> str:
        """The console's exact origin, as browsers write it."""
        port = "" if self.console.port == 443 else f":{self.console.port}"
        return f"https://{self.console.name}{port}"


def read_settings(layout: Layout) -> Settings:
    """The node's settings; ConfigError names the file, the line where it can, and the remedy."""
    text = ""
    try:
        text = layout.config.read_text("utf-8")
        return Settings.model_validate(tomllib.loads(text))
    except OSError as error:
        raise ConfigError(
            "The configuration can't be read.",
            file=str(layout.config),
            remedy="Run `penstock init DIR`, or name another file with --config.",
        ) from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, ValidationError):
            raise _fault(error, text, layout.config) from error
        place = re.search(r" ?\(at line (\d+)[^)]*\)", str(error))
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
        why = (
            "not UTF-8 text"
            if isinstance(error, UnicodeDecodeError)
            else why.replace(place[0] if place else "\0", "")
        )
        raise ConfigError(
            f"The configuration is not TOML: {why}.",
            file=str(layout.config),
            line=int(place[1]) if place else 0,
            remedy=MEND,
        ) from error


def _fault(error: ValidationError, text: str, path: Path) -> ConfigError:
    first = error.errors()[0]
    key = ascii(".".join(str(part) for part in first["loc"]))[1:-1][:200]
    line = _line_of(text, str(first["loc"][-1]))
    return ConfigError(f"`{key}`: {first['msg']}.", file=str(path), line=line, remedy=MEND)


def _line_of(text: str, key: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if line.split("=")[0].strip().strip('"') == key or line.strip() == f"[{key}]":
            return number
    return 0
