// The analysis of `livedebug report` as one would write it first: readline, the grammar on every line, strings as keys.
import { createReadStream } from 'node:fs';
import readline from 'node:readline';
import { parseFrame, parseStackHeader } from '../../dist/kd-text/frames/frames.js';
import { attribute } from '../../dist/stacks/attribute/attribution.js';

const stacks = new Map();
let dialect;
let frames = [];
let hits = 0;

function close() {
  if (frames.length > 0) {
    hits++;
    const key = frames.map(({ site }) => site).join('\n');
    const stack = stacks.get(key) ?? { count: 0, frames };
    stack.count++;
    stacks.set(key, stack);
  }
  frames = [];
}

for await (const line of readline.createInterface({ input: createReadStream(process.argv[2]) })) {
  const header = parseStackHeader(line);
  if (header || line.startsWith('Breakpoint ')) {
    close();
    dialect = header;
  } else if (dialect) {
    const frame = parseFrame(line, dialect);
    if (frame) frames.push(frame);
  }
}
close();
const drivers = new Map();
for (const { count, frames: of } of stacks.values()) {
  const whole = of.map(({ module = null, symbol = null, offset = null, site }) => ({
    text: site,
    module,
    symbol,
    offset,
  }));
  const { driver } = attribute(whole);
  drivers.set(driver, (drivers.get(driver) ?? 0) + count);
}
process.stdout.write(`${JSON.stringify({ hits, stacks: stacks.size, drivers: [...drivers] })}\n`);
