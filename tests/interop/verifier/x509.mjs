// Certificates and CRLs (RFC 5280), as far as time-stamps need them (SPEC 15).
import { X509Certificate } from "node:crypto";
import { algorithmOf, holds, publicKeyOf, signatureKind } from "./algorithms.mjs";
import { fromBase64 } from "./bytes.mjs";
import {
  BITS, BOOLEAN, ENUMERATED, GENERALIZED, INTEGER, OCTETS, OID, Parts, SEQUENCE, SET, UTC,
  bitsOf, derOf, flagOf, integerOf, octetsOf, oidOf, tagged, timeOf,
} from "./der.mjs";
import { malformed } from "./finding.mjs";

const CE = "2.5.29";
const [KEY_ID, KEY_USAGE, BASIC, REASON, ISSUED, POLICIES, USES] = [14, 15, 19, 21, 28, 32, 37].map((n) => `${CE}.${n}`);
const UNDERSTOOD = [BASIC, KEY_USAGE, USES, POLICIES];
const TIME = [UTC, GENERALIZED];
/** The kinds of string that a name may hold. */
const TEXTS = [0x03, 0x0c, 0x12, 0x13, 0x14, 0x16, 0x1c, 0x1e];

/** Object identifier: {critical, value as DER}. Each once. */
export function extensionsOf(one) {
  const found = new Map();
  for (const row of tagged(one, SEQUENCE).parts) {
    const parts = new Parts(row, SEQUENCE);
    const id = oidOf(parts.take(OID));
    const flag = parts.maybe(BOOLEAN);
    const value = octetsOf(parts.take(OCTETS));
    parts.end();
    if (found.has(id)) throw malformed("An extension is there twice.");
    found.set(id, { critical: flag !== undefined && flagOf(flag), value });
  }
  return found;
}

const usageOf = (extension) => extension && bitsOf(derOf(extension.value));
const usesOf = (extension) => extension && { critical: extension.critical, all: new Parts(derOf(extension.value), SEQUENCE).left.map(oidOf) };

function basicOf(extension) {
  if (!extension) return { ca: false };
  const parts = new Parts(derOf(extension.value), SEQUENCE);
  const flag = parts.maybe(BOOLEAN);
  const most = parts.maybe(INTEGER);
  parts.end();
  return { ca: flag !== undefined && flagOf(flag), below: most && integerOf(most) };
}

/** The three parts of what is signed: the text, how, and the signature. */
function signedOf(one) {
  const parts = new Parts(one, SEQUENCE);
  const [text, algorithm, signature] = [parts.take(SEQUENCE), parts.take(SEQUENCE), parts.take(BITS)];
  parts.end();
  return { text, algorithm, how: signatureKind(algorithmOf(algorithm)), signature: bitsOf(signature) };
}

/** Whether all of it is a certificate, of what nobody asks for here too. */
function checkWhole(raw) {
  try {
    return new X509Certificate(raw);
  } catch {
    throw malformed("A certificate is none.");
  }
}

export function certificateOf(one) {
  checkWhole(one.raw);
  const signed = signedOf(one);
  const parts = new Parts(signed.text);
  const version = parts.maybe(0xa0);
  if (version && integerOf(new Parts(version).take()) !== 2n) throw malformed("A certificate is of another version.");
  const serial = integerOf(parts.take());
  const inner = parts.take(SEQUENCE);
  const issuer = parts.take(SEQUENCE).raw;
  const valid = new Parts(parts.take(SEQUENCE));
  const [from, until] = [timeOf(valid.take(...TIME)), timeOf(valid.take(...TIME))];
  const subject = parts.take(SEQUENCE).raw;
  const key = publicKeyOf(parts.take(SEQUENCE).raw);
  parts.maybe(0x81);
  parts.maybe(0x82);
  const more = parts.maybe(0xa3);
  parts.end();
  if (!inner.raw.equals(signed.algorithm.raw)) throw malformed("A certificate names two algorithms.");
  const extensions = more ? extensionsOf(new Parts(more).take()) : new Map();
  const keyId = extensions.has(KEY_ID) ? octetsOf(derOf(extensions.get(KEY_ID).value)) : undefined;
  return {
    raw: one.raw, signed, serial, issuer, subject, from, until, key, keyId,
    usage: usageOf(extensions.get(KEY_USAGE)), uses: usesOf(extensions.get(USES)), basic: basicOf(extensions.get(BASIC)),
    strange: [...extensions].some(([id, { critical }]) => critical && !UNDERSTOOD.includes(id)),
  };
}

/** Bit 0 is digitalSignature, 1 nonRepudiation, 5 keyCertSign. */
export const may = (certificate, ...bits) => certificate.usage === undefined
  || bits.some((bit) => ((certificate.usage[0] ?? 0) >> (7 - bit)) & 1);

export const signedBy = ({ signed }, key) => holds(signed.how, key, signed.text.raw, signed.signature);

function revokedOf(one) {
  const parts = new Parts(one, SEQUENCE);
  const [serial, at] = [integerOf(parts.take()), timeOf(parts.take(...TIME))];
  const more = parts.maybe(SEQUENCE);
  parts.end();
  const reason = more && extensionsOf(more).get(REASON);
  return { serial, at, reason: reason && Number(integerOf(derOf(reason.value), ENUMERATED)) };
}

/** A Name's bytes, where all of it is one. */
function nameOf(one) {
  for (const set of tagged(one, SEQUENCE).parts) {
    for (const row of tagged(set, SET).parts) {
      const parts = new Parts(row, SEQUENCE);
      oidOf(parts.take(OID));
      parts.take(...TEXTS);
      parts.end();
    }
  }
  return one.raw;
}

export function listOf(one) {
  const signed = signedOf(one);
  const parts = new Parts(signed.text);
  parts.maybe(INTEGER);
  if (!parts.take(SEQUENCE).raw.equals(signed.algorithm.raw)) throw malformed("A CRL names two algorithms.");
  const issuer = nameOf(parts.take(SEQUENCE));
  timeOf(parts.take(...TIME));
  const next = parts.maybe(...TIME);
  const rows = parts.maybe(SEQUENCE);
  const more = parts.maybe(0xa0);
  parts.end();
  const extensions = more ? extensionsOf(new Parts(more).take()) : new Map();
  return {
    raw: one.raw, signed, issuer, until: next && timeOf(next), revoked: (rows?.parts ?? []).map(revokedOf), partial: extensions.has(ISSUED),
  };
}

/** What stands between the lines of PEM (RFC 7468) with this label, as DER. What stands around them is not read. */
export function pemOf(text, label) {
  const found = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----\s([\s\S]*?)-----END \1-----/g)].filter((block) => block[1] === label);
  return found.map((block) => derOf(fromBase64(block[2].replace(/\s/g, ""), "PEM"), SEQUENCE));
}

/** CRLs one after another, each in its one form, and nothing else. */
export function listsOf(text) {
  const found = pemOf(text, "X509 CRL");
  const again = found.map(({ raw }) => `-----BEGIN X509 CRL-----\n${raw.toString("base64").replace(/.{1,64}/g, "$&\n")}-----END X509 CRL-----\n`);
  if (again.join("") !== text) throw malformed("Beside CRLs in PEM something else stands there.");
  return found.map(listOf);
}
