// The sanitiser of one stream of a terminal (SPEC 13.2). It works on arrays of code points; numbers in comments are the list's.
import { isActing, visible } from "./inert.mjs";

const ESC = 0x1b;
const OPENS = [..."]PX^_"].map((one) => one.codePointAt(0));
const ENDS = [0x07, 0x18, 0x1a, 0x9c];
const SHOWN = 128;
const LONGEST_STRING = 1_048_576;
const LONGEST = 256;

const WAITS = /^\x1b(?:\[[0-?]*[ -/]*|[ -/]*)$/;
const CONTROL = /\x1b\[([0-?]*)([ -/]*)([@-~])/y;
const SHORT = /\x1b([ -/]*[0-~])/y;
const PASSES = new Set(["7", "8", "D", "E", "M", "H", "(B", "(0", ")B", ")0"]);
const MODES = new Set(["7", "25", "47", "1047", "1048", "1049"]);
const PARAMETERS = /^\d{0,4}(?:[;:]\d{0,4}){0,32}$/;

const shown = (text) => [...text].map((one) => visible(one.codePointAt(0))).join("");

function control(whole, parameters, between, final) {
  if (whole.length > LONGEST) return shown(whole);
  if (parameters.startsWith("?") && between === "" && "hl".includes(final)) {
    const kept = parameters.slice(1).split(";").filter((mode) => MODES.has(mode));
    return kept.length ? `\x1b[?${kept.join(";")}${final}` : "";
  }
  if (parameters.startsWith(">") && between === "" && final === "m") return "";
  const plain = "ABCDEFGHIZ`adefJKX@PLMSrmbg".includes(final) || (final === "T" && !parameters.includes(";"))
    || ("su".includes(final) && parameters === "");
  return between === "" && PARAMETERS.test(parameters) && plain ? whole : shown(whole);
}

export class Sanitiser {
  constructor() {
    this.decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    this.waiting = "";
    this.length = -1; // characters of the string that is open; -1 where none is
  }

  feed(bytes) {
    return this.run(this.decoder.decode(bytes, { stream: true }), false);
  }

  finish() {
    return this.run(this.decoder.decode(), true);
  }

  run(more, last) {
    const text = this.waiting + more;
    this.waiting = "";
    let [out, at] = ["", 0];
    while (at < text.length) {
      const [piece, next] = this.length >= 0 ? this.inString(text, at, last) : this.outside(text, at, last);
      out += piece;
      if (next < 0) {
        this.waiting = text.slice(at - next - 1);
        return out;
      }
      at = next;
    }
    return out;
  }

  /** 2 to 8: what is shown, and where to go on; -1 - n to wait with what is n characters further. */
  outside(text, at, last) {
    const code = text.codePointAt(at);
    if (!isActing(code)) {
      let end = at;
      while (end < text.length && !isActing(text.codePointAt(end))) end += text.codePointAt(end) > 0xffff ? 2 : 1;
      return [text.slice(at, end), end]; // 2
    }
    const after = at + (code > 0xffff ? 2 : 1);
    if (code !== ESC) return [visible(code), after]; // 3
    const rest = text.length - at;
    if (!last && rest < LONGEST && WAITS.test(text.slice(at))) return ["", -1]; // 4
    if (OPENS.includes(text.charCodeAt(at + 1))) {
      this.length = 0;
      return [shown(text.slice(at, at + 2)), at + 2]; // 5
    }
    CONTROL.lastIndex = SHORT.lastIndex = at;
    const sequence = CONTROL.exec(text);
    if (sequence !== null) return [control(...sequence), at + sequence[0].length]; // 6
    const short = SHORT.exec(text);
    if (short === null) return [visible(ESC), at + 1]; // 8
    const vanishes = short[1] === "=" || short[1] === ">";
    return [vanishes ? "" : PASSES.has(short[1]) ? short[0] : shown(short[0]), at + short[0].length]; // 7
  }

  /** 1: on with a string, as far as it goes. */
  inString(text, at, last) {
    let out = "";
    for (let here = at; here < text.length; ) {
      const code = text.codePointAt(here);
      if (this.length === LONGEST_STRING) return [out + this.over(), here];
      if (ENDS.includes(code)) return [out + this.over() + visible(code), here + 1];
      if (code === ESC) {
        if (here + 1 === text.length && !last) return [out, -1 - (here - at)];
        if (text[here + 1] === "\\") return [out + this.over() + shown("\x1b\\"), here + 2];
        if (here + 1 < text.length) return [out + this.over(), here];
      }
      if (this.length++ < SHOWN) out += visible(code);
      here += code > 0xffff ? 2 : 1;
    }
    return [out, text.length];
  }

  over() {
    const more = this.length - SHOWN;
    this.length = -1;
    return more > 0 ? `…[${more} more]` : "";
  }
}
