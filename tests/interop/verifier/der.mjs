// DER (X.690): definite lengths in their shortest form, tags of one byte (SPEC 15), and the values that tokens are made of.
import { malformed } from "./finding.mjs";

export const [BOOLEAN, INTEGER, BITS, OCTETS, NOTHING, OID, ENUMERATED, UTC, GENERALIZED, SEQUENCE, SET] = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x17, 0x18, 0x30, 0x31,
];

const MOST_ARCS = 30;
const LAST_YEAR = 9000;

/** The element at `at`: its tag, its content, all of its bytes, and where it ends. */
function elementAt(bytes, at) {
  const short = () => malformed("What should be DER ends too early.");
  if (at + 2 > bytes.length) throw short();
  const tag = bytes[at];
  if ((tag & 31) === 31) throw malformed("A tag has more than one byte.");
  let from = at + 2;
  let length = bytes[at + 1];
  if (length >= 128) {
    const count = length & 127;
    if (count === 0 || count > 4 || from + count > bytes.length) throw malformed("A length is indefinite, or too long.");
    length = bytes.readUIntBE(from, count);
    if (bytes[from] === 0 || length < 128) throw malformed("A length is not in its shortest form.");
    from += count;
  }
  if (from + length > bytes.length) throw short();
  const end = from + length;
  const content = bytes.subarray(from, end);
  return new Element(tag, content, bytes.subarray(at, end), end);
}

class Element {
  constructor(tag, content, raw, end) {
    Object.assign(this, { tag, content, raw, end });
  }

  /** What it is made of. What nobody asks for is not read. */
  get parts() {
    const found = [];
    for (let at = 0; at < this.content.length; at = found.at(-1).end) found.push(elementAt(this.content, at));
    return found;
  }

  as(tag) {
    return new Element(tag, this.content, this.raw, this.end);
  }
}

/** The one element that these bytes are. */
export function derOf(bytes, tag) {
  const one = elementAt(bytes, 0);
  if (one.end !== bytes.length) throw malformed("Something stands behind what should be DER.");
  return tagged(one, tag);
}

export function tagged(one, tag) {
  if (one === undefined || (tag !== undefined && one.tag !== tag)) throw malformed("What should be DER holds something else than it must.");
  return one;
}

/** Reads the parts of a constructed element one after another. */
export class Parts {
  constructor(one, tag) {
    this.left = tagged(one, tag).parts;
  }

  take(...tags) {
    const one = this.maybe(...tags);
    if (one === undefined) throw malformed("What should be DER lacks something.");
    return one;
  }

  /** The next, if it has one of these tags (or any, where none is named). */
  maybe(...tags) {
    return this.left.length && (!tags.length || tags.includes(this.left[0].tag)) ? this.left.shift() : undefined;
  }

  end() {
    if (this.left.length) throw malformed("What should be DER holds more than it may.");
  }
}

export function integerOf(one, tag = INTEGER) {
  const { content } = tagged(one, tag);
  const [first, second] = content;
  const long = content.length > 1 && ((first === 0 && second < 128) || (first === 255 && second >= 128));
  if (!content.length || long) throw malformed("An integer is not in its shortest form.");
  return BigInt.asIntN(8 * content.length, BigInt(`0x${content.toString("hex")}`));
}

export function flagOf(one) {
  const { content } = tagged(one, BOOLEAN);
  if (content.length !== 1 || ![0, 255].includes(content[0])) throw malformed("A boolean is none.");
  return content[0] === 255;
}

export function oidOf(one) {
  const { content } = tagged(one, OID);
  if (!content.length || content.at(-1) >= 128) throw malformed("An object identifier is none.");
  const arcs = [];
  let arc = null;
  for (const byte of content) {
    if (arcs.length >= MOST_ARCS || (arc === null && byte === 128)) throw malformed("An object identifier is too long, or not in its shortest form.");
    arc = (arc ?? 0n) * 128n + BigInt(byte & 127);
    if (byte < 128) {
      arcs.push(arc);
      arc = null;
    }
  }
  const first = arcs[0] < 80n ? arcs[0] / 40n : 2n;
  return [first, arcs[0] - 40n * first, ...arcs.slice(1)].join(".");
}

/** The bytes of a bit string with no unused bits, or with as many as it says. */
export function bitsOf(one) {
  const { content } = tagged(one, BITS);
  const unused = content[0];
  if (!content.length || unused > 7 || (unused && content.length === 1)) throw malformed("A bit string is none.");
  if (content.at(-1) & ((1 << unused) - 1) && content.length > 1) throw malformed("A bit string has unused bits that are set.");
  return content.subarray(1);
}

export const octetsOf = (one) => tagged(one, OCTETS).content;

const TIMES = { [UTC]: /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, [GENERALIZED]: /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d*[1-9]))?Z$/ };

/** Microseconds since 1970 (RFC 5280 section 4.1.2.5; with a fraction as RFC 3161 section 2.4.2 has it). */
export function timeOf(one, fraction = false) {
  const parts = TIMES[one?.tag]?.exec(one.content.toString("latin1"));
  if (!parts || (parts[7] !== undefined && !fraction)) throw malformed("A time is none.");
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number);
  const full = one.tag === UTC ? (year < 50 ? 2000 : 1900) + year : year;
  const at = new Date(0);
  at.setUTCFullYear(full, month - 1, day);
  at.setUTCHours(hour, minute, second);
  const again = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()];
  if (full >= LAST_YEAR || again.join() !== [full, month, day, hour, minute, second].join()) throw malformed("A time is none.");
  return BigInt(at.getTime()) * 1000n + BigInt((parts[7] ?? "").padEnd(6, "0").slice(0, 6));
}
