// Bytes and their written forms (SPEC 0: each value has one written form, and any other is malformed).
import { createHash } from "node:crypto";
import { malformed } from "./finding.mjs";

export const hash = (name, ...parts) => parts.reduce((h, part) => h.update(part), createHash(name)).digest();
export const sha256 = (...parts) => hash("sha256", ...parts);
export const digest = (...parts) => sha256(...parts).toString("hex");

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function textOf(bytes, what) {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed(`${what} is not UTF-8.`);
  }
}

export function fromBase64(text, what, form = "base64") {
  const bytes = Buffer.from(typeof text === "string" ? text : "", form);
  if (typeof text !== "string" || bytes.toString(form) !== text) throw malformed(`${what} is not ${form}.`);
  return bytes;
}

export const isHex = (text, bytes) => typeof text === "string" && /^([0-9a-f]{2})*$/.test(text)
  && (bytes === undefined || text.length === 2 * bytes);
export const isDigest = (text) => isHex(text, 32);

/** A reader of big-endian fields that never goes beyond its end. */
export class Reader {
  constructor(bytes, what) {
    this.bytes = bytes;
    this.what = what;
    this.at = 0;
  }

  get left() {
    return this.bytes.length - this.at;
  }

  take(count) {
    if (count > this.left) throw malformed(`${this.what} ends too early.`);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  u8() {
    return this.take(1)[0];
  }

  u32() {
    return this.take(4).readUInt32BE();
  }

  /** An SSH string: u32 length, bytes. */
  string() {
    return this.take(this.u32());
  }

  end() {
    if (this.left) throw malformed(`${this.what} goes on behind its end.`);
  }
}

export function sshString(bytes) {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, Buffer.from(bytes)]);
}
