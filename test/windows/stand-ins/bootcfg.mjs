// bootcfg of XP and Server 2003 as far as the kit uses it, on a store of its own: the JSON file BOOTCFG_STORE.
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.env.BOOTCFG_STORE;
const store = JSON.parse(readFileSync(file, 'utf8'));
const [command = '', ...rest] = process.argv.slice(2);
const option = (name) => rest[rest.indexOf(name) + 1];
const index = Number(option('/id')) - 1;
const entry = store.entries[index];

if (command === '/query') {
  print('', 'Boot Loader Settings', '--------------------', `timeout:${store.timeout}`, `default:${store.default}`, '');
  print('Boot Entries', '------------');
  for (const [i, { name, path, options }] of store.entries.entries())
    print(
      `Boot entry ID:    ${i + 1}`,
      `OS Friendly Name: ${name}`,
      `Path:             ${path}`,
      `OS Load Options:  ${options}`,
      '',
    );
} else if (entry === undefined) fail('ERROR: Invalid boot entry id.');
else if (command === '/copy') store.entries.push({ ...entry, name: option('/d') });
else if (command === '/delete') store.entries.splice(index, 1);
else if (command === '/debug' && rest[0] === 'on' && entry.options.includes('/debug')) fail('ERROR: It is on already.');
else if (command === '/debug' && rest[0] === 'on')
  entry.options += ` /debug /debugport=${option('/port')} /baudrate=${option('/baud')}`;
else if (command === '/debug' && rest[0] === 'edit')
  entry.options = entry.options.replace(/COM\d .*/, `${option('/port')} /baudrate=${option('/baud')}`);
else fail('ERROR: Invalid syntax.');
writeFileSync(file, JSON.stringify(store));

function print(...lines) {
  process.stdout.write(lines.map((line) => `${line}\r\n`).join(''));
}

function fail(text) {
  console.error(text);
  process.exit(1);
}
