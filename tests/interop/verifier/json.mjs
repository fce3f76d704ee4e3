// Canonical JSON (SPEC 1, RFC 8785 without floating-point numbers), and words that are looked for in it.
import { textOf } from "./bytes.mjs";
import { malformed } from "./finding.mjs";

/** Canonical text of a value; refuses what has none. */
export function canonical(value) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw malformed("A number is not an integer, or too large.");
    return String(value === 0 ? 0 : value);
  }
  if (typeof value === "string") {
    if (/\p{Surrogate}/u.test(value)) throw malformed("A text has a lone surrogate.");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const keys = Object.keys(value).sort(); // by UTF-16 code units, as JavaScript compares
  return `{${keys.map((key) => `${canonical(key)}:${canonical(value[key])}`).join(",")}}`;
}

/** Parses, writes again and compares. */
export function jsonOf(bytes, what) {
  const text = typeof bytes === "string" ? bytes : textOf(bytes, what);
  let value, again;
  try {
    value = JSON.parse(text);
    again = canonical(value);
  } catch (error) {
    throw malformed(`${what} is not JSON: ${error.message}`);
  }
  if (again !== text) throw malformed(`${what} is not canonical JSON.`);
  return value;
}

export const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
export const isText = (value) => typeof value === "string";

/** Whether it is an object with exactly these keys, and as many of the optional ones as it likes. */
export function hasExactly(value, keys, optional = []) {
  if (!isObject(value)) return false;
  const has = Object.keys(value);
  return keys.every((key) => Object.hasOwn(value, key)) && has.every((key) => keys.includes(key) || optional.includes(key));
}

/** Two values are the same; what is missing equals nothing (SPEC 4). */
export function same(one, other) {
  return one !== undefined && other !== undefined && canonical(one) === canonical(other);
}
