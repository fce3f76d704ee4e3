"""The ``penstock`` command. A subcommand's module is imported when it is called: the watchdog starts fast."""

from importlib import import_module

import click

COMMANDS = {
    "demo": "demo_commands:demo",
    "init": "init_command:init",
    "serve": "serve_command:serve",
    "doctor": "doctor:doctor",
    "charter": "charter_commands:charter",
    "people": "people_commands:people",
    "rights": "rights_commands:rights",
    "template": "template_commands:template",
    "vendor": "vendor_commands:vendor",
    "vault": "vault_commands:vault",
    "files": "file_commands:files",
    "notices": "notice_commands:notices",
    "request": "permit_commands:request",
    "permits": "permit_commands:permits",
    "tunnel": "tunnel_command:tunnel",
    "approve": "decision_commands:approve",
    "refuse": "decision_commands:refuse",
    "revoke": "permit_commands:revoke",
    "break-glass": "break_glass_commands:break_glass",
    "sessions": "interlock_commands:sessions",
    "isolate": "interlock_commands:isolate",
    "override": "override_commands:override",
    "restore": "interlock_commands:restore",
    "state": "interlock_commands:state",
    "evidence": "evidence_commands:evidence",
    "siem": "siem_commands:siem",
    "assurance": "assurance_commands:assurance",
    "witness": "witness_commands:witness",
}
"""In the order in which a newcomer meets them."""

SAYS = {
    "demo": "Bring a demonstration plant up on this machine.",
    "init": "Found a node: keys, a configuration, a sample charter.",
    "serve": "Run the node: its processes under one parent.",
    "doctor": "Say what is wrong with this node, each with its remedy.",
    "charter": "Check the charter, and ask it questions.",
    "people": "Enrol approvers' keys, codes, passwords and tokens.",
    "rights": "See what holders took over, and attest it.",
    "template": "See standing templates, and end one.",
    "vendor": "Take the access of vendors' people who go.",
    "vault": "Set, list or remove target credentials.",
    "files": "List what vendors brought, and release or refuse it.",
    "notices": "What people were told; try a way out.",
    "request": "Ask for a permit.",
    "permits": "List permits, read one, or have one decided elsewhere.",
    "tunnel": "On a vendor's machine: open every port of a permit.",
    "approve": "Approve a permit by SSH signature or one-time code.",
    "refuse": "Refuse a permit that waits.",
    "revoke": "Take a permit back; its session ends now.",
    "break-glass": "Approve past an absent holder; review such uses.",
    "sessions": "List live sessions; watch, pause, resume or stop one.",
    "isolate": "The kill switch: end and bar sessions now.",
    "override": "Suspend something for a time; it opens by itself.",
    "restore": "Let sessions open again.",
    "state": "Show or set a zone's operating state.",
    "evidence": "Find, replay, take away and verify what happened.",
    "siem": "See how far a SIEM has come; look for gaps.",
    "assurance": "See how the plant stands against its controls.",
    "witness": "Vouch for other plants' ledgers.",
}
"""What ``penstock --help`` says of each, so that it need not load them all to find out."""


class Commands(click.Group):
    """Finds a subcommand where ``COMMANDS`` says it is."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """All of them, in their own order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The one of this name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"broker.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Every command with its sentence; one that has none here is loaded and asked."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, SAYS.get(name) or self._sentence(ctx, name)) for name in COMMANDS])

    def _sentence(self, ctx: click.Context, name: str) -> str:
        command = self.get_command(ctx, name)
        return command.get_short_help_str() if command is not None else ""


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start here: penstock demo. Exit status: 0 done, 1 no as an answer, 2 wrong usage, 77 refused by policy.",
)
@click.version_option(package_name="penstock")
def penstock() -> None:
    """Vendor remote access for industrial plants: permits, conduits, evidence."""
