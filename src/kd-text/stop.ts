import { type Address, formatAddress } from './address.js';
import { exceptionTitle } from './event-kinds.js';

const BOX_WIDTH = 79;
/** What the keys of a break-in belong to, by the engine's age. */
const KEYS = {
  today: [
    '      CTRL+C (if you run console kernel debugger) or,',
    '      CTRL+BREAK (if you run GUI kernel debugger),',
  ],
  old: ['      CTRL+C (if you run kd.exe) or,', '      CTRL+BREAK (if you run WinDBG),'],
} as const;
const ABOVE_KEYS = ['', '  You are seeing this message because you pressed either'];
const BELOW_KEYS = [
  "  on your debugger machine's keyboard.",
  '',
  '                  THIS IS NOT A BUG OR A SYSTEM CRASH',
  '',
  'If you did not intend to break into the debugger, press the "g" key, then',
  'press the "Enter" key now.  This message might immediately reappear.  If it',
  'does, press "g" and "Enter" again.',
  '',
];

/** Where a target stands: the nearest symbol, the address and the instruction there. */
export interface StopPlace {
  /** Undefined where no module is known: kd prints no symbol line then. */
  readonly symbol: string | undefined;
  readonly address: Address;
  readonly bits: 32 | 64;
  /** Opcode bytes in hex, e.g. `cc`. */
  readonly bytes: string;
  readonly mnemonic: string;
  readonly operands?: string;
}

/** `Break instruction exception - code 80000003 (first chance)` and its kind. */
export function formatException(code: string, firstChance = true): string {
  const name = exceptionTitle(code) ?? 'Unknown exception';
  return `${name} - code ${code} (${firstChance ? 'first chance' : '!!! second chance !!!'})`;
}

/** The star box that kd prints for a break-in by its user, and for nothing else. `old`: as 6.12 does. */
export function formatBreakBox(engine: 'today' | 'old' = 'today'): string[] {
  const star = '*'.repeat(BOX_WIDTH);
  const lines = [...ABOVE_KEYS, ...KEYS[engine], ...BELOW_KEYS];
  return [star, ...lines.map((line) => `* ${line.padEnd(BOX_WIDTH - 4)} *`), star];
}

/** kd names the segment of code in user mode: `001b:7c96449c`, ``0033:00000000`7c961936``. */
function selectorOf(address: Address, bits: 32 | 64): string {
  const at = BigInt(`0x${address}`);
  if (bits === 64) return at < 1n << 47n ? '0033:' : '';
  return at < 0x8000_0000n ? '001b:' : '';
}

/** The symbol line and the instruction line that end every stop. */
export function formatPlace(place: StopPlace): string[] {
  const { symbol, address, bits, bytes, mnemonic, operands } = place;
  const selector = selectorOf(address, bits);
  const instruction = `${selector}${formatAddress(address, bits)} ${bytes.padEnd(15)} ${mnemonic}`;
  // Operands stand in one column, whatever comes before them; one blank where that is taken. Measured on the engine of today.
  const opcode = Math.max(15, bytes.length) + 1;
  const blanks = Math.max(1, (bytes.length > 15 ? 25 : 24) - opcode - mnemonic.length);
  const line = operands ? `${instruction}${' '.repeat(blanks)}${operands}` : instruction;
  return symbol === undefined ? [line] : [`${symbol}:`, line];
}

/** The block of a bug check seen by a debugger. `parameters` are four hex numbers without prefix. */
export function formatBugCheck(code: number, parameters: readonly string[]): string[] {
  return [
    '',
    `*** Fatal System Error: 0x${code.toString(16).padStart(8, '0')}`,
    `                       (${parameters.map((p) => `0x${p.toUpperCase()}`).join(',')})`,
    '',
    formatException('80000003'),
    '',
    'A fatal system error has occurred.',
    'Debugger entered on first try; Bugcheck callbacks have not been invoked.',
    '',
    'A fatal system error has occurred.',
    '',
  ];
}

/** What stopped a target, as the line that announces it says. */
export type Stop =
  | { readonly kind: 'breakpoint'; readonly breakpoint: number }
  /** A bug check, seen by the debugger. */
  | { readonly kind: 'bug-check' }
  /** `code` has eight lower-case hexadecimal digits; 80000003 is a break instruction: a break-in, `PoolHitTag` or a driver's own. */
  | { readonly kind: 'exception'; readonly code: string };

/** `Breakpoint 0 hit` */
export function formatBreakpointHit(id: number): string {
  return `Breakpoint ${id} hit`;
}

/** The pattern of that line, for whoever seeks it in more than one line. */
export const BREAKPOINT_HIT = 'Breakpoint (\\d+) hit';
const BREAKPOINT = new RegExp(`^${BREAKPOINT_HIT}`);

/** Reads the line that announces a breakpoint: its number, and what follows on the line. Undefined for any other line. */
export function parseBreakpointHit(line: string): { readonly breakpoint: number; readonly rest: string } | undefined {
  const match = BREAKPOINT.exec(line);
  return match ? { breakpoint: Number(match[1]), rest: line.slice(match[0].length) } : undefined;
}

/** What `formatException` prints, in whatever words its title is. */
export interface ExceptionLine {
  readonly title: string;
  /** A dash. Logs that went through a word processor have a longer one, which is three characters where bytes are read as such. */
  readonly dash: string;
  /** Eight lower-case hexadecimal digits. */
  readonly code: string;
  /** From the title to the code. */
  readonly text: string;
  /** What follows on the line. */
  readonly rest: string;
}

const EXCEPTION = /^([A-Z]\w[\w ]+) (\S{1,3}) code ([0-9a-f]{8})/;

/** Reads the line that announces an exception; undefined for any other line. Others may have its form: see its parts. */
export function parseException(line: string): ExceptionLine | undefined {
  const match = line.includes(' code ') ? EXCEPTION.exec(line) : null;
  if (!match) return undefined;
  const [text, title = '', dash = '', code = ''] = match;
  return { title, dash, code, text, rest: line.slice(text.length) };
}

/** Titles that no other program prints in front of a code, in the words of every kd. */
const OWN_TITLE = /^(?:(?:Break instruction|Single step)(?: exception)?$|WOW64 .)/;
const BUG_CHECK = /^(?:\*\*\* Fatal System Error|A fatal system error has occurred)/;

/** Reads the line with which kd announces a stop; undefined for any other line. What follows is left alone: logs lose line ends. */
export function parseStop(line: string): Stop | undefined {
  const hit = parseBreakpointHit(line);
  if (hit) return { kind: 'breakpoint', breakpoint: hit.breakpoint };
  const exception = parseException(line);
  if (exception && isOfKd(exception)) return { kind: 'exception', code: exception.code };
  return BUG_CHECK.test(line) ? { kind: 'bug-check' } : undefined;
}

function isOfKd({ title, dash, rest }: ExceptionLine): boolean {
  return /^[-–—]$/.test(dash) && (OWN_TITLE.test(title) || rest.startsWith(' ('));
}

const BREAK_INSTRUCTION = exceptionTitle('80000003') ?? '';

/** Whether a line announces a breakpoint or a break instruction, or would if it were not cut. */
export function beginsBreak(line: string): boolean {
  return line.startsWith(BREAK_INSTRUCTION) || parseBreakpointHit(line) !== undefined;
}
