import type { KnownTarget } from '../known-target.js';
import { INT3, type Stop } from '../stop.js';
import { IDLE_DR7 } from './debug-registers.js';
import { replacedByte } from './orphan.js';

// Cleans up what another debugger has left in a target: table entries, debug registers, int3. It touches nothing of ours.

/** What follows an int3 that a compiler made: a return, or padding. */
const COMPILED = /^cc(?:c2|c3|cc|90|5d|c9)/;

function isCompiled(code: Buffer): boolean {
  return code.length < 2 || COMPILED.test(code.toString('hex'));
}

/** An int3 that is none in the code: an entry of the table that is none of ours, and that the report has taken out. */
export function isLeftover({ reason, report }: Stop): boolean {
  return reason === 'int3' && report.stream.length > 0 && report.stream[0] !== INT3;
}

/**
 * Puts in order what a debugger that is gone has left in the target: entries of its table, an int3 in the code where it stands,
 * armed debug registers. Done at the first stop of a connection, and where a leftover shows itself later.
 * @returns what was found, one sentence each
 */
export async function removeLeftoverBreak(known: KnownTarget, stop: Stop): Promise<string[]> {
  const notes: string[] = [];
  const clue = isLeftover(stop) || stop.reason !== 'int3' || (stop.report.dr7 & ~IDLE_DR7) !== 0n;
  const entries = await (clue ? known.breakpoints.clearTable() : known.breakpoints.clearLeftovers());
  if (entries > 0) notes.push(`Cleared ${entries} breakpoint(s) that an earlier debugger had left in the target.`);
  if ((stop.report.dr7 & ~IDLE_DR7) !== 0n)
    notes.push(
      `DR7 was ${stop.report.dr7.toString(16)}: the next resume disarms hardware breakpoints of an earlier debugger.`,
    );
  const byte = stop.reason === 'int3' ? replacedByte(stop.report.stream, known.architecture.bits) : undefined;
  if (byte !== undefined) {
    await known.memory.write(stop.pc, Uint8Array.of(byte));
    stop.repaired = true;
    notes.push(
      `The int3 at ${stop.pc.toString(16)} was left by an earlier debugger: the code reads ${byte.toString(16)} there again.`,
    );
  } else if (stop.reason === 'int3' && !isLeftover(stop) && !isCompiled(stop.report.stream))
    notes.push(
      `The int3 at ${stop.pc.toString(16)} may be one that an earlier debugger left: then what it replaced has to be put back (eb) before g.`,
    );
  return notes;
}
