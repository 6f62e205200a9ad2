// What a session does with every chunk of kd's output, without the session: write, count, look for events.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { ConsoleReader } from '../../dist/kd-text/reader.js';
import { LogFile } from '../../dist/log/log-file.js';
import { HitReader } from '../../dist/stacks/read/hit-reader.js';

const [source, copy, result] = process.argv.slice(2);
const log = new LogFile(copy);
const hits = new HitReader();
const reader = new ConsoleReader();
let events = 0;
const cat = spawn('cat', [source], { stdio: ['ignore', 'pipe', 'inherit'] });
for await (const chunk of cat.stdout) {
  await log.write(chunk);
  hits.push(chunk);
  events += reader.push(chunk).length;
}
hits.end();
await log.close();
const peak = process.resourceUsage().maxRSS * 1024;
writeFileSync(result, JSON.stringify({ hits: hits.hits, events, peak }));
