// Hours (SPEC 8.2): the days that an RRULE (RFC 5545 section 3.3.10) gives, and whether a window lies inside one of their spans.
import { malformed } from "./finding.mjs";
import { dayAt, dayOf, local } from "./zones.mjs";

const DAY = 86_400_000;
const NAMES = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const FAR = 400 * 366; // days: a rule that gives nothing for so long gives nothing any more

const date = (day) => new Date(day * DAY);
const dayOfMonth = (year, month, n) => Date.UTC(year, month, n) / DAY;
const weekday = (day) => (((day + 3) % 7) + 7) % 7; // Monday is 0; day 0 was a Thursday
const numbers = (text) => text.split(",").map(Number);

function ruleOf(recurs) {
  const parts = new Map(recurs.split(";").map((part) => part.split("=", 2)));
  const get = (name) => parts.get(name)?.toUpperCase();
  const days = get("BYDAY")?.split(",").map((one) => /^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$/.exec(one));
  if (!["DAILY", "WEEKLY", "MONTHLY", "YEARLY"].includes(get("FREQ")) || days?.includes(null)) throw malformed(`${recurs} is no rule.`);
  const until = get("UNTIL");
  return {
    freq: get("FREQ"), interval: Number(get("INTERVAL") ?? 1), count: get("COUNT") === undefined ? Infinity : Number(get("COUNT")),
    until: until === undefined ? Infinity : dayOf(`${until.slice(0, 4)}-${until.slice(4, 6)}-${until.slice(6, 8)}`),
    days: days?.map((one) => ({ nth: Number(one[1] ?? 0), day: NAMES.indexOf(one[2]) })),
    monthdays: parts.has("BYMONTHDAY") ? numbers(get("BYMONTHDAY")) : undefined,
    months: parts.has("BYMONTH") ? numbers(get("BYMONTH")) : undefined,
    positions: parts.has("BYSETPOS") ? numbers(get("BYSETPOS")) : undefined,
    week: NAMES.indexOf(get("WKST") ?? "MO"),
  };
}

/** The first and the last day of the n-th period from `since` on. */
function period(rule, since, n) {
  const start = date(since);
  const step = n * rule.interval;
  if (rule.freq === "DAILY") return [since + step, since + step];
  if (rule.freq === "WEEKLY") {
    const first = since - ((weekday(since) - rule.week + 7) % 7) + 7 * step;
    return [first, first + 6];
  }
  const [year, month] = rule.freq === "MONTHLY" ? [start.getUTCFullYear(), start.getUTCMonth() + step] : [start.getUTCFullYear() + step, 0];
  return [dayOfMonth(year, month, 1), dayOfMonth(year, month + (rule.freq === "MONTHLY" ? 1 : 12), 1) - 1];
}

/** Whether a day is the n-th of its weekday in its month (or its year). */
function nth(rule, day, one) {
  if (weekday(day) !== one.day) return false;
  if (one.nth === 0 || rule.freq === "DAILY" || rule.freq === "WEEKLY") return true;
  const at = date(day);
  const inYear = rule.freq === "YEARLY" && rule.months === undefined;
  const first = inYear ? dayOfMonth(at.getUTCFullYear(), 0, 1) : dayOfMonth(at.getUTCFullYear(), at.getUTCMonth(), 1);
  const behind = inYear ? dayOfMonth(at.getUTCFullYear() + 1, 0, 1) : dayOfMonth(at.getUTCFullYear(), at.getUTCMonth() + 1, 1);
  return one.nth > 0 ? Math.floor((day - first) / 7) + 1 === one.nth : Math.floor((behind - 1 - day) / 7) + 1 === -one.nth;
}

function gives(rule, since, day) {
  const [at, start] = [date(day), date(since)];
  const last = dayOfMonth(at.getUTCFullYear(), at.getUTCMonth() + 1, 1) - 1;
  const monthday = (n) => (n > 0 ? n : date(last).getUTCDate() + n + 1) === at.getUTCDate();
  if (rule.months !== undefined && !rule.months.includes(at.getUTCMonth() + 1)) return false;
  if (rule.monthdays !== undefined && !rule.monthdays.some(monthday)) return false;
  if (rule.days !== undefined && !rule.days.some((one) => nth(rule, day, one))) return false;
  if (rule.days !== undefined || rule.monthdays !== undefined) return true;
  // What the rule leaves open comes from its start (RFC 5545, after the table of BYxxx).
  if (rule.freq === "WEEKLY") return weekday(day) === weekday(since);
  if (rule.freq === "MONTHLY") return at.getUTCDate() === start.getUTCDate();
  if (rule.freq === "YEARLY") return at.getUTCDate() === start.getUTCDate() && (rule.months !== undefined || at.getUTCMonth() === start.getUTCMonth());
  return true;
}

/** The days of a rule from `since` up to and with `last`. */
export function daysOf(recurs, since, last) {
  const rule = ruleOf(recurs);
  const found = [];
  for (let n = 0, seen = 0; ; n++) {
    const [first, end] = period(rule, since, n);
    if (first > Math.min(last, rule.until) || first > since + FAR) return found;
    let days = [];
    for (let day = first; day <= end; day++) if (gives(rule, since, day)) days.push(day);
    if (rule.positions !== undefined) {
      const picked = new Set(rule.positions.map((p) => days.at(p > 0 ? p - 1 : p)));
      days = days.filter((day) => picked.has(day));
    }
    for (const day of days) {
      if (day < since) continue;
      if (day > rule.until || ++seen > rule.count) return found;
      if (day <= last) found.push(day);
    }
  }
}

/** "90m" and its like, in seconds. */
export function lasting(text) {
  const parts = /^(\d{1,6})([mhd])$/.exec(text);
  if (parts === null) throw malformed(`${text} is no length of time.`);
  return Math.min(Number(parts[1]) * { m: 60, h: 3600, d: 86400 }[parts[2]], 86400);
}

export function secondsOf(at) {
  const parts = /^(\d\d):(\d\d)(?::(\d\d))?$/.exec(at);
  if (parts === null || Number(parts[1]) > 23 || Number(parts[2]) > 59 || Number(parts[3] ?? 0) > 59) throw malformed(`${at} is no time of day.`);
  return Number(parts[1]) * 3600 + Number(parts[2]) * 60 + Number(parts[3] ?? 0);
}

/** Whether one span of one of the rows ({recurs, at, seconds, since}) contains the window. */
export function insideHours(rows, zone, window) {
  return rows.some((row) => daysOf(row.recurs, dayOf(row.since), dayAt(window.start, zone) + 1).some((day) => {
    const start = local(day, secondsOf(row.at), zone);
    return start <= window.start && window.end <= start + BigInt(row.seconds) * 1_000_000n;
  }));
}
