// An SSH signature's proof (SPEC 6.2; OpenSSH PROTOCOL.sshsig, PROTOCOL.u2f; RFC 4253, 5656, 8332, 8709).
import { createPublicKey, verify } from "node:crypto";
import { Reader, hash, isDigest, isHex, sha256, sshString } from "./bytes.mjs";
import { malformed, must, within, wrong } from "./finding.mjs";
import { hasExactly, jsonOf, same } from "./json.mjs";
import { permitOf } from "./permit.mjs";
import { readKey } from "./webauthn.mjs";
import { instant, isInstant, isLine, isWord, saysSomething } from "./words.mjs";

export const RIGHTS = ["connect", "identity", "data_out", "incident_lead", "safety"];
const FIELDS = ["schema", "decision", "permit", "right", "person", "shown", "challenge", "node", "charter", "until", "reason"];
const CURVES = { nistp256: ["P-256", "sha256", 32], nistp384: ["P-384", "sha384", 48], nistp521: ["P-521", "sha512", 66] };

/** The message that was signed, judged (approvals/BUNDLE.md, "The message"). */
export function decisionOf(bytes) {
  return within("malformed_decision", () => {
    if (bytes.length > 65536) throw malformed("The message is too long.");
    const told = jsonOf(bytes, "The message");
    const holds = hasExactly(told, FIELDS) && told.schema === "penstock-decision/1" && ["approve", "refuse"].includes(told.decision)
      && permitOf(told.permit) && RIGHTS.includes(told.right) && isWord(told.person) && isDigest(told.shown)
      && isHex(told.challenge, 64) && isLine(told.node, 200) && told.node !== "" && isDigest(told.charter)
      && isInstant(told.until, true) && isLine(told.reason, 500) && (told.decision === "approve" || saysSomething(told.reason));
    if (!holds) throw malformed("The message is no decision.");
    return told;
  });
}

const point = (bytes, length) => {
  if (bytes.length !== 2 * length + 1 || bytes[0] !== 4) throw malformed("A key has a point that is none.");
  return { x: bytes.toString("base64url", 1, 1 + length), y: bytes.toString("base64url", 1 + length) };
};
const jwk = (key) => createPublicKey({ key, format: "jwk" });

function publicKeyOf(blob) {
  const reader = new Reader(blob, "An SSH key");
  const kind = reader.string().toString("latin1");
  const plain = kind.replace(/^sk-/, "").replace(/@openssh\.com$/, "");
  const sk = kind !== plain;
  if (sk && !["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"].includes(kind)) throw malformed("A strange kind of key.");
  const found = { kind, sk, plain };
  if (plain === "ssh-ed25519") {
    const x = reader.string();
    if (x.length !== 32) throw malformed("A key has a point that is none.");
    Object.assign(found, { hash: null, key: jwk({ kty: "OKP", crv: "Ed25519", x: x.toString("base64url") }) });
  } else if (/^ecdsa-sha2-nistp(256|384|521)$/.test(plain)) {
    const [crv, name, length] = CURVES[plain.slice(11)];
    if (reader.string().toString("latin1") !== plain.slice(11)) throw malformed("A key is on another curve than it says.");
    Object.assign(found, { hash: name, length, key: jwk({ kty: "EC", crv, ...point(reader.string(), length) }) });
  } else if (plain === "ssh-rsa" && !sk) {
    const [e, n] = [number(reader.string()), number(reader.string())];
    found.key = jwk({ kty: "RSA", e: e.toString("base64url"), n: n.toString("base64url") });
    found.length = found.key.asymmetricKeyDetails.modulusLength;
    if (found.length < 3072) throw malformed("An RSA key is too short.");
  } else {
    throw malformed("A strange kind of key.");
  }
  if (sk) found.application = reader.string();
  reader.end();
  return found;
}

/** An mpint that is not negative, without its leading zero; in its one form. */
function number(bytes) {
  if (bytes.length && (bytes[0] & 128 || (bytes[0] === 0 && !(bytes[1] & 128)))) throw malformed("A number is not in its form.");
  return bytes[0] === 0 ? bytes.subarray(1) : bytes;
}

