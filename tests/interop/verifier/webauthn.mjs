// A passkey's proof over a digest (SPEC 6.1), and its key (RFC 9052).
import { createPublicKey, verify } from "node:crypto";
import { Reader, sha256, textOf } from "./bytes.mjs";
import { Finding, malformed, must, within, wrong } from "./finding.mjs";
import { isObject } from "./json.mjs";

const MOST = 16384;

/** The map of a COSE_Key: integer labels, integers or byte strings. */
function coseOf(bytes) {
  const reader = new Reader(bytes, "A COSE_Key");
  const head = () => {
    const byte = reader.u8();
    const more = byte & 31;
    if (more > 26) throw malformed("A COSE_Key has a number that is too long.");
    const number = more < 24 ? more : reader.take(1 << (more - 24)).reduce((sum, one) => sum * 256 + one, 0);
    return [byte >> 5, number];
  };
  const integer = ([major, number]) => {
    if (major > 1) throw malformed("A COSE_Key's label is no integer.");
    return major === 0 ? number : -1 - number;
  };
  const [major, pairs] = head();
  if (major !== 5 || pairs > 16) throw malformed("A COSE_Key is no map.");
  const map = new Map();
  for (let n = 0; n < pairs; n++) {
    const label = integer(head());
    const value = head();
    if (map.has(label)) throw malformed("A COSE_Key has a label twice.");
    map.set(label, value[0] === 2 ? reader.take(value[1]) : integer(value));
  }
  reader.end();
  return map;
}

function coseKey(bytes) {
  const map = coseOf(bytes);
  const [kind, algorithm, curve, x, y] = [1, 3, -1, -2, -3].map((label) => map.get(label));
  const url = (value, length) => {
    if (!Buffer.isBuffer(value) || (length && value.length !== length)) throw malformed("A COSE_Key lacks a part.");
    return value.toString("base64url");
  };
  const jwk = (parts) => createPublicKey({ key: parts, format: "jwk" });
  if (kind === 2 && algorithm === -7 && curve === 1) {
    return { key: jwk({ kty: "EC", crv: "P-256", x: url(x, 32), y: url(y, 32) }), hash: "sha256" };
  }
  if (kind === 1 && algorithm === -8 && curve === 6) return { key: jwk({ kty: "OKP", crv: "Ed25519", x: url(x, 32) }), hash: null };
  if (kind === 3 && algorithm === -257) {
    const key = jwk({ kty: "RSA", n: url(curve), e: url(x) });
    if (key.asymmetricKeyDetails.modulusLength < 2048) throw malformed("An RSA key is too short.");
    return { key, hash: "sha256" };
  }
  throw malformed("A COSE_Key is of a kind that is not known.");
}

/** Turns whatever goes wrong in reading a key into `key_malformed`. */
export function readKey(read) {
  try {
    return read();
  } catch (error) {
    throw wrong("key_malformed", error instanceof Finding ? error.message : "A key can't be read.");
  }
}

export function checkAssertion(proof, key, trust, digest) {
  const { nonce, client_data_json: client, authenticator_data: data, signature } = proof;
  const sizes = [client, data, signature].every((bytes) => bytes.length <= MOST) && nonce.length === 32;
  must(sizes, "assertion_malformed", "An assertion has a part of another size.");
  const told = within("assertion_malformed", () => {
    try {
      return JSON.parse(textOf(client, "The client data"));
    } catch {
      throw malformed("The client data is not JSON.");
    }
  });
  must(isObject(told), "assertion_malformed", "The client data is no object.");
  must(told.type === "webauthn.get", "assertion_type", "The assertion is of another type.");
  const challenge = Buffer.concat([nonce, digest]).toString("base64url");
  must(told.challenge === challenge, "assertion_challenge", "The assertion is over something else.");
  must(trust.origins.includes(told.origin), "assertion_origin", `The assertion was made at ${told.origin}.`);
  must(told.crossOrigin === undefined || told.crossOrigin === false, "assertion_framed", "The assertion was made in a frame.");
  must(data.length >= 37, "assertion_malformed", "The authenticator data is too short.");
  must(data.subarray(0, 32).equals(sha256(trust.rp_id)), "assertion_site", "The assertion is for another site.");
  const flags = data[32];
  must((flags & 5) === 5, "assertion_flags", "Nobody touched the key, or it did not check who.");
  const eligible = (flags & 8) !== 0;
  must((eligible || !(flags & 16)) && eligible === key.backup_eligible, "assertion_kind", "The key says otherwise whether it may be copied.");
  const read = readKey(() => coseKey(key.cose));
  must(verify(read.hash, Buffer.concat([data, sha256(client)]), read.key, signature), "assertion_signature", "The signature does not verify.");
}
