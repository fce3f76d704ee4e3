// Time-stamps on the ledger's heads (SPEC 11 step 18, SPEC 15): their authority's certificates, and how one takes in another.
import { isKnown, isStrong } from "./algorithms.mjs";
import { digest, textOf } from "./bytes.mjs";
import { must, needs, within, wrong } from "./finding.mjs";
import { memberOf } from "./manifest.mjs";
import { consistent, proofOf } from "./merkle.mjs";
import { checkpointOf, noteOf } from "./notes.mjs";
import { checkToken, tokenOf } from "./token.mjs";
import { certificateOf, listOf, listsOf, may, pemOf, signedBy } from "./x509.mjs";

const NAME = /^ledger\/stamps\/(0|[1-9]\d?)\/(checkpoint|proof|token\.tst|crls\.pem|chain\.pem)$/;
const NEEDED = ["checkpoint", "proof", "token.tst"];
const MOST_CERTIFICATES = 6;
const SIGNS_CERTIFICATES = 5;
/** unspecified, affiliationChanged, superseded, cessationOfOperation: where that is said. */
const HARMLESS = [0, 3, 4, 5];

export const rootsOf = (text) => pemOf(text, "CERTIFICATE").map(certificateOf);

/** The folders of the stamps, counted from 0. */
function foldersOf(members) {
  const names = [...members.keys()].filter((name) => name.startsWith("ledger/stamps/"));
  const numbers = new Set();
  for (const name of names) {
    const parts = NAME.exec(name);
    must(parts !== null, "stamp_strange", `${name} belongs to no stamp.`);
    numbers.add(Number(parts[1]));
  }
  for (let n = 0; n < numbers.size; n++) {
    for (const part of NEEDED) must(members.has(`ledger/stamps/${n}/${part}`), "stamp_strange", `ledger/stamps/${n}/${part} is not there.`);
  }
  return [...Array(numbers.size).keys()].map((n) => `ledger/stamps/${n}`);
}

/** The shortest way to a root, from the signer's certificate to the root's own; of several a root that was valid at that time. */
function wayFrom(own, certificates, roots, at) {
  const first = [...roots].sort((a, b) => isValid(b, at) - isValid(a, at));
  const isRoot = (one) => roots.some((root) => root.raw.equals(one.raw));
  let ways = [[own]];
  for (let n = 0; n < MOST_CERTIFICATES && ways.length; n++) {
    const found = ways.find((way) => isRoot(way.at(-1)));
    if (found !== undefined) return found;
    ways = ways.flatMap((way) => [...first, ...certificates].filter((next) => mayFollow(way, next)).map((next) => [...way, next]));
  }
  throw wrong("stamp_untrusted", "No way leads from the certificate to one of the roots.");
}

function mayFollow(way, next) {
  const last = way.at(-1);
  return next.subject.equals(last.issuer) && !way.some((one) => one.raw.equals(next.raw)) && next.basic.ca && may(next, SIGNS_CERTIFICATES)
    && !(next.basic.below < way.length - 1) && !last.strange && signedBy(last, next.key);
}

const isValid = (one, at) => one.from <= at && at <= one.until;
const gone = (entry, at, next) => !(next !== undefined && entry.at > next) && !(entry.at > at && HARMLESS.includes(entry.reason));

/** Throws the first thing that does not hold of the way. `next` is the next stamp's time. */
function checkWay(way, token, lists, next) {
  const { at } = token.info;
  const strong = way.every((one, n) => (n === way.length - 1 || isKnown(one.signed.how)) && isStrong(one.key));
  must(strong, "stamp_weak", "A certificate is signed with a hash, or has a key, that is not known.");
  must(way.every((one) => isValid(one, at)), "stamp_expired", "A certificate was not valid when the token was made.");
  for (const [n, one] of way.slice(0, -1).entries()) {
    const own = lists.filter((list) => list.issuer.equals(one.issuer) && signedBy(list, way[n + 1].key));
    const bad = own.flatMap((list) => list.revoked).some((entry) => entry.serial === one.serial && gone(entry, at, next));
    must(!bad, "stamp_revoked", "A certificate had been revoked.");
  }
}

const earliest = (times) => times.reduce((a, b) => (a < b ? a : b));

/** When the stamp runs out. `given` are lists beside the token's own. */
function runsOut({ own, certificates }, token, roots, given, next) {
  if (roots === null) return own.until;
  const way = wayFrom(own, certificates, roots, token.info.at);
  checkWay(way, token, [...given, ...within("stamp_unreadable", () => token.lists.map(listOf))], next);
  return earliest(way.map((one) => one.until));
}

function headsOf(c, folders) {
  return folders.map((folder) => {
    const member = (part) => memberOf(c.members, `${folder}/${part}`);
    const head = checkpointOf(noteOf(member("checkpoint"), `${folder}/checkpoint`).text, `${folder}/checkpoint`);
    must(head.origin === c.head.origin, "stamp_origin", `${folder} is about another ledger.`);
    const leads = consistent(head, c.head, proofOf(member("proof"), `${folder}/proof`));
    must(leads, "stamp_fork", `The ledger is not the one of ${folder}, or there are two of it.`);
    return head;
  });
}

/** `asked` is {roots, at}, each null where it was not given; at in microseconds. */
export function checkStamps(c, { roots, at }) {
  const folders = foldersOf(c.members);
  needs(folders.length > 0, "stamp_missing", "No time-stamp is enclosed.");
  const heads = headsOf(c, folders);
  const enclosed = folders.map((folder) => `${folder}/crls.pem`).filter((name) => c.members.has(name));
  const given = within("stamp_unreadable", () => enclosed.flatMap((name) => listsOf(textOf(memberOf(c.members, name), name))));
  const bytes = folders.map((folder) => memberOf(c.members, `${folder}/token.tst`));
  const tokens = bytes.map(tokenOf);
  const ends = tokens.map((token, n) => {
    const checked = checkToken(token, c.members.get(`${folders[n]}/checkpoint`));
    return runsOut(checked, token, roots, given, tokens[n + 1]?.info.at);
  });
  for (let n = 1; n < folders.length; n++) {
    const before = digest(bytes[n - 1]);
    const told = c.events.some((event) => event.event === "HeadStamped" && event.token === before && BigInt(event.index) < heads[n].size);
    must(told, "stamp_not_taken_in", `${folders[n]} is not over the token before.`);
    must(tokens[n].info.latest <= ends[n - 1], "stamp_gap", `${folders[n]} came when the one before had run out.`);
  }
  if (roots === null) return "Nobody asked whose word the time-stamps are.";
  needs(c.end !== undefined && heads[0].size > BigInt(c.end.index), "stamp_too_early", "The first stamp is of before the session's end.");
  needs(at === null || at <= ends.at(-1), "stamp_ran_out", "The last stamp has run out.");
  return "An authority that is trusted saw the ledger.";
}
