// fc as far as the kit uses it: whether two files are the same. Wine's compares nothing.
import { readFileSync } from 'node:fs';

const [one, other] = process.argv.slice(2).filter((each) => !each.startsWith('/'));
process.exit(readFileSync(one).equals(readFileSync(other)) ? 0 : 1);
