// RFC 6962 section 2.1, RFC 9162 sections 2.1.3.2 and 2.1.4.2: does a path lead there?
import { fromBase64, sha256, textOf } from "./bytes.mjs";
import { malformed } from "./finding.mjs";

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);
export const leafHash = (entry) => sha256(LEAF, entry);
const node = (left, right) => sha256(NODE, left, right);

/** Whether the path leads from the leaf at `index` to the root of `size` leaves. */
export function includes(leaf, index, size, path, root) {
  if (index < 0n || index >= size) return false;
  let [fn, sn, hash] = [index, size - 1n, leaf];
  for (const one of path) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      hash = node(one, hash);
      while (!(fn & 1n) && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      hash = node(hash, one);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && hash.equals(root);
}

/** Whether the proof leads from the older head to the newer. */
export function consistent(older, newer, proof) {
  if (older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && older.root.equals(newer.root);
  if (older.size === 0n) return proof.length === 0 && older.root.equals(sha256());
  const path = (older.size & (older.size - 1n)) === 0n ? [older.root, ...proof] : [...proof];
  if (!path.length) return false;
  let [fn, sn] = [older.size - 1n, newer.size - 1n];
  while (fn & 1n) [fn, sn] = [fn >> 1n, sn >> 1n];
  let [fr, sr] = [path[0], path[0]];
  for (const one of path.slice(1)) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      [fr, sr] = [node(one, fr), node(one, sr)];
      while (!(fn & 1n) && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      sr = node(sr, one);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && fr.equals(older.root) && sr.equals(newer.root);
}

/** Lines of base 64, a hash each (SPEC 3, `ledger/witnessed.proof`). */
export function proofOf(bytes, what) {
  const text = textOf(bytes, what);
  if (text !== "" && !text.endsWith("\n")) throw malformed(`${what} does not end in a line feed.`);
  return (text === "" ? [] : text.slice(0, -1).split("\n")).map((line) => {
    const one = fromBase64(line, what);
    if (one.length !== 32) throw malformed(`${what} has a line that is no hash.`);
    return one;
  });
}
