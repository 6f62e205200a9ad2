import type { ConsoleEvent } from './events.js';
import {
  CANNOT_CONNECT,
  isEstablished,
  parseConnectedTo,
  parseKdVersion,
  parseKernelVersion,
  parseWaitingToReconnect,
} from './listings/banner.js';
import { HALTED_TOTAL } from './listings/halted-total.js';
import { parseLoadedModule } from './listings/modules.js';
import { parseUnresolved } from './listings/symbols.js';
import { MARKER_PREFIX } from './marker.js';
import { parseRetry } from './retry.js';
import { parseShutdown } from './session-time.js';
import { parseBreakpointHit, parseException } from './stop.js';

type Reading = (line: string) => ConsoleEvent | undefined;

function pattern(regex: RegExp, make: (groups: RegExpExecArray) => ConsoleEvent): Reading {
  return (line) => {
    const match = regex.exec(line);
    return match ? make(match) : undefined;
  };
}

/** Exceptions that matter to a session. Other lines of that form may be a driver's own words. */
const EXCEPTIONS = new Set([
  'Access violation',
  'Assertion failure',
  'Break instruction exception',
  'Single step exception',
  'WOW64 breakpoint',
  'WOW64 single step exception',
]);

/**
 * The readings by first letter: a line is looked at by one or two of them, and most lines of a log by none.
 * Source of the shapes: transcripts of kd 6.3 to 10.0.
 */
const READINGS: Readonly<Record<string, readonly Reading[]>> = {
  ' ': [stack, pattern(/^ +\^ (.* error in '.*)$/, ([, text = '']) => ({ kind: 'failed', text }))],
  '#': [stack],
  '*': [
    pattern(/^\*+ +You are seeing this message because you pressed/, () => ({ kind: 'break-box' })),
    pattern(/^\*\*\* Fatal System Error: 0x([0-9a-f]+)/i, ([, code = '']) => ({ kind: 'bug-check', code })),
    pattern(/^\*\*\* Assertion failed: ?(.*)/, ([, text = '']) => ({ kind: 'assertion', text: text.trim() })),
  ],
  '.': [
    (line) => {
      const times = parseRetry(line)?.times;
      return times === undefined ? undefined : { kind: 'retry', times };
    },
  ],
  '[': [
    pattern(/^\[([^\]]+ \((?:npipe|tcp|spipe|ssl|com)\b[^)]*\))\] (.*)$/, ([, who = '', text = '']) => ({
      kind: 'client-command',
      who,
      text,
    })),
  ],
  '^': [unresolved],
  A: [exception],
  B: [hit, exception, pattern(/^Built by: (\S+)/, ([, lab = '']) => ({ kind: 'built-by', lab }))],
  C: [stack, connectedTo, unresolved, pattern(new RegExp(`^${CANNOT_CONNECT}`), noServer)],
  E: [pattern(/^Edition build lab: (\S+)/, ([, lab = '']) => ({ kind: 'built-by', lab }))],
  F: [pattern(/^Failed to open (.+?)\s*$/, ([, path = '']) => ({ kind: 'open-failure', path }))],
  K: [
    (line) => (isEstablished(line) ? { kind: 'established' } : undefined),
    pattern(
      /^Kernel debugger failed initialization, (?:Win32 error (?:0n)?(\d+)|HRESULT (0x[0-9a-f]+))/i,
      startFailure,
    ),
  ],
  L: [(line) => (line.startsWith(MARKER_PREFIX) ? { kind: 'marker', text: line.trimEnd() } : undefined)],
  M: [banner],
  l: [banner],
  // Places of drivers are not told: their names begin with any letter, and so do a driver's own words.
  n: [pattern(/^(nt!\S+):\s*$/, ([, symbol = '']) => ({ kind: 'place', symbol }))],
  O: [pattern(/^Opened (\\\\\.\\.+?)\s*$/, ([, path = '']) => ({ kind: 'opened', path }))],
  R: [stack],
  S: [(line) => (parseShutdown(line)?.startsWith(' at ') ? { kind: 'shutdown' } : undefined), exception],
  T: [
    pattern(/^The transport connection between host kernel debugger and target Windows seems lost/, () => ({
      kind: 'link-lost',
    })),
    pattern(HALTED_TOTAL, ([, ms]) => ({ kind: 'halted-total', ms: Number(ms) })),
  ],
  U: [pattern(/^Unable to start server .*(?:Win32 error (?:0n)?(\d+)|HRESULT (0x[0-9a-f]+))/i, startFailure)],
  W: [waiting, kernelVersion, exception],
};

// `HOST\user (npipe …) connected at Wed Dec 19 06:23:07 2018` may begin with any letter.
const CLIENT_JOINED = /^(\S+\\[^()]+ \((?:npipe|tcp|spipe|ssl|com)\b[^)]*\)) connected at /;

