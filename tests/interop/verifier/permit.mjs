// The permit (SPEC 5).
import { digest, isDigest, isHex } from "./bytes.mjs";
import { malformed } from "./finding.mjs";
import { hasExactly, isText, jsonOf } from "./json.mjs";
import { isInstant, isLine, isSet, isToken, isWord, saysSomething, windowOf } from "./words.mjs";

export const ACTIONS = ["view", "operate", "configure", "override"];
export const STATES = ["running", "maintenance", "turnaround", "start-up", "shutdown", "emergency", "isolated"];

export function isGrant(text) {
  const port = /^forward:([1-9]\d{0,4})$/.exec(text);
  if (port !== null) return Number(port[1]) <= 65535;
  return /^(shell|exec|forward|(sftp|scp|rsync|zmodem)(:get|:put)?)$/.test(text);
}

const one = (values) => (value) => values.includes(value);
const line = (value) => isLine(value, 500);
const printable = (value) => /^[\x20-\x7e]*$/.test(value);
const grants = (value) => isSet(value, isGrant);

/** Where, and within which bounds; what a line says is the gate's business. */
export const isLimits = (value) => isSet(value, (one) => one.length > 0 && one.length <= 300 && printable(one)) && value.length <= 64;

const FIELDS = {
  schema: one(["penstock-permit/1"]),
  id: isToken,
  site: isWord, person: isWord, vendor: isWord, asset: isWord, conduit: isWord,
  grants,
  actions: (value) => isSet(value, one(ACTIONS)),
  window: (value) => hasExactly(value, ["start", "end", "zone"]) && isText(value.zone) && windowOf(value, true) !== null,
  states: (value) => isSet(value, one(STATES)),
  purpose: (value) => line(value) && saysSomething(value),
  work_order: line, back_out: line, failure: line,
  tools: (value) => isSet(value, isWord),
  method: one(["ssh"]),
  keys: (value) => isSet(value, printable),
  networks: (value) => isSet(value, printable),
  charter: isDigest,
  requested_at: (value) => isInstant(value),
  nonce: (value) => isHex(value, 16),
  narrows: (value) => value === null || isToken(value),
};
const OPTIONAL = { direction: one(["outbound"]), safety_record: isDigest, template: isDigest, limits: isLimits };

/** A permit's document, judged; what is given is already JSON. */
export function permitOf(document) {
  if (!hasExactly(document, Object.keys(FIELDS), Object.keys(OPTIONAL))) {
    throw malformed("A permit has not the fields that it must have.");
  }
  for (const [name, holds] of Object.entries({ ...FIELDS, ...OPTIONAL })) {
    if (Object.hasOwn(document, name) && !holds(document[name])) throw malformed(`A permit's ${name} is not what it must be.`);
  }
  return document;
}

/** A permit's member: the document, its window and its digest. */
export function readPermit(bytes, what) {
  const document = permitOf(jsonOf(bytes, what));
  return { ...document, document, span: windowOf(document.window), sha256: digest(bytes) };
}
