// Who could say yes to a permit at an instant, and whether enough did (SPEC 8.1, 8.3).
import { wayOf } from "./charter.mjs";
import { inside } from "./words.mjs";

const LEVELS = ["low", "medium", "high"];

/** Whose charter it is, for which permit, and whether glass was broken before. */
export function asked(charter, permit, broken) {
  return { charter, permit, broken, way: wayOf(charter, permit) };
}

/** The clock of the asset's site, else the organisation's. */
export function zoneOf({ charter, permit }) {
  const zone = charter.zones.get(charter.assets.get(permit.asset)?.zone);
  return charter.sites.get(zone?.site)?.time_zone ?? charter.organisation.time_zone;
}

export const isPlants = (charter, id) => charter.people.has(id) && !charter.people.get(id).vendor;

/** The first row of the nearest boundary that names the right at all, whose window contains the instant. */
function holding(ask, right, at) {
  for (const boundary of ask.way) {
    const rows = ask.charter.rights.filter((row) => row.right === right && row.boundary === boundary);
    if (rows.length) return rows.find((row) => inside(row.span, at));
  }
  return undefined;
}

export const touchesSafety = ({ charter, permit }) => {
  const conduit = charter.conduits.get(permit.conduit);
  return [charter.assets.get(permit.asset)?.zone, conduit?.from, conduit?.to].some((zone) => charter.zones.get(zone)?.safety === true);
};

export function neededRights(ask) {
  const out = ask.charter.conduits.get(ask.permit.conduit)?.data_out ?? [];
  const rights = [ask.broken ? "incident_lead" : "connect"];
  if (touchesSafety(ask)) rights.push("safety");
  if (ask.permit.grants.some((grant) => !grant.endsWith(":put") && out.includes(grant.split(":")[0]))) rights.push("data_out");
  return rights;
}

const seatOf = (right, row) => (right === "safety" ? "ot" : row.side || "");
const holds = (values, all) => all.every((one) => values.includes(one));

/** Whether a pair may speak at all: plant's people, not the permit's person, from the seat's side. */
function mayFill({ charter, permit }, seat, [person, principal]) {
  return [person, principal].every((one) => one !== permit.person && isPlants(charter, one))
    && (seat === "" || charter.people.get(person).side === seat);
}

/** The voices of a right; with `settles` the arbiter's as well. */
export function voices(ask, right, at, settles = false) {
  const row = holding(ask, right, at);
  if (row === undefined) return [];
  const { charter, permit } = ask;
  const deputies = row.deputy ? [row.deputy] : [];
  let holders = row.holders;
  if (right === "incident_lead") {
    const shift = [...charter.people.values()].filter((one) => one.shift === true).map((one) => one.id).sort();
    holders = [...holders, ...shift.filter((one) => !holders.includes(one) && !deputies.includes(one))];
  }
  const pairs = [...holders, ...deputies].map((one) => [one, one]);
  for (const given of charter.delegations) {
    const fits = given.right === right && given.boundary === row.boundary && holders.includes(given.by) && !holders.includes(given.to)
      && holds(given.actions, permit.actions) && holds(given.states, permit.states) && inside(given.span, at);
    if (fits) pairs.push([given.to, given.by]);
  }
  if (settles && row.arbiter && right !== "safety" && ![...holders, ...deputies].includes(row.arbiter)) pairs.push([row.arbiter, row.arbiter]);
  return pairs.filter((pair) => mayFill(ask, seatOf(right, row), pair));
}

/** SPEC 8.3. */
function byState({ charter, permit }) {
  const asset = charter.assets.get(permit.asset);
  const levels = asset === undefined ? [2] : [asset.criticality, charter.zones.get(asset.zone)?.criticality].map((one) => LEVELS.indexOf(one ?? "low"));
  const level = LEVELS[Math.max(...levels)];
  const counts = permit.states.map((state) => {
    const row = charter.states.find((one) => one.state === state) ?? {};
    const outcomes = permit.actions.map((action) => (row.exception ?? [])
      .filter((one) => one.actions.includes(action) && one.criticalities.includes(level)).at(-1)?.outcome ?? row[action] ?? "allow");
    return outcomes.includes("refuse") ? 1 : Math.max(...outcomes.map((one) => Number(/^allow by (\d+)$/.exec(one)?.[1] ?? 1)));
  });
  return Math.max(1, ...counts);
}

/** The seats that a permit needs: for each right how many, and the voices that can fill one. `settled` are rights with an arbiter's word. */
export function seats(ask, at, settled = new Set()) {
  return neededRights(ask).map((right) => {
    const counts = [1, holding(ask, right, at)?.quorum ?? 1];
    if (right === "connect") counts.push(byState(ask));
    if (right === "incident_lead") counts.push(ask.charter.holderAbsent ? 1 : 2);
    return { right, count: Math.max(...counts), voices: voices(ask, right, at, settled.has(right)) };
  });
}

export const given = (list, right, person) => list.some((one) => one[0] === right && one[1] === person);

/** The rights of which a seat stays empty; none if the given are enough ("Short rights"). */
export function shortRights(needed, list) {
  const rights = [...needed].sort((a, b) => (a.right < b.right ? -1 : 1))
    .map((one) => ({ ...one, heard: one.voices.filter(([person]) => given(list, one.right, person)) }));
  const all = rights.reduce((sum, one) => sum + one.count, 0);
  let best = { filled: -1, short: [] };
  const go = (n, from, left, taken, filled, short) => {
    if (best.filled === all) return;
    if (n === rights.length) {
      if (filled > best.filled) best = { filled, short };
      return;
    }
    const voice = rights[n].heard[from];
    if (left === 0 || voice === undefined) {
      go(n + 1, 0, rights[n + 1]?.count ?? 0, taken, filled, left > 0 ? [...short, rights[n].right] : short);
      return;
    }
    if (!voice.some((one) => taken.has(one))) go(n, from + 1, left - 1, new Set([...taken, ...voice]), filled + 1, short);
    go(n, from + 1, left, taken, filled, short);
  };
  go(0, 0, rights[0]?.count ?? 0, new Set(), 0, []);
  return best.short;
}

export const enough = (needed, list) => shortRights(needed, list).length === 0;
