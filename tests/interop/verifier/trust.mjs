// The trust file (SPEC 7): whose keys counted.
import { digest, fromBase64, textOf } from "./bytes.mjs";
import { malformed } from "./finding.mjs";
import { canonical, isText } from "./json.mjs";
import { tomlOf } from "./toml.mjs";
import { instant } from "./words.mjs";

const PASSKEY = ["person", "credential_id", "public_key", "label", "enrolled_at", "enrolled_by"];
const SIGNING = ["person", "key", "label", "enrolled_at", "enrolled_by"];

function rowsOf(file, name, fields, more) {
  const rows = file.get(name) ?? [];
  if (!Array.isArray(rows) || !rows.every((row) => row instanceof Map)) throw malformed(`${name} is no table.`);
  return rows.map((row) => {
    if (!fields.every((field) => isText(row.get(field)))) throw malformed(`One of ${name} lacks a field.`);
    const found = Object.fromEntries(fields.map((field) => [field, row.get(field)]));
    return more({ ...found, at: instant(found.enrolled_at, "An enrolment") }, row);
  });
}

function passkeyOf(found, row) {
  const backup = row.get("backup_eligible");
  if (typeof backup !== "boolean") throw malformed("A passkey does not say whether it may be copied.");
  const id = fromBase64(found.credential_id, "A credential", "base64url");
  return { ...found, backup_eligible: backup, id, cose: fromBase64(found.public_key, "A public key", "base64url") };
}

function signingKeyOf(found) {
  const [kind, base64, ...more] = found.key.split(" ");
  const blob = fromBase64(base64, "An SSH key");
  const length = blob.length >= 4 ? blob.readUInt32BE() : 0;
  if (more.length || blob.toString("latin1", 4, 4 + length) !== kind) throw malformed("An SSH key is none.");
  return { ...found, kind, blob };
}

const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const picked = (row, fields) => Object.fromEntries(fields.map((field) => [field, row[field]]));

export function trustOf(bytes) {
  const file = tomlOf(textOf(bytes, "The trust file"));
  const [schema, rp_id, origins] = ["schema", "rp_id", "origins"].map((name) => file.get(name));
  if (schema !== "penstock-trust/1" || !isText(rp_id) || !Array.isArray(origins) || !origins.every(isText)) {
    throw malformed("The trust file's schema, rp_id or origins are not what they must be.");
  }
  const passkeys = rowsOf(file, "passkeys", PASSKEY, passkeyOf);
  const signing = rowsOf(file, "signing_keys", SIGNING, signingKeyOf);
  for (const field of ["credential_id", "public_key"]) {
    if (new Set(passkeys.map((row) => row[field])).size < passkeys.length) throw malformed(`A ${field} is there twice.`);
  }
  passkeys.sort((a, b) => order(a.person, b.person) || order(a.at, b.at) || Buffer.compare(a.id, b.id));
  signing.sort((a, b) => order(a.person, b.person) || order(a.at, b.at) || order(a.key, b.key));
  const document = { schema, rp_id, origins, passkeys: passkeys.map((row) => picked(row, [...PASSKEY, "backup_eligible"])) };
  if (signing.length) document.signing_keys = signing.map((row) => picked(row, SIGNING));
  return { rp_id, origins, passkeys, signing, digest: digest(canonical(document)) };
}
