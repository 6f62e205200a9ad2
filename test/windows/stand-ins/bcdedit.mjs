// bcdedit as far as the kit uses it, on a store of its own: the JSON file BCD_STORE. BCD_FAIL names a command that is refused.
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.env.BCD_STORE;
const store = JSON.parse(readFileSync(file, 'utf8'));
const args = process.argv.slice(2);
const [command = '', first = '', second = '', third = ''] = args;
const [YES, NO] = store.german ? ['Ja', 'Nein'] : ['Yes', 'No'];
const CURRENT = '{11111111-0000-11ee-9a51-001122334455}';

store.calls.push(args.join(' '));
save();
if (process.env.BCD_FAIL === command.toLowerCase())
  fail('The value is protected by Secure Boot policy and cannot be modified or deleted.');

switch (command.toLowerCase()) {
  case '/enum':
    list(
      store.objects.filter((each) => shown(each, first)),
      args.includes('/v'),
    );
    break;
  case '/export':
    writeFileSync(first, 'a backup');
    break;
  case '/copy': {
    const source = find(first);
    const identifier = `{${String(store.next++).padStart(8, '0')}-0000-11ee-9a51-001122334455}`;
    store.objects.push({ ...source, identifier, description: args[args.indexOf('/d') + 1] });
    save();
    console.log(
      `${store.german ? 'Der Eintrag wurde erfolgreich in' : 'The entry was successfully copied to'} ${identifier}.`,
    );
    break;
  }
  case '/debug':
    find(first).debug = second === 'on' ? 'Yes' : 'No';
    save();
    break;
  case '/dbgsettings': {
    const settings = find('{dbgsettings}');
    if (args.length === 1) list([settings], false);
    else Object.assign(settings, first === 'net' ? { debugtype: 'NET', dhcp: YES } : { debugtype: 'Serial' });
    for (const [name, value] of args.slice(2).map((each) => each.split(':'))) settings[name] = value;
    if (first === 'net') console.log(`Key=${settings.key}`);
    save();
    break;
  }
  case '/set':
    find(first)[second] = third === 'off' ? NO : third;
    save();
    break;
  case '/deletevalue':
    if (find(first)[second] === undefined) fail('Element not found.');
    delete find(first)[second];
    save();
    break;
  case '/delete':
    find(first);
    store.objects = store.objects.filter((each) => each.identifier !== first);
    save();
    break;
  default:
    fail(`The parameter is incorrect: ${args.join(' ')}`);
}

function shown({ identifier, osdevice }, what) {
  return what === 'all' || what === identifier || (what === 'osloader' && osdevice !== undefined);
}

function list(objects, verbose) {
  for (const { title, ...elements } of objects) {
    console.log(`\r\n${title}\r\n${'-'.repeat(title.length)}\r`);
    for (const [name, value] of Object.entries(elements)) {
      const label = name === 'identifier' && store.german ? 'Bezeichner' : name;
      console.log(`${label.padEnd(24)}${verbose && value === '{current}' ? CURRENT : value}\r`);
    }
  }
}

function find(identifier) {
  const found = store.objects.find((each) => each.identifier === identifier);
  return found ?? fail('The specified entry type is invalid.');
}

function save() {
  writeFileSync(file, JSON.stringify(store));
}

function fail(text) {
  console.error(text);
  process.exit(1);
}
