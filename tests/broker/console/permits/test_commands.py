from dataclasses import replace

from broker.console.permits.commands import Command, by_client, commands_for
from domain.access import ConnectionMethod, Grant
from domain.ids import AssetId
from domain.plant import Screening
from tests.broker.console.house import SETTINGS
from tests.policies.plant import charter, charter_with, permit

JUMP = [
    "ssh -J ana@gate.example:2222 eng-ws-1",
    "ssh -p 2222 ana@gate.example known-hosts >> ~/.ssh/known_hosts",
]
"""With every permit by which something else than a port can be opened."""


def lines(*grants: str, asset: str = "eng-ws-1", client: str = "OpenSSH") -> list[str]:
    one = permit(grants=frozenset(map(Grant.of, grants)), asset=AssetId(asset))
    found = commands_for(one, charter(), SETTINGS)
    return [one.line for one in found if one.client == client and one.line not in certified(found)]


def certified(found: tuple[Command, ...]) -> list[str]:
    """The lines about a certificate, which stand with every permit."""
    return [one.line for one in found if " certificate " in one.line or " permit-" in one.line]


def test_every_passage_has_its_command_and_no_other() -> None:
    assert lines("shell") == ["ssh -p 2222 ana+eng-ws-1@gate.example", *JUMP]
    assert lines("sftp", "scp") == [
        "sftp -P 2222 ana+eng-ws-1@gate.example",
        "scp -O -P 2222 ./file ana+eng-ws-1@gate.example:file",
        "scp -O -P 2222 ana+eng-ws-1@gate.example:file ./file",
        *JUMP,
    ]
    assert lines("exec") == ["ssh -p 2222 ana+eng-ws-1@gate.example 'uname -a'", *JUMP]


def test_files_have_a_command_for_each_direction_that_is_granted() -> None:
    there = "ana+eng-ws-1@gate.example:file"
    out = [f"scp -O -P 2222 {there} ./file", f"rsync -e 'ssh -p 2222' {there} ./file"]
    into = [f"scp -O -P 2222 ./file {there}", f"rsync -e 'ssh -p 2222' ./file {there}"]
    assert lines("scp:get", "rsync:get") == [*out, *JUMP]
    assert lines("scp:put", "rsync:put") == [*into, *JUMP]
    assert lines("scp:get", client="PuTTY") == [f"pscp -scp -P 2222 {there} file"]
    screened = replace(charter().conduits[permit().conduit], files=Screening.SCREENED)
    looked_at = charter_with(conduits={permit().conduit: screened})
    rsync = permit(grants=frozenset({Grant.of("rsync")}))
    found = commands_for(rsync, looked_at, SETTINGS)
    assert [one.line for one in found if "rsync" in one.line] == out[1:]


def test_a_permit_for_ones_own_programs_says_how_its_certificate_is_made_and_used() -> None:
    one = permit()
    made = f"ssh -p 2222 ana@gate.example certificate {one.id} > ~/.ssh/id_ed25519-cert.pub"
    told = [command.line for command in commands_for(one, charter(), SETTINGS) if one.id in command.line]
    assert told[:2] == [made, f"ssh -p 2222 permit-{one.id}@gate.example"]


def test_a_permit_for_the_browser_has_no_commands() -> None:
    browser = replace(permit(), method=ConnectionMethod.BROWSER, keys=frozenset())
    assert commands_for(browser, charter(), SETTINGS) == ()


def test_a_forward_listens_where_no_administrator_is_needed() -> None:
    assert lines("forward:502") == ["ssh -p 2222 -N -L 10502:eng-ws-1:502 ana@gate.example"]
    assert lines("forward:5020") == ["ssh -p 2222 -N -L 5020:eng-ws-1:5020 ana@gate.example"]


def test_a_forward_to_any_port_names_the_asset_s_own() -> None:
    assert lines("forward", asset="plc-07") == ["ssh -p 2222 -N -L 5020:plc-07:5020 ana@gate.example"]


def test_putty_s_family_has_its_own() -> None:
    assert lines("shell", "exec", "sftp", "scp", client="PuTTY") == [
        "putty -ssh -P 2222 ana+eng-ws-1@gate.example",
        'plink -ssh -P 2222 ana+eng-ws-1@gate.example "uname -a"',
        "psftp -P 2222 ana+eng-ws-1@gate.example",
        "pscp -scp -P 2222 file ana+eng-ws-1@gate.example:file",
    ]
    assert lines("forward:502", client="PuTTY") == [
        "plink -ssh -N -L 10502:eng-ws-1:502 -P 2222 ana@gate.example"
    ]


def test_winscp_opens_an_address_in_which_the_plus_is_written_out() -> None:
    assert lines("sftp", "scp", client="WinSCP") == [
        "winscp.exe sftp://ana%2Beng-ws-1@gate.example:2222/",
        "winscp.exe scp://ana%2Beng-ws-1@gate.example:2222/",
    ]
    assert lines("shell", client="WinSCP") == []


def test_ansible_needs_commands_and_a_way_for_its_modules() -> None:
    line = (
        "eng-ws-1 ansible_host=gate.example ansible_port=2222 ansible_user=ana+eng-ws-1"
        " ansible_ssh_transfer_method="
    )
    assert lines("exec", "sftp", "scp", client="Ansible") == [line + "sftp"]
    assert lines("exec", "scp", client="Ansible") == [line + "scp"]
    assert lines("exec", client="Ansible") == lines("sftp", client="Ansible") == []


def test_a_client_s_commands_stand_together() -> None:
    one = permit(grants=frozenset(map(Grant.of, ("shell", "sftp"))))
    found = by_client(commands_for(one, charter(), SETTINGS))
    assert [(client, len(given)) for client, given in found] == [("OpenSSH", 6), ("PuTTY", 2), ("WinSCP", 1)]


def test_a_permit_that_opens_a_port_has_one_command_for_all_of_them() -> None:
    (line,) = lines("forward:502", "forward:5020", client="Penstock")
    assert line.startswith("penstock tunnel ")
    assert line.endswith(" --gate ana@gate.example:2222")
    assert lines("shell", client="Penstock") == []
