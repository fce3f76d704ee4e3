// The charter's snapshot (SPEC 8), and what attestations change of it (SPEC 9).
import { digest } from "./bytes.mjs";
import { malformed } from "./finding.mjs";
import { canonical, hasExactly, isObject, isText, jsonOf } from "./json.mjs";
import { RIGHTS } from "./sshsig.mjs";
import { instant } from "./words.mjs";
import { dayOf, isZone, local } from "./zones.mjs";

export const MONTH = 30n * 86_400_000_000n; // thirty days, in microseconds
const MUST = ["sites.toml", "zones.toml", "assets.toml", "conduits.toml", "people.toml", "rights.toml"];
const texts = (value) => Array.isArray(value) && value.every(isText);

function rows(file, name, fields) {
  const found = file[name] ?? [];
  const holds = (row) => isObject(row) && Object.entries(fields).every(([field, asks]) =>
    (row[field] === undefined ? asks.optional : asks.holds(row[field])));
  if (!Array.isArray(found) || !found.every(holds)) throw malformed(`The charter has a ${name} that is none.`);
  return found;
}

const text = { holds: isText };
const perhaps = (holds) => ({ holds, optional: true });
const aRight = { holds: (value) => RIGHTS.includes(value) };
const textPerhaps = perhaps(isText);
const truth = perhaps((value) => typeof value === "boolean");
const list = { holds: texts };
const listPerhaps = perhaps(texts);
const level = perhaps((value) => ["low", "medium", "high"].includes(value));
const instantOr = (zone) => (value) => (value.length === 10 ? local(dayOf(value), 0, zone) : instant(value, "A day of the charter"));

const byId = (found) => new Map(found.map((row) => [row.id, row]));

export function charterOf(bytes) {
  const snapshot = jsonOf(bytes, "charter.json");
  if (!hasExactly(snapshot, ["schema", "files"]) || snapshot.schema !== "penstock-charter/1" || !isObject(snapshot.files)
    || !MUST.every((name) => isObject(snapshot.files[name])) || !Object.values(snapshot.files).every(isObject)) {
    throw malformed("charter.json is no charter.");
  }
  const file = (name) => snapshot.files[name] ?? {};
  const organisation = file("sites.toml").organisation;
  if (!isObject(organisation) || !isText(organisation.id) || !isZone(organisation.time_zone)) throw malformed("The charter has no organisation.");
  const at = instantOr(organisation.time_zone);
  const span = (row) => {
    const found = { start: at(row.from), end: at(row.until) };
    if (found.start >= found.end) throw malformed("The charter has a window that ends before it starts.");
    return found;
  };
  const right = {
    right: aRight, boundary: text, holder: text, from: text, until: text, deputy: textPerhaps, others: listPerhaps,
    quorum: perhaps(Number.isInteger), arbiter: textPerhaps, side: textPerhaps,
  };
  const delegation = {
    right: aRight, boundary: text, by: text, to: text, actions: list, states: list, from: text, until: text, approved: text,
  };
  const hours = perhaps((value) => Array.isArray(value) && value.every((row) => isObject(row)
    && [row.recurs, row.at, row.for, row.since].every(isText)));
  const exceptions = file("exceptions.toml").break_glass;
  return {
    sha256: digest(bytes),
    organisation,
    sites: byId(rows(file("sites.toml"), "site", { id: text, time_zone: perhaps(isZone) })),
    zones: byId(rows(file("zones.toml"), "zone", { id: text, site: text, safety: truth, criticality: level })),
    assets: byId(rows(file("assets.toml"), "asset", { id: text, zone: text, criticality: level })),
    conduits: byId(rows(file("conduits.toml"), "conduit",
      { id: text, proofs: list, from: textPerhaps, to: textPerhaps, data_out: listPerhaps, in_order: listPerhaps, hours })),
    people: byId(rows(file("people.toml"), "person", { id: text, vendor: textPerhaps, side: textPerhaps, shift: truth })),
    rights: rows(file("rights.toml"), "right", right).map((row) => ({ ...row, span: span(row), holders: [row.holder, ...(row.others ?? [])] })),
    delegations: rows(file("rights.toml"), "delegation", delegation).map((row) => ({ ...row, span: span(row), approvedAt: at(row.approved) })),
    states: rows(file("states.toml"), "state", { state: text }),
    holderAbsent: isObject(exceptions) && exceptions.rule === "holder-absent",
  };
}

/** The boundaries of a permit's way, from near to far (SPEC 8.1). */
export function wayOf(charter, permit) {
  const zone = charter.zones.get(charter.assets.get(permit.asset)?.zone);
  return [permit.conduit, zone?.id, zone?.site, charter.organisation.id].filter((one) => one !== undefined);
}

/** The heirs of a row: pairs of a holder, and since when (SPEC 9). */
export function heirsOf(charter, row) {
  const before = charter.rights.filter((one) => one.right === row.right && one.boundary === row.boundary && one.span.start < row.span.start)
    .sort((a, b) => (a.span.start < b.span.start ? 1 : -1));
  const heirs = [];
  for (const holder of row.holders) {
    let since = row.span.start;
    for (const one of before) {
      if (!one.holders.includes(holder)) {
        heirs.push({ holder, since });
        break;
      }
      since = one.span.start;
    }
  }
  return heirs;
}

function written(at) {
  const whole = new Date(Number(at / 1000n)).toISOString().slice(0, 19);
  const rest = at % 1_000_000n;
  return rest === 0n ? `${whole}Z` : `${whole}.${String(rest).padStart(6, "0")}Z`;
}

const sorted = (values) => [...new Set(values)].sort();

/** The name of a delegation, by which somebody attests it. */
export function delegationDigest(row) {
  const { right, boundary, by, to } = row;
  const told = { right, boundary, by, to, actions: sorted(row.actions), states: sorted(row.states) };
  return digest(canonical({ ...told, from: written(row.span.start), until: written(row.span.end), approved: written(row.approvedAt) }));
}

/** The first statement that counts, by that person, not before an instant; or undefined. */
function firstStatement(counted, subject, person, notBefore) {
  return counted.filter((one) => one.subject === subject && one.person === person && one.instant >= notBefore)
    .map((one) => one.instant).sort((a, b) => (a < b ? -1 : 1))[0];
}

function without(spans, gap) {
  return spans.flatMap((span) => [
    { start: span.start, end: span.end < gap.start ? span.end : gap.start },
    { start: span.start > gap.end ? span.start : gap.end, end: span.end },
  ].filter((part) => part.start < part.end));
}

/** The charter, read with the statements that count. */
export function attested(charter, counted) {
  const rights = charter.rights.flatMap((row) => {
    let spans = [row.span];
    for (const { holder, since } of heirsOf(charter, row)) {
      const first = firstStatement(counted, `right:${row.right}@${row.boundary}`, holder, since - MONTH) ?? row.span.end;
      if (since + MONTH < first) spans = without(spans, { start: since + MONTH, end: first });
    }
    return spans.map((span) => ({ ...row, span }));
  });
  const delegations = charter.delegations.flatMap((row) => {
    const first = firstStatement(counted, `delegation:${delegationDigest(row)}`, row.by, row.approvedAt - MONTH);
    if (first === undefined || first >= row.span.end) return [];
    return [{ ...row, span: { start: first > row.span.start ? first : row.span.start, end: row.span.end } }];
  });
  return { ...charter, rights, delegations };
}
