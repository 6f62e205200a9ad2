// find and findstr as far as the kit uses them: Wine's know none of /n /i /b /v. Reads standard input.
import { readFileSync } from 'node:fs';

const args = process.argv.slice(2);
const text = args.at(-1).replace(/^\/c:/i, '');
const fold = (line) => (args.includes('/i') ? line.toLowerCase() : line);
const lines = readFileSync(0, 'latin1').split('\r\n');
const holds = (line) => (args.includes('/b') ? fold(line).startsWith(fold(text)) : fold(line).includes(fold(text)));
const found = lines.flatMap((line, i) =>
  holds(line) !== args.includes('/v') ? [args.includes('/n') ? `[${i + 1}]${line}` : line] : [],
);
process.stdout.write(Buffer.from(found.map((line) => `${line}\r\n`).join(''), 'latin1'));
process.exit(found.length > 0 ? 0 : 1);
