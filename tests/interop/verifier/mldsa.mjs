// ML-DSA-44, verification alone (FIPS 204, algorithms 3 and 8, empty context). Node 20 has SHAKE and no ML-DSA.
import { createHash } from "node:crypto";

const Q = 8380417;
const [K, L, TAU, OMEGA, BETA] = [4, 4, 39, 80, 78];
const GAMMA1 = 1 << 17;
const GAMMA2 = (Q - 1) / 88;

const shake = (bits, length, ...parts) =>
  parts.reduce((h, part) => h.update(part), createHash(`shake${bits}`, { outputLength: length })).digest();
const times = (a, b) => Number((BigInt(a) * BigInt(b)) % BigInt(Q));
const mod = (a) => ((a % Q) + Q) % Q;

/** 1753 to the power of the bit-reversed n (FIPS 204 appendix B). */
const ZETAS = Array.from({ length: 256 }, (_, n) => {
  let power = 0;
  for (let bit = 0; bit < 8; bit++) power |= ((n >> bit) & 1) << (7 - bit);
  let zeta = 1;
  for (; power > 0; power--) zeta = times(zeta, 1753);
  return zeta;
});

function ntt(poly) {
  const w = poly.map(mod);
  let m = 0;
  for (let len = 128; len >= 1; len >>= 1) {
    for (let start = 0; start < 256; start += 2 * len) {
      const zeta = ZETAS[++m];
      for (let j = start; j < start + len; j++) {
        const t = times(zeta, w[j + len]);
        [w[j], w[j + len]] = [mod(w[j] + t), mod(w[j] - t)];
      }
    }
  }
  return w;
}

function inverse(poly) {
  const w = [...poly];
  let m = 256;
  for (let len = 1; len < 256; len <<= 1) {
    for (let start = 0; start < 256; start += 2 * len) {
      const zeta = Q - ZETAS[--m];
      for (let j = start; j < start + len; j++) {
        const t = w[j];
        w[j] = mod(t + w[j + len]);
        w[j + len] = times(zeta, mod(t - w[j + len]));
      }
    }
  }
  return w.map((a) => times(a, 8347681));
}

const product = (a, b) => a.map((one, n) => times(one, b[n]));

/** `count` numbers of `width` bits, lowest bit first. */
function unpack(bytes, count, width) {
  let [value, bits, at] = [0, 0, 0];
  return Array.from({ length: count }, () => {
    while (bits < width) {
      value += bytes[at++] * 2 ** bits;
      bits += 8;
    }
    const one = value % 2 ** width;
    value = Math.floor(value / 2 ** width);
    bits -= width;
    return one;
  });
}

/** A polynomial of the matrix A (algorithm 30, RejNTTPoly). */
function expanded(rho, s, r) {
  const stream = shake(128, 3 * 512, rho, Buffer.from([s, r]));
  const poly = [];
  for (let at = 0; poly.length < 256; at += 3) {
    const one = stream[at] | (stream[at + 1] << 8) | ((stream[at + 2] & 127) << 16);
    if (one < Q) poly.push(one);
  }
  return poly;
}

/** The challenge's polynomial (algorithm 29, SampleInBall). */
function ball(seed) {
  const stream = shake(256, 1024, seed);
  const c = new Array(256).fill(0);
  let at = 8;
  for (let i = 256 - TAU; i < 256; i++) {
    let j = stream[at++];
    while (j > i) j = stream[at++];
    c[i] = c[j];
    const n = i + TAU - 256;
    c[j] = (stream[n >> 3] >> (n & 7)) & 1 ? -1 : 1;
  }
  return c;
}

/** The hints (algorithm 21, HintBitUnpack), or null. */
function hints(bytes) {
  const h = Array.from({ length: K }, () => new Array(256).fill(0));
  let index = 0;
  for (let i = 0; i < K; i++) {
    const end = bytes[OMEGA + i];
    if (end < index || end > OMEGA) return null;
    for (const first = index; index < end; index++) {
      if (index > first && bytes[index - 1] >= bytes[index]) return null;
      h[i][bytes[index]] = 1;
    }
  }
  return bytes.subarray(index, OMEGA).every((byte) => byte === 0) ? h : null;
}

/** UseHint (algorithm 40). */
function hinted(hint, r) {
  let low = r % (2 * GAMMA2);
  if (low > GAMMA2) low -= 2 * GAMMA2;
  const top = r - low === Q - 1;
  const high = top ? 0 : (r - low) / (2 * GAMMA2);
  if (top) low -= 1;
  if (!hint) return high;
  return low > 0 ? (high + 1) % 44 : (high + 43) % 44;
}

/** w1Encode: six bits a coefficient. */
function packed6(poly) {
  const out = Buffer.alloc(192);
  for (let n = 0; n < 64; n++) {
    const [a, b, c, d] = poly.slice(4 * n, 4 * n + 4);
    out[3 * n] = a | ((b & 3) << 6);
    out[3 * n + 1] = (b >> 2) | ((c & 15) << 4);
    out[3 * n + 2] = (c >> 4) | (d << 2);
  }
  return out;
}

export function verifyMlDsa44(key, message, signature) {
  if (key.length !== 1312 || signature.length !== 2420) return false;
  const rho = key.subarray(0, 32);
  const t1 = Array.from({ length: K }, (_, i) => unpack(key.subarray(32 + 320 * i), 256, 10));
  const seed = signature.subarray(0, 32);
  const z = Array.from({ length: L }, (_, i) => unpack(signature.subarray(32 + 576 * i), 256, 18).map((a) => GAMMA1 - a));
  const h = hints(signature.subarray(32 + 576 * L));
  if (h === null || z.some((poly) => poly.some((a) => Math.abs(a) >= GAMMA1 - BETA))) return false;
  const mu = shake(256, 64, shake(256, 64, key), Buffer.from([0, 0]), message);
  const [c, zs] = [ntt(ball(seed)), z.map(ntt)];
  const w1 = t1.map((t, i) => {
    const w = product(c, ntt(t.map((a) => a * 2 ** 13))).map((a) => mod(-a));
    for (let j = 0; j < L; j++) product(expanded(rho, j, i), zs[j]).forEach((a, n) => (w[n] = mod(w[n] + a)));
    return packed6(inverse(w).map((a, n) => hinted(h[i][n], a)));
  });
  return shake(256, 32, mu, ...w1).equals(seed);
}
