// The manifest, and which members there may be (SPEC 3; SPEC 11, step 2).
import { digest } from "./bytes.mjs";
import { malformed, must } from "./finding.mjs";
import { hasExactly, isObject, jsonOf } from "./json.mjs";

const MIB = 2 ** 20;
/** Name: [must be there, most bytes]. */
const MEMBERS = {
  "manifest.json": [true, MIB], "permit.json": [true, MIB], "approvals.json": [true, 16 * MIB], "recording.pnr": [true, Infinity],
  "ledger/events.jsonl": [true, Infinity], "ledger/checkpoint": [true, MIB], "ledger/vkey": [true, MIB], "VERIFY.md": [true, Infinity],
  "trust/approvers.toml": [false, 16 * MIB], "trust/attestations.jsonl": [false, 16 * MIB], "trust/templates.jsonl": [false, 16 * MIB],
  "charter.json": [false, 16 * MIB], "recording.key.json": [false, MIB], "ledger/witnessed": [false, MIB], "ledger/witnessed.proof": [false, MIB],
  "derived/transactions.csv": [false, Infinity], "derived/files.csv": [false, Infinity],
};
/** Most bytes of what is under these, and has no name of its own above. */
const IN_FOLDERS = { "keeping/": 16 * MIB, "ledger/stamps/": MIB };
const FOLDERS = ["exports/", "agreed/", "keeping/", "ledger/stamps/"];

/** The bytes of a member that is read; as long as it may be. */
export function memberOf(members, name) {
  const bytes = members.get(name);
  if (bytes === undefined) throw malformed(`${name} is not there.`);
  const folder = Object.keys(IN_FOLDERS).find((one) => name.startsWith(one));
  const agreed = /^agreed\/[^/]+\/(permit|approvals|charter)\.json$/.exec(name);
  const [, most] = MEMBERS[agreed ? `${agreed[1]}.json` : name] ?? [false, IN_FOLDERS[folder] ?? Infinity];
  if (bytes.length > most) throw malformed(`${name} is too long.`);
  return bytes;
}

export function checkManifest(members) {
  const manifest = jsonOf(memberOf(members, "manifest.json"), "manifest.json");
  const fields = ["schema", "session", "permit", "created_at", "files"];
  must(hasExactly(manifest, fields) && manifest.schema === "penstock-case/1" && isObject(manifest.files), "manifest_schema",
    "The manifest has not the fields that it must have.");
  const { files } = manifest;
  for (const [name, [needed]] of Object.entries(MEMBERS)) {
    must(!needed || name === "manifest.json" || Object.hasOwn(files, name), "manifest_lacks", `The manifest lacks ${name}.`);
  }
  for (const name of Object.keys(files)) {
    const known = name !== "manifest.json" && (Object.hasOwn(MEMBERS, name) || FOLDERS.some((folder) => name.startsWith(folder)));
    must(known && members.has(name), "manifest_members", `The manifest lists ${name}.`);
  }
  for (const name of members.keys()) {
    must(name === "manifest.json" || Object.hasOwn(files, name), "manifest_members", `${name} is not in the manifest.`);
  }
  for (const [name, told] of Object.entries(files)) {
    const right = hasExactly(told, ["bytes", "sha256"]) && told.bytes === members.get(name).length && told.sha256 === digest(members.get(name));
    must(right, "manifest_hash", `${name} is not what the manifest lists.`);
  }
  return manifest;
}
