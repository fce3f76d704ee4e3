// The recording (FORMAT): reading it without its key, and opening its frames with it.
import { createDecipheriv, createHash } from "node:crypto";
import { decompress } from "fzstd";
import { digest, isDigest, sha256 } from "./bytes.mjs";
import { malformed, wrong } from "./finding.mjs";
import { hasExactly, isObject, isText, jsonOf } from "./json.mjs";
import { isInstant, isToken } from "./words.mjs";

const MAGIC = Buffer.from("89504e520d0a1a0a01010101", "hex");
const SEAL = Buffer.from("504e525345414c01", "hex");
const MOST = 4 * 1024 * 1024;
const END = 12;

function headerOf(file) {
  if (file.length < 16 || !file.subarray(0, 12).equals(MAGIC)) throw malformed("The recording's preamble is not one.");
  const length = file.readUInt32BE(12);
  if (length < 1 || length > 65536 || file.length < 16 + length) throw malformed("The recording's header is not whole.");
  const header = jsonOf(file.subarray(16, 16 + length), "The recording's header");
  const keys = ["schema", "session", "started_at", "key_commitment", "about"];
  if (!hasExactly(header, keys) || header.schema !== "penstock-recording/1" || !isToken(header.session)
    || !isInstant(header.started_at) || !isDigest(header.key_commitment) || !isObject(header.about)
    || !isText(header.about.permit) || !isText(header.about.digest)) throw malformed("The recording's header is not one.");
  return { header, at: 16 + length };
}

function headOf(bytes) {
  return {
    kind: bytes[0], flags: bytes[1], zero: bytes.readUInt16BE(2), channel: bytes.readUInt32BE(4), sequence: bytes.readBigUInt64BE(8),
    elapsed: bytes.readBigUInt64BE(16), stored: bytes.readUInt32BE(24), plain: bytes.readUInt32BE(28),
  };
}

/** "Reading", 4. */
function soundHead(head) {
  const { kind, flags, stored, plain } = head;
  if (kind < 1 || kind > END || head.zero !== 0 || flags > 3 || (flags === 0) !== (kind === END)) return false;
  if (plain > MOST || stored > MOST + 16) return false;
  const tag = flags & 1 ? 16 : 0;
  return stored >= tag && (flags & 2 ? true : stored === plain + tag);
}

/** Reads as far as it verifies; `fault` is null, or what stopped it: cut, broken or unfinished. */
export function readRecording(file) {
  const { header, at: first } = headerOf(file);
  const running = createHash("sha256").update(file.subarray(0, first));
  const found = {
    header, frames: [], heads: [running.copy().digest("hex")], toAsset: 0n, toVendor: 0n, ended: null, sealed: false,
    fault: null, sha256: digest(file),
  };
  let at = first;
  const stop = (fault) => ({ ...found, fault, where: at });
  for (;;) {
    const left = file.subarray(at);
    const begins = left.length > 0 && left.subarray(0, 8).equals(SEAL.subarray(0, Math.min(8, left.length)));
    if (left.length === 0) return stop(found.ended ? "cut" : "unfinished");
    if (found.ended) {
      if (begins && left.length < 48) return stop("cut");
      if (!begins || left.length > 48) return stop("broken");
      const right = left.readBigUInt64BE(8) === BigInt(found.frames.length) && left.toString("hex", 16) === found.heads.at(-1);
      return right ? { ...found, sealed: true } : stop("broken");
    }
    if (left.length >= 8 && begins) return stop("broken");
    if (left.length < 32) return stop("cut");
    const head = headOf(left);
    if (!soundHead(head)) return stop("broken");
    if (left.length < 64 + head.stored) return stop("cut");
    const body = left.subarray(32, 32 + head.stored);
    running.update(left.subarray(0, 32 + head.stored));
    const link = left.subarray(32 + head.stored, 64 + head.stored);
    const last = found.frames.at(-1)?.elapsed ?? 0n;
    if (head.sequence !== BigInt(found.frames.length) || !running.copy().digest().equals(link) || head.elapsed < last) return stop("broken");
    running.update(link);
    if (head.kind === END && !(found.ended = endOf(body, found))) return stop("broken");
    if (head.kind === 2) found.toAsset += BigInt(head.plain);
    if (head.kind === 3 || head.kind === 4) found.toVendor += BigInt(head.plain);
    found.frames.push({ ...head, aad: left.subarray(0, 32), body });
    found.heads.push(link.toString("hex"));
    at += 64 + head.stored;
  }
}

/** "Reading", 7: the end's own totals. */
function endOf(body, found) {
  let end;
  try {
    end = jsonOf(body, "The end");
  } catch {
    return null;
  }
  const right = isObject(end) && end.frames === found.frames.length && end.bytes_to_asset === Number(found.toAsset)
    && end.bytes_to_vendor === Number(found.toVendor);
  return right ? end : null;
}

export const commitmentOf = (key) => sha256("penstock-recording-key/1", Buffer.from([0]), key).toString("hex");

/** A frame's payload: decrypted, unpacked, of the length that its head says. */
export function payloadOf(frame, key) {
  let body = frame.body;
  if (frame.flags & 1) {
    const nonce = Buffer.alloc(12);
    nonce.writeBigUInt64BE(frame.sequence, 4);
    const cipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 });
    cipher.setAAD(frame.aad);
    cipher.setAuthTag(body.subarray(body.length - 16));
    try {
      body = Buffer.concat([cipher.update(body.subarray(0, body.length - 16)), cipher.final()]);
    } catch {
      throw wrong("malformed", `Frame ${frame.sequence} does not decrypt.`);
    }
  }
  if (frame.flags & 2) {
    try {
      body = Buffer.from(decompress(body));
    } catch (error) {
      throw wrong("malformed", `Frame ${frame.sequence} does not unpack: ${error.message}.`);
    }
  }
  if (body.length !== frame.plain) throw malformed(`Frame ${frame.sequence} has another length than it says.`);
  return body;
}
