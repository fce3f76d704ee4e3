// TOML 1.0, as far as a trust file needs it (SPEC 7): all of its strings, numbers, booleans, arrays, tables, inline tables.
// Dates and times are passed over: nothing that is read is one.
import { malformed } from "./finding.mjs";

const ESCAPES = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", '"': '"', "\\": "\\" };
const wrongAt = (what) => malformed(`The trust file is not TOML: ${what}.`);

/** A date or a time, if it is one. */
function dated([whole, day, time, zone]) {
  const at = new Date(`${day || "2000-01-01"}T00:00:00Z`);
  const clocks = [time ?? "00:00:00", `${zone ?? "00:00"}:00`];
  const real = !Number.isNaN(at.getTime()) && (!day || at.toISOString().startsWith(day)) && clocks.every((one) => /^([01]\d|2[0-3])(:[0-5]\d){2}$/.test(one));
  if (!real) throw wrongAt(`${whole} is no date`);
  return { whole };
}

class Parser {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  is(word) {
    return this.text.startsWith(word, this.at);
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found !== null) this.at += found[0].length;
    return found;
  }

  need(word) {
    if (!this.is(word)) throw wrongAt(`${word} is missing`);
    this.at += word.length;
  }

  blank() {
    this.match(/[ \t]*/y);
  }

  /** A comment, and the line's end. */
  lineEnd() {
    this.blank();
    this.match(/#[^\x00-\x08\x0a-\x1f\x7f]*/y);
    if (this.at < this.text.length && this.match(/\r?\n/y) === null) throw wrongAt("a line goes on behind its value");
  }

  /** White space, line ends and comments, as between the elements of an array. */
  gap() {
    this.match(/(?:[ \t]|\r?\n|#[^\x00-\x08\x0a-\x1f\x7f]*\r?\n)*/y);
  }

  key() {
    const parts = [];
    do {
      this.blank();
      const bare = this.match(/[A-Za-z0-9_-]+/y);
      parts.push(bare !== null ? bare[0] : this.line());
      this.blank();
    } while (this.match(/\./y) !== null);
    return parts;
  }

  line() {
    if (this.is('"')) return this.basic('"');
    const literal = this.match(/'([^\x00-\x08\x0a-\x1f\x7f']*)'/y);
    if (literal === null) throw wrongAt("a name or a text is missing");
    return literal[1];
  }

  basic(quote) {
    const long = quote.length === 3;
    this.need(quote);
    if (long) this.match(/\r?\n/y);
    let text = "";
    for (;;) {
      if (this.is(quote)) break;
      const plain = this.match(long ? /[^\x00-\x08\x0b-\x1f\x7f"\\]+|\r\n|"/y : /[^\x00-\x08\x0a-\x1f\x7f"\\]+/y);
      if (plain !== null) {
        text += plain[0];
        continue;
      }
      if (long && this.match(/\\[ \t]*\r?\n[ \t\r\n]*/y) !== null) continue;
      const escape = this.match(/\\(?:([btnfr"\\])|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))/y);
      if (escape === null) throw wrongAt("a text does not end, or has what it can't have");
      const code = parseInt(escape[2] ?? escape[3] ?? "0", 16);
      if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw wrongAt("a text has no such character");
      text += escape[1] ? ESCAPES[escape[1]] : String.fromCodePoint(code);
    }
    this.at += quote.length;
    if (long) text += this.match(/"{0,2}/y)[0];
    return text;
  }

  value() {
    if (this.is('"""')) return this.basic('"""');
    const literal = this.match(/'''(?:\r?\n)?((?:[^\x00-\x08\x0b-\x1f\x7f']|'{1,2}(?!')|\r\n)*'{0,2})'''/y);
    if (literal !== null) return literal[1];
    if (this.is('"') || this.is("'")) return this.line();
    if (this.is("[")) return this.array();
    if (this.is("{")) return this.inline();
    const word = this.match(/true|false/y);
    if (word !== null) return word[0] === "true";
    const date = this.match(/(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d:\d\d)(?:\.\d+)?(?:[Zz]|[+-](\d\d:\d\d))?)?(?![\w:.-])/y)
      ?? this.match(/()(\d\d:\d\d:\d\d)(?:\.\d+)?(?![\w:.-])/y);
    if (date !== null) return dated(date);
    const number = this.match(/[+-]?(?:inf|nan|0x[0-9A-Fa-f]+(?:_[0-9A-Fa-f]+)*|0o[0-7]+(?:_[0-7]+)*|0b[01]+(?:_[01]+)*|(?:0|[1-9]\d*(?:_\d+)*)(?:\.\d+(?:_\d+)*)?(?:[eE][+-]?\d+(?:_\d+)*)?)(?![\w:.-])/y);
    if (number === null) throw wrongAt("a value is missing");
    return Number(number[0].replaceAll("_", ""));
  }

  array() {
    this.need("[");
    const found = [];
    for (this.gap(); !this.is("]"); this.gap()) {
      found.push(this.value());
      this.gap();
      if (!this.is("]")) this.need(",");
    }
    this.need("]");
    return found;
  }

  inline() {
    this.need("{");
    const table = new Map();
    this.blank();
    while (!this.is("}")) {
      this.pair(table);
      this.blank();
      if (!this.is("}")) {
        this.need(",");
        this.blank();
        if (this.is("}")) throw wrongAt("an inline table ends in a comma");
      }
    }
    this.need("}");
    return table;
  }

  pair(table) {
    const path = this.key();
    const last = path.pop();
    const into = path.reduce((inner, part) => deeper(inner, part), table);
    this.need("=");
    this.blank();
    if (into.has(last)) throw wrongAt(`${last} is there twice`);
    into.set(last, this.value());
  }
}

function deeper(table, part) {
  if (!table.has(part)) table.set(part, new Map());
  const inner = Array.isArray(table.get(part)) ? table.get(part).at(-1) : table.get(part);
  if (!(inner instanceof Map)) throw wrongAt(`${part} is no table`);
  return inner;
}

/** The file as nested Maps. */
export function tomlOf(text) {
  const parser = new Parser(text);
  const root = new Map();
  const opened = new Set();
  let table = root;
  while (parser.at < text.length) {
    parser.blank();
    const header = parser.match(/\[\[?/y)?.[0];
    if (header !== undefined) {
      const path = parser.key();
      parser.need(header === "[" ? "]" : "]]");
      const last = path.pop();
      const into = path.reduce((inner, part) => deeper(inner, part), root);
      if (header === "[") {
        const name = JSON.stringify([...path, last]);
        if (opened.has(name) || Array.isArray(into.get(last))) throw wrongAt(`${last} is there twice`);
        opened.add(name);
        table = deeper(into, last);
      } else {
        if (!into.has(last)) into.set(last, Object.assign([], { tables: true }));
        if (!into.get(last).tables) throw wrongAt(`${last} is something else already`);
        into.get(last).push((table = new Map()));
      }
    } else if (!/[#\r\n]/.test(text[parser.at] ?? "\n")) {
      parser.pair(table);
    }
    parser.lineEnd();
  }
  return root;
}
