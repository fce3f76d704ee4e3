// The forms of single values (SPEC 1): words, tokens, lines of text, sets, instants.
import { malformed } from "./finding.mjs";
import { isText } from "./json.mjs";

export const isWord = (value) => isText(value) && /^[a-z][a-z0-9-]{0,62}$/.test(value);
export const isToken = (value) => isText(value) && /^[a-z0-9]{26}$/.test(value);

/** A line of text: no character of the general categories C or Z but the space; at most so many code points. */
export const isLine = (value, most) => isText(value) && !/[\p{C}\p{Z}]/u.test(value.replaceAll(" ", ""))
  && [...value].length <= most;
export const saysSomething = (value) => value.replaceAll(" ", "") !== "";

/** An array in the order of UTF-16 code units, each once, each as `member` asks. */
export const isSet = (value, member, empty = false) => Array.isArray(value) && (empty || value.length > 0)
  && value.every((one, n) => isText(one) && member(one) && (n === 0 || value[n - 1] < one));

const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{6}))?Z$/;

/** Microseconds since 1970 as a BigInt. */
export function instant(value, what = "An instant") {
  const parts = isText(value) ? INSTANT.exec(value) : null;
  if (parts === null || parts[7] === "000000") throw malformed(`${what} is no instant.`);
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number);
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  at.setUTCHours(hour, minute, second);
  if (year < 1 || at.toISOString().slice(-24, -5) !== value.slice(0, 19)) throw malformed(`${what} is no instant.`);
  return BigInt(at.getTime()) * 1000n + BigInt(parts[7] ?? 0);
}

export function isInstant(value, whole = false) {
  try {
    return instant(value) !== null && !(whole && value.includes("."));
  } catch {
    return false;
  }
}

/** A window: half-open, its end after its start. */
export function windowOf(value, whole = false) {
  const start = instant(value.start, "A window's start");
  const end = instant(value.end, "A window's end");
  if (start >= end || (whole && (value.start + value.end).includes("."))) throw malformed("That is no window.");
  return { start, end };
}

export const inside = (window, at) => window.start <= at && at < window.end;
