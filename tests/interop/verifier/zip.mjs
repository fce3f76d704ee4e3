// The container (SPEC 2): a zip in one fixed form, every byte of it accounted for.
import { malformed } from "./finding.mjs";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*){0,3}$/;
const MOST = 1000;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

export function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = TABLE[(sum ^ byte) & 255] ^ (sum >>> 8);
  return ~sum >>> 0;
}

function fields(...parts) {
  const bytes = Buffer.alloc(parts.reduce((sum, [size]) => sum + size, 0));
  let at = 0;
  for (const [size, value] of parts) {
    bytes.writeUIntLE(value, at, size);
    at += size;
  }
  return bytes;
}

const sums = (one) => [[4, one.crc], [4, one.size], [4, one.size]];
const header = (one) => Buffer.concat([
  fields([4, 0x04034b50], [2, 20], [2, 0], [2, 0], [2, 0], [2, 0x21], ...sums(one), [2, one.name.length], [2, 0]),
  Buffer.from(one.name, "latin1"),
]);
const entry = (one) => Buffer.concat([
  fields([4, 0x02014b50], [2, 0x031e], [2, 20], [2, 0], [2, 0], [2, 0], [2, 0x21], ...sums(one), [2, one.name.length],
    [2, 0], [2, 0], [2, 0], [2, 0], [4, 0x81240000], [4, one.offset]),
  Buffer.from(one.name, "latin1"),
]);
const ending = (count, size, offset) =>
  fields([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]);

/** The members of a case file: a Map of name to bytes. */
export function membersOf(file) {
  if (file.length >= 2 ** 32 - 1) throw malformed("The file is too large.");
  const found = [];
  const members = new Map();
  let at = 0;
  while (file.length >= at + 30 && file.readUInt32LE(at) === 0x04034b50) {
    const size = file.readUInt32LE(at + 22);
    const length = file.readUInt16LE(at + 26);
    const name = file.toString("latin1", at + 30, at + 30 + length);
    const start = at + 30 + length;
    if (!NAME.test(name) || name.length > 200) throw malformed(`At byte ${at}: no name that a member may have.`);
    if (members.has(name)) throw malformed(`${name} is there twice.`);
    if (start + size > file.length) throw malformed(`${name} ends too early.`);
    const bytes = file.subarray(start, start + size);
    const one = { name, size, crc: crc32(bytes), offset: at };
    if (!file.subarray(at, start).equals(header(one))) throw malformed(`The header of ${name} is not the one it must have.`);
    members.set(name, bytes);
    found.push(one);
    if (found.length > MOST) throw malformed("There are too many members.");
    at = start + size;
  }
  if (!found.length) throw malformed("The file does not begin with a member.");
  const directory = Buffer.concat(found.map(entry));
  const rest = Buffer.concat([directory, ending(found.length, directory.length, at)]);
  if (!file.subarray(at).equals(rest)) throw malformed(`From byte ${at} on the file is not what it must be.`);
  return members;
}
