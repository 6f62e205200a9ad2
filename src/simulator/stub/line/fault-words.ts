import { EXIT, Fault } from '../../../fault.js';
import { type Faults, type LineFaults, noFaults } from './faults.js';

const chances = ['lose', 'double', 'flip', 'late'] as const;
const directions = { in: 'toTarget', out: 'toHost' } as const;

/**
 * `lose=0.01,out.flip=0.001,late-ms=200,stale=0.02,delay=50`: faults of both directions, or with `in.` (to the target) and
 * `out.` (to the host) of one. @throws Fault for anything else
 */
export function parseFaults(text: string): Faults {
  let faults = noFaults;
  for (const word of text.split(',').filter((part) => part.trim() !== '')) {
    const [, direction, name = '', digits = ''] = /^(?:(in|out)\.)?([a-z-]+)=(\d+(?:\.\d+)?)$/.exec(word.trim()) ?? [];
    const value = Number(digits);
    const change = digits === '' ? undefined : changeOf(name, value);
    if (change) {
      const both = direction === undefined ? Object.values(directions) : [directions[direction as 'in' | 'out']];
      for (const one of both) faults = { ...faults, [one]: { ...faults[one], ...change } };
    } else if (digits !== '' && direction === undefined && name === 'stale' && value <= 1)
      faults = { ...faults, staleId: value };
    else if (digits !== '' && direction === undefined && name === 'delay') faults = { ...faults, replyDelayMs: value };
    else throw unknownFault(word);
  }
  return faults;
}

function changeOf(name: string, value: number): Partial<LineFaults> | undefined {
  if (name === 'late-ms') return { lateMs: value };
  return (chances as readonly string[]).includes(name) && value <= 1 ? { [name]: value } : undefined;
}

function unknownFault(word: string): Fault {
  return new Fault(
    'fault-unknown',
    EXIT.usage,
    `${JSON.stringify(word)} is not a line fault.`,
    'Write lose, double, flip or late with a chance per byte (lose=0.01), with in. or out. in front for one direction; or late-ms, stale, delay.',
  );
}