const padded = (bytes, length) => {
  const value = number(bytes);
  if (value.length > length) throw malformed("A number is too large.");
  return Buffer.concat([Buffer.alloc(length - value.length), value]);
};

/** The signature's own parts, by the key's kind. */
function signatureOf(blob, key) {
  const reader = new Reader(blob, "A signature");
  const kind = reader.string().toString("latin1");
  const found = { hash: key.hash, bytes: reader.string() };
  if (key.plain === "ssh-rsa") {
    found.hash = { "rsa-sha2-256": "sha256", "rsa-sha2-512": "sha512" }[kind];
    if (found.hash === undefined || found.bytes.length !== Math.ceil(key.length / 8)) throw malformed("A signature of another kind.");
  } else if (kind !== key.kind || (key.hash === null && found.bytes.length !== 64)) {
    throw malformed("A signature of another kind.");
  }
  if (key.hash && key.plain !== "ssh-rsa") {
    const two = new Reader(found.bytes, "A signature");
    found.bytes = Buffer.concat([padded(two.string(), key.length), padded(two.string(), key.length)]);
    two.end();
  }
  if (key.sk) found.behind = reader.take(5);
  reader.end();
  return found;
}

function envelopeOf(bytes) {
  if (bytes.length > 16384 || bytes.toString("latin1", 0, 6) !== "SSHSIG") throw malformed("That is no SSH signature.");
  const reader = new Reader(bytes.subarray(6), "An SSH signature");
  if (reader.u32() !== 1) throw malformed("That is an SSH signature of another version.");
  const [key, namespace, reserved, name, signature] = Array.from({ length: 5 }, () => reader.string());
  reader.end();
  return { key, namespace, reserved, name, signature };
}

/** Checks the signature over a message in a namespace, by one of the keys that are listed for the person; gives the key: `sk` says whether it is bound. */
export function checkSigned(proof, namespace, person, trust) {
  const envelope = within("ssh_malformed", () => envelopeOf(proof.signature));
  const known = trust.signing.some((row) => row.person === person && row.blob.equals(envelope.key));
  must(known, "ssh_unknown", "The trust file does not list that key.");
  const name = envelope.name.toString("latin1");
  must(envelope.namespace.toString("latin1") === namespace && ["sha256", "sha512"].includes(name), "ssh_namespace",
    "It was signed for something else.");
  const key = readKey(() => publicKeyOf(envelope.key));
  const signature = within("ssh_malformed", () => signatureOf(envelope.signature, key));
  if (key.sk) must((signature.behind[0] & 5) === 5, "ssh_flags", "Nobody touched the key, or it did not check who.");
  let signed = Buffer.concat([Buffer.from("SSHSIG"), sshString(envelope.namespace), sshString(envelope.reserved),
    sshString(envelope.name), sshString(hash(name, proof.message))]);
  if (key.sk) signed = Buffer.concat([sha256(key.application), signature.behind, sha256(signed)]);
  const with_ = key.length && key.plain !== "ssh-rsa" ? { key: key.key, dsaEncoding: "ieee-p1363" } : key.key;
  if (!verify(signature.hash, signed, with_, signature.bytes)) throw wrong("ssh_signature", "The SSH signature does not verify.");
  return key;
}

/** Checks an approval's proof, and gives the key. */
export function checkSshSignature(approval, proof, permit, trust) {
  const told = decisionOf(proof.message);
  must(same(told.permit, permit.document) && told.decision === "approve", "ssh_other", "What was signed is another permit, or a refusal.");
  must(told.person === approval.approver && told.right === approval.right && told.shown === approval.shown, "ssh_other",
    "What was signed is somebody else's word.");
  must(instant(approval.at) < instant(told.until), "ssh_late", "It was signed too late.");
  return checkSigned(proof, "permit@penstock", approval.approver, trust);
}
