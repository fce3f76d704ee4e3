"""The mistakes that were made while somebody wrote a new vendor's conduit from docs/charter.md alone, tired.

Each got a message that names file, line and what to do; here they are made again. ``new_vendor`` is what
they meant to write: a company with two people and a tool, its asset and conduit, a right, a way into
the safety zone, an exception and a pathway.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from policies.charter.documents import CharterError, read_charter
from policies.charter.lint import lint
from policies.charter.where import where
from tests.for_each import for_each
from tests.policies.plant import files

MEANT = Path(__file__).parent / "new_vendor"
AT = datetime(2026, 11, 21, 8, tzinfo=UTC)

MISTAKES = [
    # the mistake, the file, what was meant, what was written; then the file and the line that are named, and the remedy
    ("conduit.agreed header forgotten", "conduits.toml", "[conduit.agreed]\n", "", "conduits.toml", 'from = "deniz"', "Put the header of its own table above it"),
    ("conduit.protocols header forgotten", "conduits.toml", "[conduit.protocols]\n", "", "conduits.toml", "[[conduit]]", "Add [conduit.protocols] with a line for each"),
    ("whole agreed block missing", "conduits.toml", '[conduit.agreed]\nfrom = "deniz"\nto = "sven"\non = 2026-11-12\n', "", "conduits.toml", "[[conduit]]", "Add [conduit.agreed] with a person of each side and the day"),
    ("[[conduit]] header forgotten", "conduits.toml", '[[conduit]]\nid = "dmz-safety"', 'id = "dmz-safety"', "conduits.toml", 'from = "dmz"', "A field stands twice in one table"),
    ("[conduit] single brackets", "conduits.toml", '[[conduit]]\nid = "dmz-safety"', '[conduit]\nid = "dmz-safety"', "conduits.toml", "[conduit]", "Write the header with two brackets on each side"),
    ("[[conduit.agreed]] double brackets", "conduits.toml", "[conduit.agreed]", "[[conduit.agreed]]", "conduits.toml", "[[conduit.agreed]]", "Write [conduit.agreed], with one bracket."),
    ("[agreed] without conduit.", "conduits.toml", "[conduit.agreed]", "[agreed]", "conduits.toml", "[agreed]", "Write [conduit.agreed] instead."),
    ("[conduits] plural", "conduits.toml", '[[conduit]]\nid = "dmz-safety"', '[[conduits]]\nid = "dmz-safety"', "conduits.toml", "[[conduits]]", "Did you mean [[conduit]]?"),
    ("[[Conduit]] capital", "conduits.toml", '[[conduit]]\nid = "dmz-safety"', '[[Conduit]]\nid = "dmz-safety"', "conduits.toml", "[[Conduit]]", "Did you mean [[conduit]]?"),
    ("wrong zone", "conduits.toml", 'to = "safety"', 'to = "saftey"', "conduits.toml", 'to = "saftey"', "Did you mean 'safety'?"),
    ("zone by its name", "conduits.toml", 'to = "safety"', 'to = "Safety system"', "conduits.toml", 'to = "Safety system"', "Write its id, not its name"),
    ("direction inbound", "conduits.toml", 'direction = "both"', 'direction = "inbound"', "conduits.toml", 'direction = "inbound"', "A conduit always leads into the zone named by 'to'"),
    ("direction Both", "conduits.toml", 'direction = "both"', 'direction = "Both"', "conduits.toml", 'direction = "Both"', "Did you mean 'both'"),
    ("direction in", "conduits.toml", 'direction = "both"', 'direction = "in"', "conduits.toml", 'direction = "in"', "A conduit always leads into the zone named by 'to'"),
    ("from=to", "conduits.toml", 'from = "dmz"\nto = "safety"', 'from = "safety"\nto = "safety"', "conduits.toml", 'to = "safety"', "A conduit joins two zones."),
    ("misspelt key longest_windows", "conduits.toml", "longest_window", "longest_windows", "conduits.toml", "[[conduit]]", "Add it: a string in quotes."),
    ("key with hyphen", "conduits.toml", "longest_window", "longest-window", "conduits.toml", "[[conduit]]", "Add it: a string in quotes."),
    ("key capital", "conduits.toml", "purpose =", "Purpose =", "conduits.toml", "[[conduit]]", "Add it: a string in quotes."),
    ("window as number", "conduits.toml", '"2h"', "2", "conduits.toml", "longest_window = 2", "Write it as a string in quotes."),
    ("window '2 hours'", "conduits.toml", '"2h"', '"2 hours"', "conduits.toml", 'longest_window = "2 hours"', "Write minutes, hours or days, for instance '30m', '8h' or '2"),
    ("window 120min", "conduits.toml", '"2h"', '"120min"', "conduits.toml", 'longest_window = "120min"', "Write minutes, hours or days, for instance '30m', '8h' or '2"),
    ("window 45d", "conduits.toml", '"2h"', '"45d"', "conduits.toml", 'longest_window = "45d"', "Write minutes, hours or days, for instance '30m', '8h' or '2"),
    ("agreed on a day to come", "conduits.toml", "on = 2026-11-12", "on = 2027-11-12", "conduits.toml", "on = 2027-11-12", "Write the day on which it was done"),
    ("agreed by vendor's person", "conduits.toml", 'from = "deniz"\nto = "sven"', 'from = "ada"\nto = "sven"', "conduits.toml", 'from = "ada"', "Name a person of the plant."),
    ("agreed by name", "conduits.toml", 'from = "deniz"\nto = "sven"', 'from = "Deniz Aydin"\nto = "sven"', "conduits.toml", 'from = "Deniz Aydin"', "Write its id, not its name"),
    ("agreed on quoted", "conduits.toml", "on = 2026-11-12", 'on = "2026-11-12"', "conduits.toml", 'on = "2026-11-12"', "Write it as a date such as 2026-01-31, without quotes."),
    ("date german", "conduits.toml", "on = 2026-11-12", "on = 12.11.2026", "conduits.toml", "on = 12.11.2026", "Write a day as 2026-01-31, one that the calendar has"),
    ("date with slashes", "conduits.toml", "on = 2026-11-12", "on = 2026/11/12", "conduits.toml", "on = 2026/11/12", "Write a day as 2026-01-31, one that the calendar has"),
    ("date month 13", "conduits.toml", "on = 2026-11-12", "on = 2026-13-12", "conduits.toml", "on = 2026-13-12", "Write a day as 2026-01-31, one that the calendar has"),
    ("date one digit", "conduits.toml", "on = 2026-11-12", "on = 2026-1-2", "conduits.toml", "on = 2026-1-2", "Write a day as 2026-01-31, one that the calendar has"),
    ("vendor unknown", "conduits.toml", 'vendors = ["brightwater"]', 'vendors = ["britewater"]', "conduits.toml", 'vendors = ["britewater"]', "Did you mean 'brightwater'?"),
    ("vendor not a list", "conduits.toml", 'vendors = ["brightwater"]', 'vendors = "brightwater"', "conduits.toml", 'vendors = "brightwater"', 'Write it as a list of strings, such as ["one", "another"].'),
    ("empty vendors", "conduits.toml", 'vendors = ["brightwater"]', "vendors = []", "conduits.toml", "vendors = []", "Name each one"),
    ("vendors *", "conduits.toml", 'vendors = ["brightwater"]', 'vendors = ["*"]', "conduits.toml", 'vendors = ["*"]', "There is no wildcard and no 'all'"),
    ("grant unknown ssh", "conduits.toml", 'grants = ["forward:502"]', 'grants = ["ssh"]', "conduits.toml", 'grants = ["ssh"]', "Protocols stand in [conduit.protocols]"),
    ("grant forward:70000", "conduits.toml", 'grants = ["forward:502"]', 'grants = ["forward:70000"]', "conduits.toml", 'grants = ["forward:70000"]', "It may be shell, exec, sftp, scp, rsync, zmodem, each of the"),
    ("grant tunnel", "conduits.toml", 'grants = ["forward:502"]', 'grants = ["tunnel:502"]', "conduits.toml", 'grants = ["tunnel:502"]', "It may be shell, exec, sftp, scp, rsync, zmodem, each of the"),
    ("grant 502", "conduits.toml", 'grants = ["forward:502"]', "grants = [502]", "conduits.toml", "grants = [502]", "Put each item in quotes."),
    ("state isolated", "conduits.toml", 'states = ["turnaround"]', 'states = ["isolated"]', "conduits.toml", 'states = ["isolated"]', "Remove it; a conduit can't be open while its zone"),
    ("state stopped", "conduits.toml", 'states = ["turnaround"]', 'states = ["stopped"]', "conduits.toml", 'states = ["stopped"]', "It may be one of"),
    ("state turn-around", "conduits.toml", 'states = ["turnaround"]', 'states = ["turn-around"]', "conduits.toml", 'states = ["turn-around"]', "Did you mean 'turnaround'"),
    ("proof pass key", "conduits.toml", 'proofs = ["passkey"]', 'proofs = ["password"]', "conduits.toml", 'proofs = ["password"]', "It may be one of"),
    ("protocol modbus-tcp", "conduits.toml", 'modbus = ["view"]', 'modbus-tcp = ["view"]', "conduits.toml", 'modbus-tcp = ["view"]', "Did you mean 'modbus'"),
    ("protocol action read", "conduits.toml", 'modbus = ["view"]', 'modbus = ["read"]', "conduits.toml", 'modbus = ["read"]', "It may be one of"),
    ("sl_t six", "conduits.toml", "sl_t = [3, 3, 3, 1, 3, 2, 2]", "sl_t = [3, 3, 3, 1, 3, 2]", "conduits.toml", "sl_t = [3, 3, 3, 1, 3, 2]", "Write it as a list of 7 whole numbers from 0 to 4"),
    ("sl_t 5", "conduits.toml", "sl_t = [3, 3, 3, 1, 3, 2, 2]", "sl_t = [3, 3, 3, 1, 3, 2, 5]", "conduits.toml", "sl_t = [3, 3, 3, 1, 3, 2, 5]", "Write it as a list of 7 whole numbers from 0 to 4"),
    ("sl_t number", "conduits.toml", "sl_t = [3, 3, 3, 1, 3, 2, 2]", "sl_t = 3", "conduits.toml", "sl_t = 3", "Write it as a list of 7 whole numbers from 0 to 4."),
    ("supervised quoted", "conduits.toml", "supervised = false", 'supervised = "no"', "conduits.toml", 'supervised = "no"', "Write it as true or false."),
    ("supervised False", "conduits.toml", "supervised = false", "supervised = False", "conduits.toml", "supervised = False", "Write true or false, in small letters."),
    ("supervised no", "conduits.toml", "supervised = false", "supervised = no", "conduits.toml", "supervised = no", "Write true or false, in small letters."),
    ("safety dep unknown", "conduits.toml", 'safety_dependency = "overpressure-trip"', 'safety_dependency = "overpresure-trip"', "conduits.toml", 'safety_dependency = "overpresure-trip"', "Did you mean 'overpressure-trip'?"),
    ("safety dep missing", "conduits.toml", 'safety_dependency = "overpressure-trip"\n', "", "conduits.toml", "[[conduit]]", "Remove it, make it outbound, or have safety and security sig"),
    ("missing purpose", "conduits.toml", 'purpose = "Reading the trip log after the proof test"\n', "", "conduits.toml", "[[conduit]]", "Add it: a string in quotes."),
    ("blank purpose", "conduits.toml", 'purpose = "Reading the trip log after the proof test"\n', 'purpose = ""\n', "conduits.toml", 'purpose = ""', "Fill in 'purpose'"),
    ("duplicate conduit id", "conduits.toml", 'id = "dmz-safety"', 'id = "dmz-flow"', "conduits.toml", 'id = "dmz-flow"', "Give each its own"),
    ("a conduit called as a zone", "conduits.toml", 'id = "dmz-safety"', 'id = "safety"', "conduits.toml", 'id = "safety"', "A right over it could mean either"),
    ("id upper case", "conduits.toml", 'id = "dmz-safety"', 'id = "DMZ-safety"', "conduits.toml", 'id = "DMZ-safety"', "Did you mean 'dmz-safety'"),
    ("id underscore", "conduits.toml", 'id = "dmz-safety"', 'id = "dmz_safety"', "conduits.toml", 'id = "dmz_safety"', "Did you mean 'dmz-safety'"),
    ("smart quotes", "conduits.toml", 'purpose = "Reading the trip log after the proof test"', "purpose = \u201cReading the trip log\u201d", "conduits.toml", "purpose = \u201cReading the trip log\u201d", "Use straight quotes"),
    ("one smart quote close", "conduits.toml", 'purpose = "Reading the trip log after the proof test"', 'purpose = "Reading the trip log\u201d', "conduits.toml", 'purpose = "Reading the trip log\u201d', "Use straight quotes"),
    ("unclosed string", "conduits.toml", 'purpose = "Reading the trip log after the proof test"', 'purpose = "Reading the trip log', "conduits.toml", 'purpose = "Reading the trip log', "End the string with a quote on the line on which it begins."),
    ("no quotes", "conduits.toml", 'id = "dmz-safety"', "id = dmz-safety", "conduits.toml", "id = dmz-safety", "Put the value in quotes."),
    ("unclosed list", "conduits.toml", 'states = ["turnaround"]', 'states = ["turnaround"', "conduits.toml", 'proofs = ["passkey"]', "Put a comma between the items of the list and ] behind the l"),
    ("unclosed header", "conduits.toml", '[[conduit]]\nid = "dmz-safety"', '[[conduit]\nid = "dmz-safety"', "conduits.toml", "[[conduit]", "Close the header with as many brackets as it begins with, on"),
    ("colon in place of =", "conduits.toml", 'id = "dmz-safety"', 'id: "dmz-safety"', "conduits.toml", 'id: "dmz-safety"', "Write = after the name of the field, not a colon."),
    ("semicolon at end", "conduits.toml", 'id = "dmz-safety"', 'id = "dmz-safety";', "conduits.toml", 'id = "dmz-safety";', "End the line behind the value"),
    ("no value", "conduits.toml", 'id = "dmz-safety"', "id =", "conduits.toml", "id =", "Write a value behind the =."),
    ("key twice", "conduits.toml", 'id = "dmz-safety"', 'id = "dmz-safety"\nid = "dmz-safety"', "conduits.toml", 'id = "dmz-safety"', "A field stands twice in one table"),
    ("// comment", "conduits.toml", 'id = "dmz-safety"', 'id = "dmz-safety" // trip', "conduits.toml", 'id = "dmz-safety" // trip', "End the line behind the value"),
    ("key of vendor in conduit (contract)", "conduits.toml", 'vendors = ["brightwater"]', 'vendors = ["brightwater"]\nnetworks = ["198.51.100.0/24"]', "conduits.toml", 'networks = ["198.51.100.0/24"]', "Remove it, or put the header of its own table above it"),
    ("conduit block in assets.toml", "assets.toml", '[[asset]]\nid = "flow-5"', '[[conduit]]\nid = "dmz-flow2"\n\n[[asset]]\nid = "flow-5"', "assets.toml", "[[conduit]]", "It belongs in conduits.toml."),
    ("logical_access as a string", "conduits.toml", '[conduit.logical_access]\n"fw-plant, rule 70" = "Modbus from the broker to sis-1"', "[conduit.logical_access]", "conduits.toml", "[conduit.logical_access]", 'Add one: "name of it" = "what flows through it".'),
    ("logical_access unquoted key", "conduits.toml", '"fw-plant, rule 70" = ', "fw-plant, rule 70 = ", "conduits.toml", 'fw-plant, rule 70 = "Modbus from the broker to', "Write the name of the field without spaces, then =, then its"),
    ("asset depends on itself", "assets.toml", 'depends_on = ["plc-07"]', 'depends_on = ["flow-5"]', "assets.toml", 'depends_on = ["flow-5"]', "Name the other assets that it needs."),
    ("asset depends on unknown", "assets.toml", 'depends_on = ["plc-07"]', 'depends_on = ["plc-7"]', "assets.toml", 'depends_on = ["plc-7"]', "Did you mean 'plc-07'?"),
    ("asset address name", "assets.toml", '"192.0.2.40"', '"flow-5.plant.local"', "assets.toml", 'address = "flow-5.plant.local"', "Give the asset's own IPv4 or IPv6 address, for instance 10.2"),
    ("asset address with port", "assets.toml", '"192.0.2.40"', '"192.0.2.40:22"', "assets.toml", 'address = "192.0.2.40:22"', "Write 192.0.2.40"),
    ("asset address with prefix", "assets.toml", '"192.0.2.40"', '"192.0.2.40/24"', "assets.toml", 'address = "192.0.2.40/24"', "Write 192.0.2.40, without a prefix."),
    ("asset address leading zero", "assets.toml", '"192.0.2.40"', '"192.000.002.040"', "assets.toml", 'address = "192.000.002.040"', "Write 192.0.2.40, without leading zeros."),
    ("port quoted", "assets.toml", "port = 22", 'port = "22"', "assets.toml", 'port = "22"', "Write it as a whole number."),
    ("port 0", "assets.toml", "port = 22", "port = 0", "assets.toml", "port = 0", "Give a whole number from 1 to 65535."),
    ("host key missing", "assets.toml", 'host_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCg"]\n', "", "assets.toml", "[[asset.endpoint]]", 'Add it: a list of strings, such as ["one", "anothe'),
    ("host key fingerprint", "assets.toml", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCg", "SHA256:3k5h2jk3h5jk23h5kj23h5kj23h5k2j3h5", "assets.toml", 'host_keys = ["SHA256:3k5h2jk3h5jk23h5kj23h5kj2', "Paste the whole line of the .pub file"),
    ("host key keyscan line", "assets.toml", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCg", "192.0.2.40 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCg", "assets.toml", 'host_keys = ["192.0.2.40 ssh-ed25519 AAAAC3Nza', "Leave out what stands before ssh-ed25519"),
    ("host key cut", "assets.toml", "AAAAIKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCg", "AAAAIKCgoKCgoKCgoKCgoKCgoKCg", "assets.toml", 'host_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5', "Paste the whole line of the .pub file"),
    ("protocol upper", "assets.toml", 'protocol = "ssh"', 'protocol = "SSH"', "assets.toml", 'protocol = "SSH"', "Did you mean 'ssh'"),
    ("criticality mid", "assets.toml", 'criticality = "medium"', 'criticality = "mid"', "assets.toml", 'criticality = "mid"', "It may be one of"),
    ("criticality High", "assets.toml", 'criticality = "medium"', 'criticality = "High"', "assets.toml", 'criticality = "High"', "Did you mean 'high'"),
    ("asset zone is a conduit", "assets.toml", 'zone = "pumping"', 'zone = "dmz-pumping"', "assets.toml", 'zone = "dmz-pumping"', "Did you mean 'pumping'?"),
    ("asset without endpoint", "assets.toml", '[[asset.endpoint]]\nprotocol = "ssh"\naddress = "192.0.2.40"\nport = 22\nhost_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCg"]\n', "", "assets.toml", "[[asset]]", "Add it: a list of tables, each under [[asset.endpo"),
    ("[asset.endpoint] single", "assets.toml", "[[asset.endpoint]]", "[asset.endpoint]", "assets.toml", "[asset.endpoint]", "Write [[asset.endpoint]], with two brackets"),
    ("[[endpoint]] without asset", "assets.toml", "[[asset.endpoint]]", "[[endpoint]]", "assets.toml", "[[asset]]", "Add it: a list of tables, each under [[asset.endpo"),
    ("bears as string", "assets.toml", 'bears = { maintenance = "calibration, with the dosing pump in manual" }', 'bears = "calibration in maintenance"', "assets.toml", 'bears = "calibration in maintenance"', "Write it as a table [asset.bears]."),
    ("bears state unknown", "assets.toml", "bears = { maintenance =", "bears = { stopped =", "assets.toml", 'bears = { stopped = "calibration, with the dos', "It may be one of"),
    ("depends cycle", "assets.toml", 'depends_on = ["plc-07"]', 'depends_on = ["plc-07", "plc-07"]', "assets.toml", 'depends_on = ["plc-07", "plc-07"]', "Remove one of the two."),
    ("replica self", "assets.toml", 'depends_on = ["plc-07"]', 'depends_on = ["plc-07"]\nreplica = "flow-5"', "assets.toml", 'replica = "flow-5"', "Name the one-way copy of it, or leave it out."),
    ("asset name twice", "assets.toml", 'name = "Flow computer 5"', 'name = "Operator Panel"', "assets.toml", 'name = "Operator Panel"', "Name the two so that nobody takes one for the other."),
    ("cyrillic letter in name", "assets.toml", 'name = "Flow computer 5"', 'name = "Fl\u043ew computer 5"', "assets.toml", 'name = "Fl\u043ew computer 5"', "Type the name again with plain letters."),
    ("nbsp in name", "assets.toml", 'name = "Flow computer 5"', 'name = "Flow\xa0computer 5"', "assets.toml", 'name = "Flow\xa0computer 5"', "Type the name again with plain letters."),
    ("tool without terminate", "vendors.toml", 'terminate = "Instruction OT-40, 7"\n', "", "vendors.toml", "[tool.documents]", "Write where each stands into [tool.documents]."),
    ("tool without documents", "vendors.toml", '[tool.documents]\ninstall = "Instruction OT-40, 2"\nconfigure = "Instruction OT-40, 3"\noperate = "Instruction OT-40, 4"\nterminate = "Instruction OT-40, 7"\n', "", "vendors.toml", "[[tool]]", "Write where each stands into [tool.documents]."),
    ("tool unknown", "vendors.toml", 'tools = ["mobaxterm", "openssh"]', 'tools = ["mobaxtrem"]', "vendors.toml", 'tools = ["mobaxtrem"]', "Did you mean 'mobaxterm'?"),
    ("tool under vendor", "vendors.toml", '[[tool]]\nid = "mobaxterm"', '[[vendor.tool]]\nid = "mobaxterm"', "vendors.toml", "[[vendor.tool]]", "Did you mean [[tool]]?"),
    ("tool same client", "vendors.toml", "SSH-2.0-MobaXterm_", "SSH-2.0-OpenSSH_", "vendors.toml", 'clients = ["SSH-2.0-OpenSSH_"]', "Write more of the version string, or make one tool of the tw"),
    ("network host bits", "vendors.toml", 'networks = ["203.0.113.0/24"]', 'networks = ["203.0.113.7/24"]', "vendors.toml", 'networks = ["203.0.113.7/24"]', "Write 203.0.113.0/24 for the whole network, 203.0.113.7/32 f"),
    ("network without prefix", "vendors.toml", 'networks = ["203.0.113.0/24"]', 'networks = ["203.0.113.7"]', "vendors.toml", 'networks = ["203.0.113.7"]', "Write 203.0.113.7/32."),
    ("network everywhere", "vendors.toml", 'networks = ["203.0.113.0/24"]', 'networks = ["0.0.0.0/0"]', "vendors.toml", 'networks = ["0.0.0.0/0"]', "Name the vendor's own networks."),
    ("network netmask", "vendors.toml", 'networks = ["203.0.113.0/24"]', 'networks = ["203.0.113.0 255.255.255.0"]', "vendors.toml", 'networks = ["203.0.113.0 255.255.255.0"]', "Write 203.0.113.0/24 for the whole network, 203.0.113.0/32 f"),
    ("contract end before begin", "vendors.toml", "from = 2026-11-01\nuntil = 2028-11-01", "from = 2028-11-01\nuntil = 2026-11-01", "vendors.toml", "until = 2026-11-01", "Put 'until' after 'from'"),
    ("contract until = from", "vendors.toml", "from = 2026-11-01\nuntil = 2028-11-01", "from = 2026-11-01\nuntil = 2026-11-01", "vendors.toml", "until = 2026-11-01", "Put 'until' after 'from'"),
    ("contract without until", "vendors.toml", "until = 2028-11-01\n", "", "vendors.toml", "[[vendor.contract]]", "Add until = 2026-01-31 (a date)."),
    ("contract over", "vendors.toml", "from = 2026-11-01\nuntil = 2028-11-01", "from = 2024-11-01\nuntil = 2025-11-01", "vendors.toml", "until = 2025-11-01", "Nothing, if it is meant to be over"),
    ("contract asset unknown", "vendors.toml", 'assets = ["flow-5"]', 'assets = ["flow5"]', "vendors.toml", 'assets = ["flow5"]', "Did you mean 'flow-5'?"),
    ("contract without assets", "vendors.toml", 'assets = ["flow-5"]\n', "", "vendors.toml", "[[vendor.contract]]", 'Add it: a list of strings, such as ["one", "anothe'),
    ("terms misspelt", "vendors.toml", 'incident_notice = "AI-77, 4"', 'incident-notice = "AI-77, 4"', "vendors.toml", 'incident-notice = "AI-77, 4"', "Did you mean 'incident_notice'?"),
    ("term missing", "vendors.toml", 'exit = "AI-77, 7"\n', "", "vendors.toml", "[vendor.contract.terms]", "Write where it says so into [vendor.contract.terms]."),
    ("[contract] without vendor", "vendors.toml", "[[vendor.contract]]", "[[contract]]", "vendors.toml", "[[contract]]", "Write [[vendor.contract]] instead."),
    ("person vendor unknown", "people.toml", 'vendor = "alder"', 'vendor = "adler"', "people.toml", 'vendor = "adler"', "Did you mean 'alder'?"),
    ("person duplicate id", "people.toml", 'id = "tom"', 'id = "ada"', "people.toml", 'id = "ada"', "Give each its own"),
    ("person duplicate name", "people.toml", 'name = "Tom Berg"', 'name = "Ada Moreau"', "people.toml", 'name = "Ada Moreau"', "Name the two so that nobody takes one for the other."),
    ("admitted header missing", "people.toml", "[person.admitted]\n", "", "people.toml", "from = 2026-11-01", "Remove it, or put the header of its own table above it"),
    ("admitted by unknown", "people.toml", 'by = "olga"', 'by = "olag"', "people.toml", 'by = "olag"', "Write the id of whoever saw them"),
    ("admitted by name text", "people.toml", '[person.admitted]\nfrom = 2026-11-01\nuntil = 2027-11-01\nby = "olga"', '[person.admitted]\nfrom = 2026-11-01\nuntil = 2027-11-01\nby = "Olga Brandt"', "people.toml", 'by = "Olga Brandt"', "Write its id, not its name"),
    ("proofed by name text", "people.toml", 'kind = "in-person"\nby = "olga"', 'kind = "in-person"\nby = "Olga Brandt"', "people.toml", 'by = "Olga Brandt"', "Write the id of whoever saw them"),
    ("proofed by vendor person", "people.toml", 'kind = "in-person"\nby = "olga"', 'kind = "in-person"\nby = "ada"', "people.toml", 'by = "ada"', "Write the id of whoever saw them"),
    ("proofed future", "people.toml", "[person.proofed]\non = 2026-11-01", "[person.proofed]\non = 2028-11-01", "people.toml", "on = 2028-11-01", "Write the day on which it was done"),
    ("proofed kind", "people.toml", 'kind = "in-person"', 'kind = "in person"', "people.toml", 'kind = "in person"', "Did you mean 'in-person'"),
    ("person without key", "people.toml", 'contact = "+31 20 555 0300"', "contact = 31205550300", "people.toml", "contact = 31205550300", "Write it as a string in quotes."),
    ("key a string", "people.toml", 'ssh_keys = ["', 'ssh_keys = "["', "people.toml", 'ssh_keys = "["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5', "End the line behind the value"),
    ("training single brackets", "people.toml", "[[person.training]]", "[person.training]", "people.toml", "[person.training]", "Write [[person.training]], with two brackets"),
    ("training no end", "people.toml", 'name = "Site safety and remote access"\nfrom = 2026-11-01\nuntil = 2027-11-01\n', 'name = "Site safety and remote access"\nfrom = 2026-11-01\n', "people.toml", "[[person.training]]", "Add until = 2026-01-31 (a date)."),
    ("training missing", "people.toml", '[[person.training]]\nname = "Site safety and remote access"\nfrom = 2026-11-01\nuntil = 2027-11-01\n', "", "people.toml", "[[person]]", "Add what is missing in people.toml"),
    ("admitted ended", "people.toml", "[person.admitted]\nfrom = 2026-11-01\nuntil = 2027-11-01", "[person.admitted]\nfrom = 2026-01-01\nuntil = 2026-11-01", "people.toml", "until = 2026-11-01", "Nothing, if it is meant to be over"),
    ("vendor person with side", "people.toml", 'contact = "+31 20 555 0300"', 'side = "ot"', "people.toml", 'side = "ot"', "Remove 'side'."),
    ("vendor person auditor", "people.toml", 'contact = "+31 20 555 0300"', "auditor = true", "people.toml", "auditor = true", "Remove 'auditor'."),
    ("time without offset", "people.toml", "[person.admitted]\nfrom = 2026-11-01\n", "[person.admitted]\nfrom = 2026-11-01T08:00:00\n", "people.toml", "from = 2026-11-01T08:00:00", "Write a date alone, or add the offset"),
    ("date only month", "people.toml", "[person.admitted]\nfrom = 2026-11-01\n", "[person.admitted]\nfrom = 2026-11\n", "people.toml", "from = 2026-11", "Write a day as 2026-01-31, one that the calendar has"),
    ("right unknown", "rights.toml", 'right = "connect"', 'right = "approve"', "rights.toml", 'right = "approve"', "It may be one of"),
    ("right boundary unknown", "rights.toml", 'boundary = "dmz-flow"', 'boundary = "dmz-flo"', "rights.toml", 'boundary = "dmz-flo"', "Did you mean 'dmz-flow'?"),
    ("right boundary asset", "rights.toml", 'boundary = "dmz-flow"', 'boundary = "flow-5"', "rights.toml", 'boundary = "flow-5"', "'flow-5' is an asset"),
    ("right holder vendor", "rights.toml", 'holder = "deniz"', 'holder = "ada"', "rights.toml", 'holder = "ada"', "Name a person of the plant"),
    ("right holder=deputy", "rights.toml", 'deputy = "petra"', 'deputy = "deniz"', "rights.toml", 'deputy = "deniz"', "Name somebody else, or no deputy."),
    ("right arbiter=holder", "rights.toml", 'arbiter = "olga"', 'arbiter = "deniz"', "rights.toml", 'arbiter = "deniz"', "Name somebody who has no say in it yet."),
    ("right no deputy", "rights.toml", 'deputy = "petra"\n', "", "conduits.toml", "[[conduit]]", "Name one in rights.toml"),
    ("right no basis", "rights.toml", 'basis = "Plant instruction PI-07, version 3"\n', "", "rights.toml", "[[right]]", "Add it: a string in quotes."),
    ("right over twice", "rights.toml", 'boundary = "dmz-flow"\nholder = "deniz"\ndeputy = "petra"', 'boundary = "riverside"\nholder = "deniz"\ndeputy = "petra"', "rights.toml", 'boundary = "riverside"', "End the one where the other begins"),
    ("right side IT", "rights.toml", 'side = "ot"', 'side = "it"', "rights.toml", 'holder = "deniz"', 'Name a person with side = "it" in people.toml.'),
    ("right quorum 2 alone", "rights.toml", 'side = "ot"', 'side = "ot"\nquorum = 2', "rights.toml", "quorum = 2", "Name as many holders as must say yes, at least"),
    ("right expired", "rights.toml", "from = 2026-11-01\nuntil = 2027-11-01", "from = 2025-11-01\nuntil = 2026-11-01", "exceptions.toml", 'granted_by = "deniz"', "Have the holder grant it"),
    ("rights plural header", "rights.toml", "[[right]]", "[[rights]]", "rights.toml", "[[rights]]", "Did you mean [[right]]?"),
    ("holder list", "rights.toml", 'holder = "deniz"', 'holder = ["deniz"]', "rights.toml", 'holder = ["deniz"]', "Write it as a string in quotes."),
    ("signed digest wrong", "zones.toml", "00827f42f86713af", "00827f42f86713a0", "zones.toml", 'text = "00827f42f86713a0"', "Have both sides read it and sign it again, then write text ="),
    ("signed same person", "zones.toml", 'safety = "sven"\nsecurity = "olga"', 'safety = "sven"\nsecurity = "sven"', "zones.toml", 'security = "sven"', "Two persons sign it, one for each side."),
    ("signed header missing", "zones.toml", "[safety_dependency.signed]\n", "", "zones.toml", "[[safety_dependency]]", "Add [safety_dependency.signed] with safety, security, on and"),
    ("signed future", "zones.toml", "on = 2026-11-12", "on = 2027-11-12", "zones.toml", "on = 2027-11-12", "Write the day on which it was done"),
    ("signed vendor person", "zones.toml", 'security = "olga"', 'security = "ada"', "zones.toml", 'security = "ada"', "Name a person of the plant."),
    ("safety zone not safety", "zones.toml", 'zone = "safety"', 'zone = "pumping"', "zones.toml", 'zone = "pumping"', "Name the zone that holds the safety function."),
    ("writes_in isolated", "zones.toml", "key_switch =", 'writes_in = ["isolated"]\nkey_switch =', "zones.toml", 'writes_in = ["isolated"]', "Name the states in which the shift turns the switch for such"),
    ("zone.safety key header hyphen", "zones.toml", "[[safety_dependency]]", "[[safety-dependency]]", "zones.toml", "[[safety-dependency]]", "Did you mean [[safety_dependency]]?"),
    ("exception without until", "exceptions.toml", "until = 2027-03-01\n", "", "exceptions.toml", "[[exception]]", "Add until = 2026-01-31 (a date)."),
    ("exception too long", "exceptions.toml", "until = 2027-03-01", "until = 2028-03-01", "exceptions.toml", "until = 2028-03-01", "End it earlier"),
    ("exception lifts approval", "exceptions.toml", 'lifts = ["contract_term_missing"]', 'lifts = ["approval"]', "exceptions.toml", 'lifts = ["approval"]', "It may be one of"),
    ("exception no vendor", "exceptions.toml", 'vendor = "alder"\n', "", "exceptions.toml", "[[exception]]", "Name the one vendor of whom this is tolerated."),
    ("exception granted by nobody", "exceptions.toml", 'granted_by = "deniz"', 'granted_by = "milo"', "exceptions.toml", 'granted_by = "milo"', "Have the holder grant it"),
    ("exception owner unknown", "exceptions.toml", 'owner = "olga"', 'owner = "Olga"', "exceptions.toml", 'owner = "Olga"', "Did you mean 'olga'"),
    ("exception boundary unknown", "exceptions.toml", 'boundary = "dmz-flow"', 'boundary = "flow-5"', "exceptions.toml", 'boundary = "flow-5"', "'flow-5' is an asset"),
    ("exception no compensating", "exceptions.toml", 'compensating = "Somebody of the shift sits beside every session"\n', "", "exceptions.toml", "[[exception]]", "Add it: a string in quotes."),
    ("pathway kind", "pathways.toml", 'kind = "modem"', 'kind = "4g"', "pathways.toml", 'kind = "4g"', "It may be one of"),
    ("pathway status", "pathways.toml", 'status = "ungoverned"', 'status = "open"', "pathways.toml", 'status = "open"', "It may be one of"),
    ("pathway governed without owner", "pathways.toml", 'status = "ungoverned"', 'status = "governed"', "pathways.toml", 'status = "governed"', "Add 'owner', or call it 'ungoverned', which it is until then"),
    ("pathway excepted without exception", "pathways.toml", 'status = "ungoverned"', 'status = "excepted"', "pathways.toml", 'status = "excepted"', "Add 'owner', or call it 'ungoverned', which it is until then"),
    ("pathway zone unknown", "pathways.toml", 'zone = "pumping"', 'zone = "pump"', "pathways.toml", 'zone = "pump"', "Did you mean 'pumping'?"),
    ("pathway found future", "pathways.toml", "found = 2026-11-03", "found = 2029-11-03", "pathways.toml", "found = 2029-11-03", "Write the day on which it was done"),
    ("pathway duplicate", "pathways.toml", 'id = "flow-modem"', 'id = "flow-modem"\nid = "flow-modem"', "pathways.toml", 'id = "flow-modem"', "A field stands twice in one table"),
    ("time zone CET+1", "sites.toml", 'time_zone = "Europe/Amsterdam" # dates', 'time_zone = "CET+1" # dates', "sites.toml", 'time_zone = "CET+1" # dates in these files mea', "Give an IANA name such as 'Europe/Amsterdam' or 'America/Chi"),
    ("time zone misspelt", "sites.toml", 'time_zone = "Europe/Amsterdam" # dates', 'time_zone = "Europe/Amsterdm" # dates', "sites.toml", 'time_zone = "Europe/Amsterdm" # dates in these', "Did you mean 'Europe/Amsterdam'?"),
    ("time zone case", "sites.toml", 'time_zone = "Europe/Amsterdam" # dates', 'time_zone = "europe/amsterdam" # dates', "sites.toml", 'time_zone = "europe/amsterdam" # dates in thes', "Did you mean 'Europe/Amsterdam'?"),
    ("broker zone control", "sites.toml", 'broker_zones = ["dmz"]', 'broker_zones = ["operations"]', "zones.toml", "[[zone]]", "Move it into a DMZ and name that in 'broker_zones' of sites."),
    ("broker zone unknown", "sites.toml", 'broker_zones = ["dmz"]', 'broker_zones = ["DMZ"]', "sites.toml", 'broker_zones = ["DMZ"]          # where this b', "Did you mean 'dmz'"),
    ("state removed", "states.toml", '[[state]]\nstate = "shutdown"\nview = "allow"\noperate = "attended"\nconfigure = "refuse"\noverride = "refuse"\n', "", "states.toml", "[[state]]", "Add a [[state]] for each"),
    ("outcome deny", "states.toml", 'configure = "refuse"', 'configure = "deny"', "states.toml", 'configure = "deny"', "It may be allow, attended or refuse"),
    ("outcome by 0", "states.toml", '"attended by 2"', '"attended by 0"', "states.toml", 'override = "attended by 0"', "It may be allow, attended or refuse"),
    ("rule misspelt", "rules.toml", '"break-glass/1"', '"break-glas/1"', "rules.toml", '"break-glas/1",', "Did you mean 'break-glass/1'?"),
]  # fmt: skip

SAVED = [
    pytest.param("conduits.toml", lambda data: b"\xef\xbb\xbf" + data, 1, "UTF-8 without one", id="a byte order mark"),
    pytest.param("conduits.toml", lambda data: data.decode().encode("utf-16"), 1, "Save it as UTF-8", id="UTF-16"),
    pytest.param("conduits.toml", lambda data: b"# Ausl\xf6se\n" + data, 1, "Save it as UTF-8", id="Latin-1"),
    pytest.param("conduits.toml", lambda data: data.replace(b"\n", b"\r"), 1, "LF", id="line ends of an old Macintosh"),
    pytest.param("vendors.toml", lambda _: b"", 1, "each under [[vendor]]", id="an empty file"),
]  # fmt: skip

NAMED = [
    pytest.param(
        "contracts.toml", "Each [[vendor.contract]] stands in vendors.toml", id="a file of contracts"
    ),
    pytest.param("tools.toml", "Each [[tool]] stands in vendors.toml", id="a file of tools"),
    pytest.param("assets (copy).toml", "assets.toml is there too", id="a copy"),
    pytest.param("notes.toml", "The files are: sites.toml", id="a file of one's own"),
]


def meant() -> dict[str, bytes]:
    given = files()
    return given | {one.name: given[one.name] + b"\n" + one.read_bytes() for one in MEANT.glob("*.toml")}


def told(given: dict[str, bytes]) -> list[tuple[str, int, str]]:
    """File, line and remedy of everything that ``penstock charter check`` says of it."""
    try:
        read = read_charter(given)
    except CharterError as error:
        return [(one.file, one.line, one.remedy) for one in error.faults]
    return [(*where(one, given, read.files), one.remedy) for one in lint(read, AT)]


def test_what_was_meant_can_be_used() -> None:
    read = read_charter(meant())
    assert {"alder", "ada", "tom", "flow-5", "dmz-flow"} <= {
        *read.vendors,
        *read.people,
        *read.assets,
        *read.conduits,
    }
    assert {one.code for one in lint(read, AT) if not one.note} == {"idle_grant", "ungoverned_pathway"}


@for_each(
    ("name", "right", "wrong", "file", "mark", "remedy"),
    [pytest.param(*one[1:], id=one[0]) for one in MISTAKES],
)
def test_every_mistake_is_answered_with_file_line_and_remedy(
    name: str, right: str, wrong: str, file: str, mark: str, remedy: str
) -> None:
    """C01: a person who has never seen it writes a conduit for a new vendor, and every mistake gets a message."""
    given = meant()
    head, found, rest = given[name].decode().rpartition(right)
    assert found
    given[name] = f"{head}{wrong}{rest}".encode()
    matching = [(at, line) for at, line, says in told(given) if at == file and remedy in says]
    assert matching, told(given)
    assert all(line for _, line in matching)
    assert any(given[at].decode().split("\n")[line - 1].strip().startswith(mark) for at, line in matching), (
        matching
    )


@pytest.mark.parametrize(("name", "spoilt", "line", "remedy"), SAVED)
def test_a_file_saved_in_the_wrong_form_is_answered_too(
    name: str, spoilt: Callable[[bytes], bytes], line: int, remedy: str
) -> None:
    """C01."""
    given = meant()
    given[name] = spoilt(given[name])
    answers = told(given)
    assert len(answers) <= 2, "one cause, and no cascade"
    assert any(at == name and number == line and remedy in says for at, number, says in answers), answers


@pytest.mark.parametrize(("name", "remedy"), NAMED)
def test_a_file_that_is_none_of_the_charter_s_is_told_where_its_content_belongs(
    name: str, remedy: str
) -> None:
    """C01."""
    assert [(at, says.startswith(remedy)) for at, _, says in told(meant() | {name: b""})] == [(name, True)]


@pytest.mark.parametrize("name", ["Conduits.toml", "conduits.toml.txt", "conduit.toml"])
def test_a_file_misnamed_is_told_on_both_sides(name: str) -> None:
    """C01."""
    given = meant()
    given[name] = given.pop("conduits.toml")
    assert [(at, says.partition(";")[0]) for at, _, says in told(given)] == [
        ("conduits.toml", f"Rename '{name}' to it"),
        (name, "Rename it to conduits.toml."),
    ]


@pytest.mark.parametrize(
    ("old", "new"), [("\n", "\r\n"), ('id = "dmz-flow"', '\tid\t=\t"dmz-flow"'), ('"dmz-flow"', "'dmz-flow'")]
)
def test_line_ends_of_windows_tabs_and_single_quotes_change_nothing(old: str, new: str) -> None:
    given = meant()
    given["conduits.toml"] = given["conduits.toml"].replace(old.encode(), new.encode())
    assert read_charter(given).digest == read_charter(meant()).digest
