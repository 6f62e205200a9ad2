import { takeQuoted } from '../../kd-text/split-commands.js';
import type { Filter, Kd, Outcome } from '../kd.js';
import type { Command } from './index.js';

/** sx, sxe, sxd, sxn, sxi, sxr: what kd does about exceptions and events. */
export const exceptionCommands: Readonly<Record<string, Command>> = {
  sx: list,
  sxe: (kd, rest) => set(kd, rest, 'e'),
  sxd: (kd, rest) => set(kd, rest, 'd'),
  sxn: (kd, rest) => set(kd, rest, 'n'),
  sxi: (kd, rest) => set(kd, rest, 'i'),
  sxr: (kd) => {
    kd.filters.clear();
    return 'done';
  },
};

const titles: Readonly<Record<string, string>> = {
  bpe: 'Break instruction exception',
  sse: 'Single step exception',
  av: 'Access violation',
  asrt: 'Assertion failure',
  ld: 'Load module',
  ibp: 'Initial breakpoint',
};

const modes: Readonly<Record<Filter['mode'], string>> = {
  e: 'break',
  d: 'second-chance break',
  n: 'output',
  i: 'ignore',
};

function set(kd: Kd, rest: string, mode: Filter['mode']): Outcome {
  let text = rest.trim();
  let command = kd.filters.get('bpe')?.command;
  for (let option = /^-(c2?|h)\s*/.exec(text); option; option = /^-(c2?|h)\s*/.exec(text)) {
    text = text.slice(option[0].length);
    const taken = takeQuoted(text);
    if (!taken) continue;
    if (option[1] === 'c') command = taken.quoted;
    text = taken.rest.trim();
  }
  const name = text.split(':')[0] ?? '';
  if (!(name in titles) && !/^[0-9a-f]{8}$/i.test(name)) {
    kd.console.line(`                ^ Syntax error in 'sx${mode} ${rest}'`);
    return 'error';
  }
  const kept = name === 'bpe' ? command : undefined;
  kd.filters.set(name, { mode, ...(kept !== undefined && kept !== '' && { command: kept }) });
  return 'done';
}

function list(kd: Kd): Outcome {
  for (const [name, title] of Object.entries(titles)) {
    const filter = kd.filters.get(name) ?? { mode: 'e' };
    kd.console.line(`${name.padStart(4)} - ${title} - ${modes[filter.mode]}${name === 'bpe' ? ' - not handled' : ''}`);
    if (filter.command !== undefined) kd.console.line(`       Command: "${filter.command}"`);
  }
  return 'done';
}
