// Standing templates (SPEC 10): is a permit inside the one that it names?
import { digest } from "./bytes.mjs";
import { must } from "./finding.mjs";
import { hasExactly, isText, jsonOf } from "./json.mjs";
import { insideHours } from "./hours.mjs";
import { ACTIONS, STATES, isGrant, isLimits } from "./permit.mjs";
import { RIGHTS } from "./sshsig.mjs";
import { enough, touchesSafety, voices, zoneOf } from "./voices.mjs";
import { inside, isLine, isSet, isToken, isWord, saysSomething, windowOf } from "./words.mjs";

const FIELDS = ["schema", "id", "title", "vendor", "conduit", "persons", "assets", "grants", "actions", "states", "longest_s", "period_s",
  "uses", "confirm", "window", "hours"];
const HOURS = ["recurs", "at", "for_s", "since"];
const YEAR = 366n * 86_400_000_000n;
const isPositive = (value) => Number.isSafeInteger(value) && value > 0;

function templateOf(line) {
  try {
    const one = jsonOf(line, "A template");
    const holds = hasExactly(one, FIELDS, ["limits"]) && (one.limits === undefined || isLimits(one.limits)) && one.schema === "penstock-template/1" && isToken(one.id) && isLine(one.title, 500)
      && saysSomething(one.title) && isWord(one.vendor) && isWord(one.conduit) && isSet(one.persons, isWord, true)
      && isSet(one.assets, isWord) && isSet(one.grants, isGrant) && isSet(one.actions, (value) => ACTIONS.includes(value))
      && isSet(one.states, (value) => STATES.includes(value)) && isPositive(one.longest_s) && isPositive(one.period_s)
      && isPositive(one.uses) && one.uses <= 1000 && RIGHTS.includes(one.confirm) && hasExactly(one.window, ["start", "end"])
      && Array.isArray(one.hours) && one.hours.every((row) => hasExactly(row, HOURS) && isPositive(row.for_s)
        && [row.recurs, row.since, row.at].every(isText) && /^\d\d:\d\d:\d\d$/.test(row.at));
    const span = holds ? windowOf(one.window, true) : null;
    return span === null || span.end - span.start > YEAR ? null : { ...one, span, sha256: digest(line) };
  } catch {
    return null;
  }
}

/** The template that the permit names, with who signed it; or undefined. */
export function templateNamed(bytes, permit, counted) {
  if (permit.template === undefined || bytes === undefined) return undefined;
  const lines = bytes.toString("latin1").split("\n").map((line) => Buffer.from(line, "latin1"));
  const found = lines.map(templateOf).find((one) => one?.sha256 === permit.template);
  if (found === undefined) return undefined;
  const signed = counted.flatMap((one) => {
    const parts = /^template:([a-z_-]+)@([0-9a-f]{64})$/.exec(one.subject);
    return parts !== null && parts[2] === found.sha256 ? [[parts[1], one.person]] : [];
  });
  return { ...found, signed };
}

/** The voices of the confirming seat, at an instant. */
export const confirming = (ask, template, at) => voices(ask, template.confirm, at);

function fits(ask, template, at) {
  const { permit } = ask;
  const part = (values, all) => values.every((one) => all.includes(one));
  const { start, end } = permit.span;
  const rows = template.hours.map((row) => ({ ...row, seconds: row.for_s }));
  return permit.vendor === template.vendor && permit.conduit === template.conduit
    && (template.persons.length === 0 || template.persons.includes(permit.person)) && template.assets.includes(permit.asset)
    && part(permit.grants, template.grants) && part(permit.actions, template.actions) && part(permit.states, template.states)
    && (template.limits === undefined || (permit.limits ?? []).join("\n") === template.limits.join("\n"))
    && end - start <= BigInt(template.longest_s) * 1_000_000n && template.span.start <= start && end <= template.span.end
    && inside(template.span, at) && !touchesSafety(ask) && (rows.length === 0 || insideHours(rows, zoneOf(ask), permit.span));
}

/** Throws unless the permit is inside its template at T (`at`), with `list` of (right, approver). */
export function checkInside(ask, template, before, at, list, needed) {
  const { permit } = ask;
  must(template !== undefined, "template_missing", "The template that the permit names is not enclosed.");
  must(fits(ask, template, at), "template_outside", "The permit is not inside its template.");
  must(!before.some((one) => one.event === "TemplateEnded" && one.template === template.sha256), "template_ended", "The template had ended.");
  must(enough(needed, template.signed), "template_unsigned", "Not everybody signed the template who would have to.");
  const voice = confirming(ask, template, at);
  const signers = new Set(template.signed.map(([, person]) => person));
  const free = voice.filter((pair) => !pair.some((one) => signers.has(one)));
  const seat = needed.find((one) => one.right === template.confirm);
  const more = seat !== undefined && seat.voices.length
    ? needed.map((one) => (one === seat ? { ...one, count: one.count + 1 } : one))
    : [...needed.filter((one) => one !== seat), { right: template.confirm, count: (seat?.count ?? 0) + 1, voices: voice }];
  const confirmed = enough([{ right: template.confirm, count: 1, voices: free }], list) && enough(more, [...template.signed, ...list]);
  must(confirmed, "template_unconfirmed", "Nobody confirmed who may.");
  const used = before.filter((one) => one.event === "TemplateUsed" && one.permit === permit.id).at(-1);
  must(used?.template === template.sha256, "template_unused", "The ledger does not know of this use.");
  must(Number.isInteger(used.use) && used.use >= 1 && used.use <= template.uses, "template_used_up", "The template was used up.");
}
