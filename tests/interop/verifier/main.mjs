// node main.mjs CASE.zip [--key LEDGER.vkey] [--policy FILE] [--tsa-roots FILE [--at INSTANT]] [--json]
// node main.mjs --batch: one JSON object {"file", "key", "policy", "roots", "at"} a line on stdin, one line with the report for each.
// Exit status as recorder/export/VERIFY.md has it: 0 PASS, 1 FAIL, 3 INCOMPLETE; 2 where it was called in another way.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { policyOf } from "./notes.mjs";
import { rootsOf } from "./stamps.mjs";
import { verify } from "./steps.mjs";
import { instant } from "./words.mjs";

const STATUS = { PASS: 0, FAIL: 1, INCOMPLETE: 3 };

const USAGE = "node main.mjs CASE.zip [--key LEDGER.vkey] [--policy FILE] [--tsa-roots FILE [--at INSTANT]] [--json]";

/** The report over a file, with what somebody has from elsewhere: each a file's name, but `at`. */
function report({ file, key, policy, roots, at }) {
  const text = (name) => readFileSync(name, "utf8");
  const steps = verify(readFileSync(file), {
    key: key ? text(key) : null,
    policy: policy ? policyOf(text(policy)) : null,
    roots: roots ? rootsOf(text(roots)) : null,
    at: at ? instant(at) : null,
  });
  const first = steps.find((step) => step.verdict === "FAIL") ?? steps.find((step) => step.verdict !== "PASS");
  return { verdict: first?.verdict ?? "PASS", first: first?.title ?? "", code: first?.code ?? "", steps };
}

function print(told) {
  for (const step of told.steps) {
    console.log(`${String(step.number).padStart(2)}  ${step.verdict.padEnd(10)}  ${step.title}: ${step.code && `[${step.code}] `}${step.sentence}`);
  }
  console.log(told.first ? `${told.verdict}: the first thing wrong is step "${told.first}" [${told.code}].` : told.verdict);
}

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      key: { type: "string" }, policy: { type: "string" }, "tsa-roots": { type: "string" }, at: { type: "string" },
      json: { type: "boolean" }, batch: { type: "boolean" },
    },
  });
  if (values.batch) {
    for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
      const asked = JSON.parse(line);
      console.log(JSON.stringify({ file: asked.file, ...report(asked) }));
    }
    return 0;
  }
  if (positionals.length !== 1) {
    console.error(USAGE);
    return 2;
  }
  const told = report({ ...values, file: positionals[0], roots: values["tsa-roots"], at: values.at ?? new Date().toISOString().replace(/\.\d+/, "") });
  if (values.json) console.log(JSON.stringify(told));
  else print(told);
  return STATUS[told.verdict];
}

process.exitCode = main();
