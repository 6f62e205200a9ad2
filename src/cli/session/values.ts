import { InvalidArgumentError } from 'commander';
import { BREAK_IN_WAYS, type BreakInWay } from '../../debugger/break-in-ways.js';
import { WINDOWS_NAMES, type WindowsVersion, windowsVersion } from '../../prepare/windows-version.js';
import type { BreakMode } from '../../session/core/plan.js';
import { duration } from '../units.js';

/** With less, a pause would be longer than anybody waits. */
const LEAST_SHARE = 0.001;

/** A share of the time: `10%`, `0.1`. @throws InvalidArgumentError */
export function readShare(text: string): number {
  const found = /^(\d{1,3}(?:\.\d{1,3})?)\s*(%?)$/.exec(text.trim());
  const value = found ? Number(found[1]) / (found[2] === '%' ? 100 : 1) : 0;
  if (value >= LEAST_SHARE && value < 1) return value;
  throw new InvalidArgumentError('Write a share from 0.1% to less than all of it: 10%.');
}

/** When to break in: `enter`, `connected`, `now`, `after:90s`. @throws InvalidArgumentError */
export function readBreakMode(text: string): BreakMode {
  if (text === 'enter' || text === 'connected' || text === 'now') return { when: text };
  const after = /^after:(.+)$/.exec(text)?.[1];
  const ms = after === undefined ? undefined : timeOf(after);
  if (ms !== undefined) return { when: 'after', ms };
  throw new InvalidArgumentError('Write enter, connected, now, or after:90s.');
}

function timeOf(text: string): number | undefined {
  try {
    return duration(text);
  } catch {
    return undefined;
  }
}

/** Ways to break in, in their order: `interrupt,client`. @throws InvalidArgumentError */
export function readWays(text: string): readonly BreakInWay[] {
  const ways = text.split(/[\s,]+/).filter(Boolean);
  const known: readonly string[] = BREAK_IN_WAYS;
  if (ways.length === 0 || new Set(ways).size !== ways.length || !ways.every((way) => known.includes(way)))
    throw new InvalidArgumentError(`Write some of ${BREAK_IN_WAYS.join(', ')}, each once, with commas.`);
  return ways as BreakInWay[];
}

/** A Windows by the name that people give it. @throws InvalidArgumentError */
export function readWindows(text: string): WindowsVersion {
  const version = windowsVersion(text);
  if (version) return version;
  throw new InvalidArgumentError(
    `Known are ${WINDOWS_NAMES.join(', ')}, and releases of Windows 10 and 11 such as win10-1903.`,
  );
}
