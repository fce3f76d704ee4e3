// A TimeStampToken (RFC 3161, RFC 5652, RFC 5816) and its own signature (SPEC 15, up to the certificate's purpose).
import { KNOWN, algorithmOf, fits, hashNamed, holds, isStrong, signatureKind } from "./algorithms.mjs";
import { hash } from "./bytes.mjs";
import {
  BOOLEAN, GENERALIZED, INTEGER, OCTETS, OID, Parts, SEQUENCE, SET, derOf, flagOf, integerOf, octetsOf, oidOf, timeOf,
} from "./der.mjs";
import { malformed, must, within } from "./finding.mjs";
import { certificateOf, extensionsOf, may } from "./x509.mjs";

const SIGNED_DATA = "1.2.840.113549.1.7.2";
const TST_INFO = "1.2.840.113549.1.9.16.1.4";
const [CONTENT_TYPE, MESSAGE_DIGEST] = ["1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"];
const [SIGNING_1, SIGNING_2] = ["1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"];
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const DAY = 86_400_000_000n;
const MOST = 262_144;
const [CHOICE_0, CHOICE_1, DIRECTORY_NAME] = [0xa0, 0xa1, 0xa4];

function accuracyOf(one) {
  if (one === undefined) return 0n;
  const parts = new Parts(one, SEQUENCE);
  const [seconds, millis, micros] = [INTEGER, 0x80, 0x81].map((tag) => [parts.maybe(tag), tag]);
  parts.end();
  const number = ([found, tag], least, most) => {
    const value = found ? integerOf(found, tag) : 0n;
    if (found && (value < least || value > most)) throw malformed("An accuracy is out of bounds.");
    return value;
  };
  const all = number(seconds, 0n, 86_400n) * 1_000_000n + number(millis, 0n, 999n) * 1_000n + number(micros, 0n, 999n);
  if (all > DAY) throw malformed("An accuracy is more than a day.");
  return all;
}

function tstInfoOf(bytes) {
  const parts = new Parts(derOf(bytes), SEQUENCE);
  const version = integerOf(parts.take(INTEGER));
  oidOf(parts.take(OID));
  const imprint = new Parts(parts.take(SEQUENCE));
  const [algorithm, digest] = [algorithmOf(imprint.take()), octetsOf(imprint.take())];
  imprint.end();
  integerOf(parts.take());
  const at = timeOf(parts.take(GENERALIZED), true);
  const accuracy = accuracyOf(parts.maybe(SEQUENCE));
  const ordering = parts.maybe(BOOLEAN);
  if (ordering) flagOf(ordering);
  const nonce = parts.maybe(INTEGER);
  if (nonce) integerOf(nonce);
  parts.maybe(CHOICE_0);
  const more = parts.maybe(CHOICE_1);
  parts.end();
  if (version !== 1n) throw malformed("TSTInfo is of another version.");
  if (more) {
    const extensions = extensionsOf(more.as(SEQUENCE));
    if ([...extensions.values()].some((one) => one.critical)) throw malformed("TSTInfo has a critical extension.");
  }
  return { bytes, imprint: { hash: hashNamed(algorithm), digest }, at, latest: at + accuracy };
}

/** Object identifier: the one value. Each stands once. */
function attributesOf(one) {
  const found = new Map();
  for (const row of one.parts) {
    const parts = new Parts(row, SEQUENCE);
    const [id, values] = [oidOf(parts.take(OID)), parts.take(SET).parts];
    parts.end();
    if (found.has(id) || values.length !== 1) throw malformed("A signed attribute is there twice, or has not one value.");
    found.set(id, values[0]);
  }
  return found;
}

/** What signingCertificate, or with V2 signingCertificateV2, says first: a hash, and perhaps issuer and number. */
function namedBy(attribute, second) {
  const first = new Parts(new Parts(new Parts(attribute, SEQUENCE).take(SEQUENCE)).take(SEQUENCE));
  const algorithm = second ? first.maybe(SEQUENCE) : undefined;
  const name = algorithm ? hashNamed(algorithmOf(algorithm)) : second ? "sha256" : "sha1";
  const digest = octetsOf(first.take());
  const by = first.maybe(SEQUENCE);
  if (by === undefined) return { name, digest };
  const parts = new Parts(by);
  const names = new Parts(parts.take(SEQUENCE)).left;
  const issuer = names.length === 1 && names[0].tag === DIRECTORY_NAME ? names[0].content : undefined;
  return { name, digest, serial: integerOf(parts.take()), issuer };
}

