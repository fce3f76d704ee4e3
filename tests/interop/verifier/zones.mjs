// Clocks: the local time of a place as an instant (SPEC 8). Days count from 1970, instants are microseconds as BigInt.
import { malformed } from "./finding.mjs";
import { isText } from "./json.mjs";

const DAY = 86_400_000;
const clocks = new Map();

function clock(zone) {
  if (!clocks.has(zone)) {
    clocks.set(zone, new Intl.DateTimeFormat("en-US", {
      timeZone: zone, calendar: "iso8601", numberingSystem: "latn", hourCycle: "h23", era: "short",
      year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
    }));
  }
  return clocks.get(zone);
}

export function isZone(zone) {
  try {
    return isText(zone) && clock(zone) !== null;
  } catch {
    return false;
  }
}

/** How far the clock is before UTC at an instant, both in milliseconds. */
function offset(zone, at) {
  const parts = Object.fromEntries(clock(zone).formatToParts(new Date(at)).map((part) => [part.type, part.value]));
  const [year, month, day, hour, minute, second] = ["year", "month", "day", "hour", "minute", "second"].map((name) => Number(parts[name]));
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/** Of two like times the earlier; a time that is skipped by the offset of before. */
export function local(day, seconds, zone) {
  const wall = day * DAY + seconds * 1000;
  const [before, behind] = [offset(zone, wall - DAY), offset(zone, wall + DAY)];
  const valid = [before, behind].filter((one) => offset(zone, wall - one) === one).map((one) => wall - one);
  return BigInt(valid.length ? Math.min(...valid) : wall - before) * 1000n;
}

/** The day of an instant on that clock. */
export function dayAt(at, zone) {
  const ms = Number(at / 1000n);
  return Math.floor((ms + offset(zone, ms)) / DAY);
}

export function dayOf(text) {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  const at = parts === null ? NaN : Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
  if (parts === null || Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text) throw malformed(`${text} is no day.`);
  return at / DAY;
}
