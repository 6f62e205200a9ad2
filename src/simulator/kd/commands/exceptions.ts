import {
  EVENT_KINDS,
  type EventKind,
  EXCEPTION_KINDS,
  type ExceptionKind,
  formatFilter,
} from '../../../kd-text/event-kinds.js';
import { takeQuoted } from '../../../kd-text/split-commands.js';
import type { CommandOutcome, Kd, SimulatedFilter } from '../kd.js';
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
    kd.console.line('sx state reset to defaults');
    return 'done';
  },
};

const known = (name: string): boolean => [...EVENT_KINDS, ...EXCEPTION_KINDS].some((kind) => kind.name === name);

function set(kd: Kd, rest: string, mode: SimulatedFilter['mode']): CommandOutcome {
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
  if (!known(name) && !/^[0-9a-f]{8}$/i.test(name)) {
    kd.console.line(`                ^ Syntax error in 'sx${mode} ${rest}'`);
    return 'error';
  }
  const kept = name === 'bpe' ? command : undefined;
  kd.filters.set(name, { mode, ...(kept !== undefined && kept !== '' && { command: kept }) });
  return 'done';
}

function list(kd: Kd): CommandOutcome {
  const row = (kind: EventKind | ExceptionKind): string[] => formatFilter({ ...kind, ...kd.filters.get(kind.name) });
  const others = EXCEPTION_KINDS.filter(({ name }) => name !== '*');
  const last = EXCEPTION_KINDS.filter(({ name }) => name === '*');
  for (const line of [...EVENT_KINDS.flatMap(row), '', ...others.flatMap(row), '', ...last.flatMap(row)])
    kd.console.line(line);
  return 'done';
}
