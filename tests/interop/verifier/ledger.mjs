// The events (SPEC 4), each belonging to its leaf and under the checkpoint (LEDGER, "The text beside it").
import { digest, fromBase64, sha256 } from "./bytes.mjs";
import { malformed, must } from "./finding.mjs";
import { canonical, hasExactly, isObject, isText, jsonOf } from "./json.mjs";
import { includes, leafHash } from "./merkle.mjs";

const BEHIND = /^(0|[1-9]\d*),"request":"([A-Za-z0-9_-]{1,64})","salt":"([0-9a-f]{64})"\}\n$/;

/** The parts of a text, by its shape. */
function partsOf(text) {
  const cut = text.lastIndexOf(',"index":');
  const behind = text.startsWith('{"event":') && cut >= 9 ? BEHIND.exec(text.slice(cut + 9)) : null;
  if (behind === null) throw malformed("A text has not the shape of one.");
  return { event: text.slice(9, cut), index: BigInt(behind[1]), request: behind[2], salt: Buffer.from(behind[3], "hex") };
}

function objectIn(text) {
  try {
    const value = jsonOf(text, "An event");
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Whether entry and text belong together: salt, commitment, and the five keys. */
function belongs(leaf, parts, index) {
  const [event, entry] = [objectIn(parts.event), objectIn(leaf)];
  if (event === null || entry === null || parts.index !== BigInt(index)) return null;
  const commitment = digest(parts.salt, parts.event);
  const expected = {
    schema: "penstock-leaf/1", number: event.number, event: event.event, commitment, session: event.session || null,
  };
  if (event.number === undefined || event.event === undefined || canonical(expected) !== leaf) return null;
  return parts.salt.subarray(16).equals(sha256(parts.request).subarray(0, 16)) ? event : null;
}

function eventOf(line, before, head) {
  const value = jsonOf(line, "A line of the events");
  const paths = (path) => Array.isArray(path) && path.every(isText);
  if (!hasExactly(value, ["index", "leaf", "text", "path"]) || !Number.isInteger(value.index) || value.index < 0
    || !isText(value.leaf) || !isText(value.text) || !paths(value.path)) throw malformed("A line of the events is not one.");
  const path = value.path.map((one) => fromBase64(one, "A path"));
  must(value.index > before, "events_order", `Event ${value.index} is not behind the one before.`);
  const event = belongs(value.leaf, partsOf(value.text), value.index);
  must(event !== null, "events_commitment", `Event ${value.index} is not what its leaf commits to.`);
  must(includes(leafHash(value.leaf), BigInt(value.index), head.size, path, head.root), "events_path",
    `Event ${value.index} does not lie under the checkpoint.`);
  return { ...event, index: value.index, document: event };
}

/** All events of the case file, in the ledger's order; each with its `index`. Line by line: the first fault counts. */
export function eventsOf(bytes, head) {
  const events = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    if (end < 0) throw malformed("The events do not end in a line feed.");
    events.push(eventOf(bytes.subarray(at, end), events.at(-1)?.index ?? -1, head));
    at = end + 1;
  }
  return events;
}
