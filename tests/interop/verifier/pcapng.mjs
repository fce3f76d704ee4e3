// The capture of a native protocol's channel (SPEC 13.3): packets made around what crossed.
import { inert } from "./inert.mjs";
import { instant } from "./words.mjs";

const [OPENED, TO_ASSET, TO_VENDOR, ERRORS, EOF, CLOSED, MARK] = [1, 2, 3, 4, 6, 9, 10];
const [FIN, SYN, RST, PSH, ACK] = [1, 2, 4, 8, 16];
const PIECE = 32768;
const MOST = 64 * 1024 * 1024;
const EACH = 256;
const MOST_CHANNELS = 200;
const NOTE = "What crossed is from the recording; packets, addresses and the vendor's port are made up around it.";

const le16 = (value) => Buffer.from([value & 255, value >> 8]);
const le32 = (value) => Buffer.from([value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24]);
const padded = (bytes) => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

function block(kind, ...parts) {
  const body = Buffer.concat(parts);
  const size = le32(12 + body.length);
  return Buffer.concat([le32(kind), size, body, size]);
}

function comment(text) {
  if (text === "") return Buffer.alloc(0);
  const bytes = Buffer.from(text);
  return Buffer.concat([le16(1), le16(bytes.length), padded(bytes), Buffer.alloc(4)]);
}

/** RFC 1071. */
function checksum(bytes) {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum = (sum + (bytes[at] << 8) + (bytes[at + 1] ?? 0)) % 0xffff;
  return sum ? 0xffff - sum : 0;
}

function packetOf(from, to, flags, data, number) {
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(from.port, 0);
  tcp.writeUInt16BE(to.port, 2);
  tcp.writeUInt32BE(from.next, 4);
  tcp.writeUInt32BE(flags & ACK ? to.next : 0, 8);
  tcp.writeUInt8(0x50, 12);
  tcp.writeUInt8(flags, 13);
  tcp.writeUInt16BE(0xffff, 14);
  const length = 20 + data.length;
  const pseudo = Buffer.concat([from.address, to.address, Buffer.from([0, 6, length >> 8, length & 255])]);
  tcp.writeUInt16BE(checksum(Buffer.concat([pseudo, tcp, data])), 16);
  const ip = Buffer.alloc(20);
  ip.set([0x45, 0]);
  ip.writeUInt16BE(20 + length, 2);
  ip.writeUInt16BE(number & 0xffff, 4);
  ip.writeUInt16BE(0x4000, 6);
  ip.set([64, 6], 8);
  from.address.copy(ip, 12);
  to.address.copy(ip, 16);
  ip.writeUInt16BE(checksum(ip), 10);
  return Buffer.concat([ip, tcp, data]);
}

class Capture {
  constructor(header, channel, port, elapsed) {
    this.start = instant(header.started_at);
    this.vendor = { address: Buffer.from([192, 0, 2, 1]), port: 0xc000 + (channel % 0x3000), next: 1000 };
    this.asset = { address: Buffer.from([192, 0, 2, 2]), port, next: 1000 };
    this.comments = [];
    this.number = 0;
    const said = `Made from channel ${channel} of the recording of session ${header.session}. ${NOTE}`;
    this.made = [
      block(0x0a0d0d0a, le32(0x1a2b3c4d), le16(1), le16(0), Buffer.alloc(8, 255), comment(said)),
      block(1, le16(101), le16(0), le32(0)),
    ];
    this.at = elapsed;
    this.put(this.vendor, SYN, 1);
    this.put(this.asset, SYN | ACK, 1);
    this.put(this.vendor, ACK);
  }

  /** One packet; then the end has sent so many more of its sequence. */
  put(end, flags, more = 0, data = Buffer.alloc(0)) {
    const to = end === this.vendor ? this.asset : this.vendor;
    this.number += 1;
    const packet = packetOf(end, to, flags, data, this.number);
    const at = this.start + this.at;
    const head = [0, Number(at >> 32n), Number(at & 0xffffffffn), packet.length, packet.length].map(le32);
    this.made.push(block(6, ...head, padded(packet), comment(this.comments.join("\n"))));
    this.comments = [];
    end.next = (end.next + more) >>> 0;
  }

  answered(end, flags, more, data) {
    this.put(end, flags, more, data);
    this.put(end === this.vendor ? this.asset : this.vendor, ACK);
  }

  take(frame, payload, told) {
    this.at = frame.elapsed;
    if ([TO_ASSET, TO_VENDOR, ERRORS].includes(frame.kind)) {
      const end = frame.kind === TO_ASSET ? this.vendor : this.asset;
      for (let at = 0; at < payload.length && !end.finished; at += PIECE) {
        const piece = payload.subarray(at, at + PIECE);
        this.answered(end, PSH | ACK, piece.length, piece);
      }
    } else if (frame.kind === MARK) {
      this.comments.push(inert(`The gate: ${["mark", "code", "sentence"].map((key) => told[key]).filter(Boolean).join(", ")}`, 400));
    } else if (frame.kind === EOF) {
      const end = told.from === "vendor" ? this.vendor : this.asset;
      if (!end.finished) this.answered(end, FIN | ACK, 1);
      end.finished = true;
    } else if (frame.kind === CLOSED) {
      if (!this.vendor.finished || !this.asset.finished) this.put(this.asset, RST | ACK);
      else if (this.comments.length) this.put(this.asset, ACK);
      this.vendor.finished = this.asset.finished = true;
    }
  }
}

/** The captures that there may be, by name; `frames` are [frame, payload, what it says as JSON]. */
export function capturesOf(header, frames) {
  const found = new Map();
  const seen = new Set();
  let sum = 0;
  for (const [frame, payload, told] of frames) {
    const { channel } = frame;
    if (!seen.has(channel)) {
      const port = Number(frame.kind === OPENED ? /^forward:([1-9]\d{0,4})$/.exec(told.passage)?.[1] ?? 0 : 0);
      if (port < 1 || port > 65535 || seen.size === MOST_CHANNELS) continue;
      seen.add(channel);
      found.set(channel, new Capture(header, channel, port, frame.elapsed));
    } else {
      found.get(channel)?.take(frame, payload, told);
    }
    sum += payload.length + EACH;
    if (sum > MOST) found.delete(channel);
  }
  return new Map([...found].map(([channel, capture]) => [`exports/channel-${channel}.pcapng`, Buffer.concat(capture.made)]));
}
