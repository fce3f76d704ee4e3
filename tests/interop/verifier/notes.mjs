// Signed notes, checkpoints, verifier keys and policies (LEDGER; C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy).
import { createPublicKey, verify } from "node:crypto";
import { fromBase64, sha256, textOf } from "./bytes.mjs";
import { malformed, must } from "./finding.mjs";
import { verifyMlDsa44 } from "./mldsa.mjs";

const isName = (name) => name !== "" && !/[\s+\p{C}\p{Z}]/u.test(name);
const KEY_BYTES = { 1: 32, 4: 32, 6: 1312 };
const SIGNATURE_BYTES = { 1: 64, 4: 72, 6: 2428 };

/** `<name>+<key id, 8 hex digits>+<base64(type ‖ key)>`. */
export function keyOf(text) {
  const parts = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text);
  if (parts === null || !isName(parts[1])) throw malformed("That is no verifier key.");
  const bytes = fromBase64(parts[3], "A verifier key");
  const id = sha256(parts[1], "\n", bytes).subarray(0, 4).toString("hex");
  if (id !== parts[2] || KEY_BYTES[bytes[0]] !== bytes.length - 1) throw malformed("That is no verifier key that is known.");
  return { name: parts[1], id, type: bytes[0], key: bytes.subarray(1) };
}

/** A note: its text with the line feed, and its signature lines. */
export function noteOf(bytes, what) {
  const text = textOf(bytes, what);
  // eslint-disable-next-line no-control-regex
  if (bytes.length > 262144 || /[\x00-\x09\x0b-\x1f]/.test(text)) throw malformed(`${what} is no note.`);
  const divide = text.lastIndexOf("\n\n");
  const lines = text.slice(divide + 2);
  if (divide < 0 || !lines.endsWith("\n")) throw malformed(`${what} is no note: no signatures.`);
  const signatures = lines.slice(0, -1).split("\n").map((line) => {
    const parts = /^\u2014 ([^ ]+) ([^ ]+)$/.exec(line);
    if (parts === null || !isName(parts[1])) throw malformed(`${what} has a line that is no signature.`);
    const signed = fromBase64(parts[2], "A signature");
    if (signed.length < 5) throw malformed(`${what} has a signature that is too short.`);
    return { name: parts[1], id: signed.subarray(0, 4).toString("hex"), signature: signed.subarray(4) };
  });
  return { text: text.slice(0, divide + 1), signatures };
}

/** The checkpoint that a note's text is: origin, size, root. */
export function checkpointOf(text, what) {
  const lines = text.slice(0, -1).split("\n");
  if (lines.length < 3 || lines.includes("") || !/^(0|[1-9]\d{0,18})$/.test(lines[1])) throw malformed(`${what} is no checkpoint.`);
  const root = fromBase64(lines[2], "A root");
  if (root.length !== 32) throw malformed(`${what} has a root that is none.`);
  return { origin: lines[0], size: BigInt(lines[1]), root };
}

const u64 = (value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};
const named = (name) => Buffer.concat([Buffer.from([Buffer.byteLength(name)]), Buffer.from(name)]);

function ed25519(key, message, signature) {
  const x = key.toString("base64url");
  return verify(null, message, createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }), signature);
}

/** Whether one signature under a note is this key's (the table in LEDGER). */
function verifies(key, text, signature) {
  if (signature.length !== SIGNATURE_BYTES[key.type]) return false;
  if (key.type === 1) return ed25519(key.key, Buffer.from(text), signature);
  const time = signature.readBigUInt64BE();
  let head;
  try {
    head = checkpointOf(text, "What was signed");
  } catch {
    return false;
  }
  if (time >= 2n ** 63n) return false;
  if (key.type === 4) return ed25519(key.key, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), signature.subarray(8));
  if (Buffer.byteLength(key.name) > 255 || Buffer.byteLength(head.origin) > 255) return false;
  const signed = [Buffer.from("subtree/v1\n\0"), named(key.name), u64(time), named(head.origin), u64(0n), u64(head.size), head.root];
  return verifyMlDsa44(key.key, Buffer.concat(signed), signature.subarray(8));
}

/** Whether there is a line of this key; one that is false is an error (SPEC 11, step 4). */
export function signedBy(note, key) {
  const lines = note.signatures.filter((line) => line.name === key.name && line.id === key.id);
  for (const line of lines) {
    must(verifies(key, note.text, line.signature), "signature_false", `A line of ${key.name} (${key.id}) does not verify.`);
  }
  return lines.length > 0;
}

/** C2SP tlog-policy: logs, witnesses, groups and one quorum. */
export function policyOf(text) {
  const policy = { logs: [], witnesses: new Map(), groups: new Map(), quorum: null };
  for (const raw of text.split("\n")) {
    const [word, ...rest] = raw.trim().split(/[ \t]+/);
    const fresh = (name) => name !== "none" && !policy.witnesses.has(name) && !policy.groups.has(name);
    if (word === "" || word.startsWith("#")) continue;
    if (word === "log" && rest.length >= 1 && rest.length <= 2) {
      policy.logs.push(keyOf(rest[0]));
    } else if (word === "witness" && rest.length >= 2 && rest.length <= 3 && fresh(rest[0])) {
      policy.witnesses.set(rest[0], keyOf(rest[1]));
    } else if (word === "group" && rest.length >= 3 && fresh(rest[0])) {
      const members = rest.slice(2);
      const count = rest[1] === "any" ? 1 : rest[1] === "all" ? members.length : Number(rest[1]);
      if (members.some(fresh) || !(count >= 1 && count <= members.length)) throw malformed("The policy has a group that is none.");
      policy.groups.set(rest[0], { count, members });
    } else if (word === "quorum" && rest.length === 1 && policy.quorum === null && (rest[0] === "none" || !fresh(rest[0]))) {
      policy.quorum = rest[0];
    } else {
      throw malformed(`The policy has a line that is none: ${raw}`);
    }
  }
  if (policy.quorum === null || !policy.logs.length) throw malformed("The policy has no quorum, or no log.");
  return policy;
}

/** Whether those witnesses (by their names in the policy) are enough. */
export function enough(policy, signed, name = policy.quorum) {
  if (name === "none") return true;
  const group = policy.groups.get(name);
  return group === undefined ? signed.has(name) : group.members.filter((one) => enough(policy, signed, one)).length >= group.count;
}
