// Hashes, keys and signatures by their object identifiers (RFC 5754, 4055, 5758, 8410), and which are known (SPEC 15).
import { constants, createPublicKey, verify } from "node:crypto";
import { OID, Parts, SEQUENCE, oidOf } from "./der.mjs";
import { malformed } from "./finding.mjs";

const SHA1 = "1.3.14.3.2.26";
const HASHES = { "2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512", [SHA1]: "sha1" };
export const KNOWN = ["sha256", "sha384", "sha512"];

const RSA = "1.2.840.113549.1.1";
const EC = "1.2.840.10045.4";
/** Object identifier: [kind of key, hash, or null where another place says it]. */
const SIGNATURES = {
  [`${RSA}.1`]: ["rsa", null], [`${RSA}.5`]: ["rsa", "sha1"], [`${RSA}.11`]: ["rsa", "sha256"], [`${RSA}.12`]: ["rsa", "sha384"],
  [`${RSA}.13`]: ["rsa", "sha512"], [`${EC}.1`]: ["ec", "sha1"], [`${EC}.3.2`]: ["ec", "sha256"], [`${EC}.3.3`]: ["ec", "sha384"],
  [`${EC}.3.4`]: ["ec", "sha512"], "1.3.101.112": ["ed25519", ""],
};
const PSS = `${RSA}.10`;

/** An AlgorithmIdentifier: its object identifier and its parameters. */
export function algorithmOf(one) {
  const parts = new Parts(one, SEQUENCE);
  const found = { oid: oidOf(parts.take(OID)), parameters: parts.maybe() };
  parts.end();
  return found;
}

/** The name of a hash; undefined for one that is neither known nor SHA-1. */
export const hashNamed = ({ oid }) => HASHES[oid];

/** RFC 4055 section 3.1: the hash, which is SHA-1 where it is left out, and is MGF1's too (SPEC 15). */
function pssOf(parameters) {
  const first = new Parts(parameters, SEQUENCE).maybe(0xa0);
  return { kind: "rsa", hash: first ? hashNamed(algorithmOf(new Parts(first).take())) : "sha1", pss: true };
}

/** How a signature is to be checked; null for an algorithm that is not known here. */
export function signatureKind({ oid, parameters }, digest) {
  if (oid === PSS) return parameters === undefined ? null : pssOf(parameters);
  const [kind, hash] = SIGNATURES[oid] ?? [];
  return kind === undefined ? null : { kind, hash: hash ?? digest };
}

/** Whether a key of this kind signs so with the digest that is named beside it. */
export const fits = (how, key, digest) => isKnown(how) && key?.asymmetricKeyType === how.kind
  && (how.pss || how.kind === "ed25519" || how.hash === digest);

/** Whether it is a signature with a hash that counts. Ed25519 has its own. */
export const isKnown = (how) => how !== null && (how.kind === "ed25519" || KNOWN.includes(how.hash));

export function publicKeyOf(spki) {
  try {
    return createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch {
    return null;
  }
}

const BITS = { prime256v1: 256, secp384r1: 384, secp521r1: 521, secp256k1: 256, brainpoolP256r1: 256, brainpoolP384r1: 384, brainpoolP512r1: 512 };

/** RSA of 2,048 bits, elliptic curves of 256, Ed25519. */
export function isStrong(key) {
  const { modulusLength, namedCurve } = key?.asymmetricKeyDetails ?? {};
  const kind = key?.asymmetricKeyType;
  return (kind === "rsa" && modulusLength >= 2048) || (kind === "ec" && BITS[namedCurve] >= 256) || kind === "ed25519";
}

export function holds(how, key, message, signature) {
  if (how === null || key?.asymmetricKeyType !== how.kind) return false;
  const hash = how.kind === "ed25519" ? null : how.hash;
  if (hash === undefined) return false;
  const given = how.pss ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO } : { key };
  try {
    return verify(hash, message, given, signature);
  } catch {
    throw malformed("A signature can't be checked.");
  }
}
