// What is shown without acting: inert texts and visible characters (SPEC 13.1, 13.2).

function table(text) {
  const ranges = text.split(" ").map((one) => one.split("-").map((hex) => parseInt(hex, 16))).map(([a, b]) => [a, b ?? a]);
  return (code) => ranges.some(([first, last]) => first <= code && code <= last);
}

const acts = table("00-07 0B 0C 0E-1F 7F-9F AD 34F 61C 115F 1160 17B4 17B5 180B-180F 200B-200F 2028-202E 2060-206F 2800 3164 D800-DFFF "
  + "FEFF FFA0 FFF0-FFFB FFFE FFFF E0000-E0FFF");
const unseen = table("A0 600-605 6DD 70F 890 891 8E2 1680 2000-200A 202F 205F 3000 E000-F8FF FDD0-FDEF 110BD 110CD 13430-1345F "
  + "1BCA0-1BCA3 1D173-1D17A F0000-10FFFF");

/** Whether a code point is one of ACTS; those that are plain ASCII are answered at once. */
export const isActing = (code) => (code >= 0x20 && code < 0x7f ? false : acts(code));

function escaped(code) {
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

const NAMED = { 0x0a: "\\n", 0x0d: "\\r", 0x09: "\\t" };

export function inert(text, limit) {
  let points = [...text];
  if (points.length > limit) points = [...points.slice(0, limit - 1), "…"];
  return points.map((one) => {
    const code = one.codePointAt(0);
    if (NAMED[code] !== undefined) return NAMED[code];
    return code === 8 || isActing(code) || unseen(code) ? escaped(code) : one;
  }).join("");
}

/** One character made visible; what is given is a code point. */
export function visible(code) {
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return isActing(code) || unseen(code) ? escaped(code) : String.fromCodePoint(code);
}
