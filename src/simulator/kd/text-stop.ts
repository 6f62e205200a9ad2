import {
  formatBreakBox,
  formatBreakpointHit,
  formatBugCheck,
  formatException,
  formatPlace,
  type StopPlace,
} from '../../kd-text/stop.js';
import type { Kd, SimulatedStop } from './kd.js';
import { seenSite } from './scenario/known-names.js';
import type { EventNamed } from './scenario/scenario.js';
import { hex16 } from './target/hits.js';
import type { SimulatedSymbols } from './target/symbol-table.js';

type Code = Pick<StopPlace, 'bytes' | 'mnemonic' | 'operands'>;

/** The symbol and instruction that a stop shows. */
export function stopPlace(stop: SimulatedStop, symbols: SimulatedSymbols): StopPlace {
  return { symbol: stop.site, address: hex16(stop.address), bits: symbols.bits, ...codeOf(stop, symbols.bits) };
}

function codeOf(stop: SimulatedStop, bits: 32 | 64): Code {
  if (stop.reason === 'assertion') return { bytes: 'cd2c', mnemonic: 'int', operands: '2Ch' };
  if (stop.reason !== 'hit') return { bytes: 'cc', mnemonic: 'int', operands: '3' };
  // Behind the call of the allocator: what it has returned is put away.
  if (stop.site.includes('+0x'))
    return bits === 64
      ? { bytes: '488bf8', mnemonic: 'mov', operands: 'rdi,rax' }
      : { bytes: '8bf8', mnemonic: 'mov', operands: 'edi,eax' };
  return bits === 64
    ? { bytes: '48895c2408', mnemonic: 'mov', operands: 'qword ptr [rsp+8],rbx' }
    : { bytes: '8bff', mnemonic: 'mov', operands: 'edi,edi' };
}

/** Everything kd prints about a stop without commands of its own, up to but without its prompt. */
export function stopLines(kd: Kd, stop: SimulatedStop): string[] {
  return [...announcement(kd, stop), ...stopPlaceLines(kd, stop)];
}

/** The symbol line and the instruction line of a stop: kd prints them when it has done what the stop's commands say. */
export function stopPlaceLines(kd: Kd, stop: SimulatedStop): string[] {
  return formatPlace({ ...stopPlace(stop, kd.symbols), symbol: seenSite(kd, stop.site) });
}

/** What kd prints of a stop before it does what the stop's commands say. A breakpoint that has some is announced by nothing. */
export function announcement(kd: Kd, stop: SimulatedStop): string[] {
  if (stop.breakpoint) return stop.breakpoint.command === undefined ? [formatBreakpointHit(stop.breakpoint.id)] : [];
  if (stop.reason === 'assertion') return [formatException('c0000420')];
  return [formatException('80000003'), ...breakBox(kd, stop)];
}

/** The box of a break-in; nothing for any other stop. */
export function breakBox(kd: Kd, stop: SimulatedStop): string[] {
  return stop.reason === 'break' && !kd.options.quiet ? formatBreakBox(kd.engine) : [];
}

/** A bug check as the debugger sees it. */
export function bugCheckLines(kd: Kd, event: EventNamed<'bug-check'>): string[] {
  const width = kd.symbols.bits / 4;
  return formatBugCheck(
    event.code,
    event.parameters.map((parameter) => parameter.toString(16).padStart(width, '0')),
  );
}

/** A failed assertion of a checked build, which asks what to do before anything else. */
export function assertionLines(event: EventNamed<'assertion'>): string[] {
  return ['', `*** Assertion failed: ${event.text}`, `***   Source File: ${event.file}, line ${event.line}`, ''];
}

export const assertionPrompt = 'Break repeatedly, break Once, Ignore, terminate Process, or terminate Thread (boipt)? ';