function startFailure([text, decimal, hex]: RegExpExecArray): ConsoleEvent {
  const code = decimal ? Number(decimal) : hex ? Number(hex) : undefined;
  return { kind: 'start-failure', text, code };
}

function banner(line: string): ConsoleEvent | undefined {
  const { version, architecture } = parseKdVersion(line) ?? {};
  return version === undefined || architecture === undefined ? undefined : { kind: 'banner', version, architecture };
}

// From here on nothing may follow on the line that kd does not print: what a driver prints may begin like it.
function hit(line: string): ConsoleEvent | undefined {
  const found = parseBreakpointHit(line);
  return found?.rest.trim() === '' ? { kind: 'hit', breakpoint: found.breakpoint } : undefined;
}

function waiting(line: string): ConsoleEvent | undefined {
  const dots = parseWaitingToReconnect(line)?.trimEnd();
  return dots === '...' || dots === '…' ? { kind: 'waiting-to-reconnect' } : undefined;
}

function kernelVersion(line: string): ConsoleEvent | undefined {
  const found = parseKernelVersion(line);
  if (!found?.begins || !found.rest.startsWith(' ')) return undefined;
  return { kind: 'kernel-version', text: line.trimEnd() };
}

function exception(line: string): ConsoleEvent | undefined {
  const found = parseException(line);
  if (!found || !EXCEPTIONS.has(found.title)) return undefined;
  // A longer dash was only ever seen in the line of a break-in.
  if (found.dash !== '-' && found.title !== 'Break instruction exception') return undefined;
  return { kind: 'exception', code: found.code, text: found.text };
}

function connectedTo(line: string): ConsoleEvent | undefined {
  const target = parseConnectedTo(line);
  return target && { kind: 'connected-to', target };
}

function stack(line: string): ConsoleEvent | undefined {
  return beginsStack(line) ? { kind: 'stack' } : undefined;
}

/** Whether a line, or the first bytes of one, are the header of a stack: enough of it that no other line begins so. */
export function beginsStack(line: string): boolean {
  return /^(?: ?# )?(?:ChildEBP +RetAddr|Child-SP +RetAddr|RetAddr +(?::|Args to Child))/.test(line);
}

function unresolved(line: string): ConsoleEvent | undefined {
  const expression = parseUnresolved(line);
  return expression === undefined ? undefined : { kind: 'unresolved', expression };
}

/** What one line, its prompts taken off, means for a session; undefined for all the rest. */
export function classify(line: string): ConsoleEvent | undefined {
  for (const read of READINGS[line[0] ?? ''] ?? []) {
    const event = read(line);
    if (event) return event;
  }
  if (line.includes(': loaded at ')) {
    const loaded = parseLoadedModule(line);
    if (loaded) return { kind: 'module-loaded', module: loaded.name, address: loaded.start };
  }
  const joined = line.includes(') connected at ') ? CLIENT_JOINED.exec(line) : null;
  return joined?.[1] ? { kind: 'client-joined', who: joined[1] } : undefined;
}

/** First bytes at which a line is worth decoding at all: a reading begins with it, or a prompt may. */
export const NOTABLE_FIRST_BYTES: ReadonlySet<number> = new Set(
  [...Object.keys(READINGS), 'k', 'l', '?', '['].map((letter) => letter.charCodeAt(0)),
);

function noServer(found: RegExpMatchArray): ConsoleEvent {
  const error = /Win32 error (?:0n)?(\d+)|HRESULT (0x[0-9a-f]+)/i.exec(found.input ?? '');
  const code = error?.[1] ?? error?.[2];
  return { kind: 'no-server', text: found[0], ...(code !== undefined && { code: Number(code) }) };
}