function signerOf(one) {
  const parts = new Parts(one, SEQUENCE);
  integerOf(parts.take(INTEGER));
  const named = parts.take(SEQUENCE, 0x80);
  const digest = hashNamed(algorithmOf(parts.take(SEQUENCE)));
  const signed = parts.take(CHOICE_0);
  const algorithm = algorithmOf(parts.take(SEQUENCE));
  const signature = octetsOf(parts.take(OCTETS));
  parts.maybe(CHOICE_1);
  parts.end();
  let is = (certificate) => certificate.keyId?.equals(named.content);
  if (named.tag === SEQUENCE) {
    const by = new Parts(named);
    const [issuer, serial] = [by.take(SEQUENCE).raw, integerOf(by.take())];
    by.end();
    is = (certificate) => certificate.issuer.equals(issuer) && certificate.serial === serial;
  }
  const attributes = attributesOf(signed);
  const names = [[SIGNING_1, false], [SIGNING_2, true]].filter(([id]) => attributes.has(id)).map(([id, second]) => namedBy(attributes.get(id), second));
  const [over, hashed] = [oidOf(attributes.get(CONTENT_TYPE)), octetsOf(attributes.get(MESSAGE_DIGEST))];
  return { is, digest, algorithm, signature, signed, names, over, hashed };
}

const readable = (read) => within("stamp_unreadable", read);

/** What a token says, before anything of it is believed. */
export function tokenOf(bytes) {
  return readable(() => {
    if (bytes.length > MOST) throw malformed("A token is too long.");
    const info = new Parts(derOf(bytes), SEQUENCE);
    if (oidOf(info.take(OID)) !== SIGNED_DATA) throw malformed("A token is not SignedData.");
    const data = new Parts(new Parts(info.take(CHOICE_0)).take(SEQUENCE));
    info.end();
    integerOf(data.take(INTEGER));
    data.take(SET);
    const inner = new Parts(data.take(SEQUENCE));
    if (oidOf(inner.take(OID)) !== TST_INFO) throw malformed("A token is about something else.");
    const content = octetsOf(new Parts(inner.take(CHOICE_0)).take());
    const certificates = (data.maybe(CHOICE_0)?.parts ?? []).filter((one) => one.tag === SEQUENCE);
    const lists = (data.maybe(CHOICE_1)?.parts ?? []).filter((one) => one.tag === SEQUENCE);
    const signers = data.take(SET).parts;
    data.end();
    if (signers.length !== 1 || certificates.length > 16 || lists.length > 16) throw malformed("A token has more or less than it may.");
    return { info: tstInfoOf(content), signer: signerOf(signers[0]), certificates, lists };
  });
}

function signersCertificate({ signer: { names, is } }, certificates) {
  must(names.length > 0, "stamp_other_certificate", "The token does not say which certificate it is by.");
  const own = certificates.find(is);
  must(own !== undefined, "stamp_other_certificate", "The certificate of the signature is not enclosed.");
  for (const one of names) {
    must(one.name !== undefined, "stamp_wrong_algorithm", "The certificate is named by a hash that is not known.");
    const right = hash(one.name, own.raw).equals(one.digest) && [undefined, own.serial].includes(one.serial)
      && (one.issuer === undefined || one.issuer.equals(own.issuer));
    must(right, "stamp_other_certificate", "The token was to be signed by another certificate.");
  }
  return own;
}

function checkSignature({ signer, info }, own) {
  const { digest, algorithm, signature, signed, over, hashed } = signer;
  must(KNOWN.includes(digest), "stamp_wrong_algorithm", "The signature's digest is by a hash that is not known.");
  must(over === TST_INFO && hashed.equals(hash(digest, info.bytes)), "stamp_bad_signature", "The signature is over something else.");
  const how = readable(() => signatureKind(algorithm, digest));
  must(fits(how, own.key, digest), "stamp_wrong_algorithm", "The signature is of a kind that is not known, or that its key does not make.");
  const text = Buffer.concat([Buffer.from([SET]), signed.raw.subarray(1)]);
  must(holds(how, own.key, text, signature), "stamp_bad_signature", "The token's signature does not verify.");
}

/** Throws the first thing that does not hold of the token alone; gives the certificate that it is by, and those beside it. */
export function checkToken(token, stamped) {
  const { imprint } = token.info;
  must(KNOWN.includes(imprint.hash), "stamp_wrong_algorithm", "The imprint is by a hash that is not known.");
  must(hash(imprint.hash, stamped).equals(imprint.digest), "stamp_wrong_imprint", "The token is about another head.");
  const certificates = readable(() => token.certificates.map(certificateOf));
  const own = signersCertificate(token, certificates);
  checkSignature(token, own);
  const purpose = own.uses?.critical && own.uses.all.length === 1 && own.uses.all[0] === TIME_STAMPING && may(own, 0, 1);
  must(purpose, "stamp_wrong_purpose", "The certificate is not for time-stamps.");
  must(isStrong(own.key), "stamp_weak", "The certificate's key is too short, or of a kind that is not known.");
  return { own, certificates };
}
