// node scripts/engine/compare.mjs [--arch x64|x86] [--only NAME]: the same scripted sessions on the same target, with Microsoft's
// engine and with the built-in kd. Ends with 1 for a line that differs without an entry in fixtures/engine/differences.toml, and
// for an entry that never occurred.
import { parseArgs } from 'node:util';
import { installEngine, whyNoEngine } from './install.mjs';
import { linesOf, readDifferences, unexplained } from './twin/compare.mjs';
import { builtinKd, Kd } from './twin/kd.mjs';
import { nameOf, scriptsFor } from './twin/scripts.mjs';

const { values } = parseArgs({ options: { arch: { type: 'string' }, only: { type: 'string' } } });
const missing = whyNoEngine();
if (missing) {
  process.stderr.write(`No engine here: ${missing}\n`);
  process.exit(3);
}
const engine = installEngine().kd;
const differences = readDifferences();
let failed = 0;
let compared = 0;

/** Plays one script on both kds, a step at a time on each. */
async function play(kds, architecture, { name, steps }) {
  for (const step of steps) {
    const [a, b] = await Promise.all(kds.map((kd) => kd.step(step)));
    report(architecture, name, nameOf(step), a, b);
  }
}

function report(architecture, script, step, a, b) {
  const [engineLines, builtinLines] = [linesOf(a), linesOf(b)];
  compared += engineLines.length;
  const left = unexplained(step, engineLines, builtinLines, differences);
  if (left.length === 0) return;
  failed++;
  process.stdout.write(`\n${architecture}, ${script}: ${step}\n${left.map((line) => `  ${line}\n`).join('')}`);
}

async function compare(architecture) {
  const kds = [new Kd(architecture, [engine], 'engine'), new Kd(architecture, builtinKd, 'built-in kd')];
  try {
    const [a, b] = await Promise.all(kds.map((kd) => kd.attach()));
    report(architecture, 'attach', '(attach)', a, b);
    for (const script of scriptsFor(architecture)) {
      if (values.only !== undefined && !script.name.includes(values.only)) continue;
      await play(kds, architecture, script);
    }
  } finally {
    await Promise.all(kds.map((kd) => kd.close()));
  }
}

const since = performance.now();
await Promise.all((values.arch ? [values.arch] : ['x64', 'x86']).map(compare));
const whole = values.arch === undefined && values.only === undefined;
for (const { step, engine: ours, builtin, met, sometimes } of whole ? differences : [])
  if (met === 0 && !sometimes) {
    failed++;
    process.stdout.write(`\nan entry that never occurred: ${step.source} ${ours ?? ''} ${builtin ?? ''}\n`);
  }
process.stdout.write(
  `\n${compared} lines of the engine compared in ${Math.round((performance.now() - since) / 1000)} s, ${failed} steps with unexplained differences\n`,
);
process.exitCode = failed > 0 ? 1 : 0;
