// The exports, made again from the recording (SPEC 13).
import { malformed } from "./finding.mjs";
import { inert } from "./inert.mjs";
import { isObject, jsonOf } from "./json.mjs";
import { capturesOf } from "./pcapng.mjs";
import { payloadOf } from "./recording.mjs";
import { Sanitiser } from "./sanitiser.mjs";
import { instant } from "./words.mjs";

const [OPENED, TO_ASSET, TO_VENDOR, ERRORS, RESIZE, EXIT, MARK, HIDDEN, END] = [1, 2, 3, 4, 5, 8, 10, 11, 12];
const EOF = 6;
const JSON_KINDS = [OPENED, RESIZE, EOF, EXIT, MARK, HIDDEN, END];
const MOST = 64n * 1024n * 1024n;
const LABEL = 200;

const isSize = (told) => [told.columns, told.rows].every((one) => Number.isInteger(one) && one > 0);
const sizeOf = (told) => (isSize(told) ? [told.columns, told.rows].map((one) => Math.min(one, 1000)) : null);
const python = (value) => (value === null ? "None" : value === true ? "True" : value === false ? "False" : String(value));

/** One channel's events, as they come. */
class Channel {
  constructor(opened) {
    this.channel = opened;
    this.events = [];
    this.streams = new Map([[TO_VENDOR, new Sanitiser()], [ERRORS, new Sanitiser()]]);
    this.size = null;
    this.status = null;
    this.cut = false;
    this.at = 0n;
  }

  say(code, text) {
    if (text !== "") this.events.push([this.at, code, text]);
  }

  mark(text) {
    this.say("m", inert(text, LABEL));
  }

  take(frame, payload, told, beyond) {
    this.at = frame.elapsed;
    if ([TO_ASSET, TO_VENDOR, ERRORS].includes(frame.kind)) {
      if (beyond && !this.cut) this.mark("this export shows no more; the recording does");
      this.cut ||= beyond;
      if (!this.cut && frame.kind !== TO_ASSET) this.say("o", this.streams.get(frame.kind).feed(payload));
    } else if (frame.kind === OPENED) {
      this.size = sizeOf(told);
      this.mark(told.command ? `${told.passage}: ${told.command}` : told.passage);
    } else if (frame.kind === RESIZE) {
      const size = sizeOf(told);
      if (size !== null && this.size !== null) this.say("r", size.join("x"));
      this.size ??= size;
    } else if (frame.kind === HIDDEN) {
      this.mark(`hidden input: ${told.bytes} bytes`);
    } else if (frame.kind === MARK) {
      const more = Object.keys(told).filter((key) => key !== "mark").map((key) => ` ${key}=${python(told[key])}`);
      this.mark(told.mark + more.join(""));
    } else if (frame.kind === EXIT) {
      if (Number.isInteger(told.status)) this.status = told.status;
      this.mark(`exit ${told.status ?? (told.signal || "unknown")}`);
    } else if (frame.kind === END) {
      this.mark(`end: ${told.cause}`);
    }
  }

  finish() {
    for (const stream of this.streams.values()) this.say("o", stream.finish());
  }
}

const seconds = (micros) => `${micros / 1_000_000n}.${String(micros % 1_000_000n).padStart(6, "0")}`;
const line = (micros, code, text) => `[${seconds(micros)}, "${code}", ${JSON.stringify(text)}]\n`;

function casts(header, channel) {
  const [columns, rows] = channel.size ?? [80, 24];
  const time = instant(header.started_at) / 1_000_000n;
  const title = JSON.stringify(inert(`session ${header.session}`, LABEL));
  let two = `{"version": 2, "width": ${columns}, "height": ${rows}, "timestamp": ${time}, "title": ${title}, "env": {"TERM": "xterm-256color"}}\n`;
  let three = `{"version": 3, "term": {"cols": ${columns}, "rows": ${rows}, "type": "xterm-256color"}, "timestamp": ${time}, "title": ${title}}\n`;
  let before = 0n;
  for (const [at, code, text] of channel.events) {
    two += line(at, code, text);
    three += line(at - before, code, text);
    before = at;
  }
  if (channel.status !== null) three += line(0n, "x", String(channel.status));
  return [two, three];
}

/** Every frame decrypted; then the exports that there must be: a Map of name to bytes. */
export function exportsOf(recording, key) {
  const channels = new Map();
  let sum = 0n;
  const payloads = recording.frames.map((frame) => {
    const payload = payloadOf(frame, key);
    const told = JSON_KINDS.includes(frame.kind) ? jsonOf(payload, `Frame ${frame.sequence}`) : null;
    if (told !== null && !isObject(told)) throw malformed(`Frame ${frame.sequence} is no object.`);
    return [frame, payload, told];
  });
  for (const [frame, payload, told] of payloads) {
    if (frame.kind === OPENED && ["shell", "exec"].includes(told.passage) && !channels.has(frame.channel)) {
      channels.set(frame.channel, new Channel(frame.channel));
    }
    for (const channel of channels.values()) {
      if (frame.channel !== 0 && frame.channel !== channel.channel) continue;
      sum += BigInt(payload.length);
      channel.take(frame, payload, told, sum > MOST);
    }
  }
  const found = new Map();
  for (const channel of channels.values()) {
    channel.finish();
    const [two, three] = casts(recording.header, channel);
    found.set(`exports/terminal-${channel.channel}.v2.cast`, Buffer.from(two));
    found.set(`exports/terminal-${channel.channel}.v3.cast`, Buffer.from(three));
  }
  return new Map([...found, ...capturesOf(recording.header, payloads)]);
}
