import { formatCommandError } from '../../../kd-text/command-error.js';
import { ExpressionError } from '../../../kd-text/expression.js';
import { formatBreakpointList, formatBreakpointRow } from '../../../kd-text/listings/breakpoints.js';
import { formatSymbolRow, formatUnresolved } from '../../../kd-text/listings/symbols.js';
import { splitCommands, takeQuoted } from '../../../kd-text/split-commands.js';
import { local } from '../inbox.js';
import type { CommandOutcome, Kd, SimulatedBreakpoint } from '../kd.js';
import { hex16 } from '../target/hits.js';
import type { Command, Execute } from './index.js';

// Kernel mode has room for 32 breakpoints.
const most = 32;

/** bp, bu, bm, ba, bl, bc, bd, be: kd's list of breakpoints. The target gets them when it resumes. */
export function breakpointCommands(execute: Execute): Readonly<Record<string, Command>> {
  return {
    bp: (kd, rest) => set(kd, rest, false, execute),
    bu: (kd, rest) => set(kd, rest, true, execute),
    bm: setMany,
    ba: (kd, rest) => set(kd, rest.replace(/^[erwi]\s*[1248]\s+/, ''), false, execute),
    bl: list,
    bc: clear,
    bd: (kd, rest) => enable(kd, rest, false),
    be: (kd, rest) => enable(kd, rest, true),
  };
}

async function set(kd: Kd, rest: string, deferrable: boolean, execute: Execute): Promise<CommandOutcome> {
  const whole = rest.replace(/^(\s*(?:\d+\s+)?)\/1\s+/, '$1');
  const once = whole !== rest;
  const { where, command, id } = parse(whole.replace(/^\d{1,2}\s+(?=\D)/, ''), whole);
  const module = /^([\w.$]+)!/.exec(where)?.[1];
  if (module !== undefined && !knowsModule(kd, module)) {
    if (!deferrable) kd.console.line(`Bp expression '${where} ' could not be resolved, adding deferred bp`);
    return add(kd, { symbol: where, command, id });
  }
  if (module !== undefined) await kd.needSymbols(where);
  if (module !== undefined && deferrable && kd.findSymbol(where.split('+')[0] ?? where) === undefined) {
    return add(kd, { symbol: where, command, id });
  }
  let address: bigint;
  try {
    address = where === '' ? (kd.stop?.address ?? 0n) : await resolve(kd, where);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return goOnBehind(kd, rest, where, execute);
  }
  address = BigInt.asUintN(kd.symbols.bits, address);
  await kd.spend('bp');
  // Measured with 10.0.29507: the literal is not sign-extended, the address of the trap is.
  const literal = kd.engine === 'today' && kd.symbols.bits === 32 && /^(?:0x)?[89a-f][0-9a-f]{7}$/i.test(where);
  return add(kd, { symbol: literal ? '' : kd.nameOf(address), address, command, id, once, literal });
}

/**
 * A `bp` that fails: its error quotes the whole rest of the line. The engine of today then goes on behind the first semicolon,
 * though that stands in quotes: it carries out what was meant for a hit (10.0.29507; 6.12 does not).
 */
async function goOnBehind(kd: Kd, rest: string, where: string, execute: Execute): Promise<CommandOutcome> {
  const from = Math.max(0, rest.indexOf(where));
  kd.console.line(formatUnresolved(rest.slice(from)));
  const at = rest.indexOf(';');
  if (kd.engine === 'old' || at < 0) return 'error';
  for (const command of splitCommands(rest.slice(at + 1))) {
    if (/^g[a-z]*"/.test(command)) {
      const column = kd.prompt.length + 'bp '.length + rest.lastIndexOf('"') - 1;
      kd.console.line(formatCommandError('addresses must be preceeded by whitespace', `bp ${rest}`, column));
      return 'error';
    }
    const outcome = await execute(kd, command, local);
    if (outcome !== 'done') return outcome;
  }
  return 'error';
}

function knowsModule(kd: Kd, module: string): boolean {
  return kd.symbols.hasModule(module) && (kd.modulesKnown || module.toLowerCase() === 'nt');
}

async function resolve(kd: Kd, where: string): Promise<bigint> {
  const name = /^[\w.$]+![\w$?@]+$/.test(where) ? where : undefined;
  if (name === undefined) return kd.evaluate(where);
  const address = kd.findSymbol(name);
  if (address !== undefined) return address;
  return kd.evaluate(where);
}

interface Wanted {
  readonly symbol: string;
  readonly address?: bigint;
  readonly command: string | undefined;
  readonly id: number | undefined;
  readonly once?: boolean;
  readonly literal?: boolean;
}

function parse(rest: string, whole: string): { where: string; command: string | undefined; id: number | undefined } {
  const id = /^(\d{1,2})\s+\D/.exec(whole)?.[1];
  const at = rest.indexOf('"');
  const where = (at < 0 ? rest : rest.slice(0, at)).trim().split(/\s+/)[0] ?? '';
  const command = at < 0 ? undefined : takeQuoted(rest.slice(at))?.quoted;
  return { where, command, id: id === undefined ? undefined : Number(id) };
}

function add(kd: Kd, wanted: Wanted): CommandOutcome {
  const twin = kd.breakpoints.find((bp) => wanted.address !== undefined && bp.address === wanted.address);
  if (twin) kd.console.line(`breakpoint ${twin.id} redefined`);
  else if (kd.breakpoints.length >= most) {
    kd.console.line(`Too many breakpoints, the kernel debugger takes ${most}`);
    return 'error';
  }
  const id = wanted.id ?? twin?.id ?? freeId(kd);
  const breakpoint: SimulatedBreakpoint = {
    id,
    symbol: wanted.symbol,
    enabled: true,
    ...(wanted.address !== undefined && { address: wanted.address }),
    ...(wanted.command !== undefined && { command: wanted.command }),
    ...(wanted.once && { once: true as const }),
    ...(wanted.literal && { literal: true as const }),
  };
  kd.breakpoints = [...kd.breakpoints.filter((bp) => bp.id !== id), breakpoint].sort((a, b) => a.id - b.id);
  publish(kd);
  return 'done';
}

function freeId(kd: Kd): number {
  for (let id = 0; ; id++) if (!kd.breakpoints.some((bp) => bp.id === id)) return id;
}

async function setMany(kd: Kd, rest: string): Promise<CommandOutcome> {
  const { where, command } = parse(rest, '');
  await kd.needSymbols(where);
  const found = kd.matchSymbols(where).filter((entry) => entry.kind === 'function');
  if (found.length === 0) {
    kd.console.line(formatUnresolved(where));
    return 'error';
  }
  for (const entry of found) {
    await kd.spend('bp');
    add(kd, { symbol: entry.name, address: entry.address, command, id: undefined });
    const id = String(kd.breakpoints.find((bp) => bp.address === entry.address)?.id ?? 0).padStart(3);
    const row = formatSymbolRow({ address: hex16(entry.address), symbol: entry.name }, kd.symbols.bits, 'function');
    kd.console.line(`${id}: ${row.split(/\s+/)[0]} @!"${entry.name}"`);
  }
  return 'done';
}

function list(kd: Kd): CommandOutcome {
  const links = kd.scenario.kd.breakpoint_list === 'links';
  const rows = kd.breakpoints.map(({ id, enabled, symbol, address, command, once }) =>
    formatBreakpointRow(
      {
        id,
        enabled,
        symbol,
        resolved: address !== undefined,
        ...(address !== undefined && { address: hex16(address) }),
        ...(command !== undefined && { command }),
        ...(once && { once }),
      },
      kd.symbols.bits,
      links,
    ),
  );
  for (const line of formatBreakpointList(rows)) kd.console.line(line);
  return 'done';
}

function chosen(kd: Kd, rest: string): SimulatedBreakpoint[] {
  if (rest.trim() === '*') return [...kd.breakpoints];
  const ids = new Set<number>();
  for (const part of rest.split(/[\s,]+/)) {
    const [low = '', high = low] = part.split('-');
    for (let id = Number(low); low !== '' && id <= Number(high); id++) ids.add(id);
  }
  return kd.breakpoints.filter((bp) => ids.has(bp.id));
}

async function clear(kd: Kd, rest: string): Promise<CommandOutcome> {
  const gone = chosen(kd, rest);
  if (gone.length > 0) await kd.spend('bc');
  kd.breakpoints = kd.breakpoints.filter((bp) => !gone.includes(bp));
  publish(kd);
  return 'done';
}

function enable(kd: Kd, rest: string, enabled: boolean): CommandOutcome {
  for (const bp of chosen(kd, rest)) bp.enabled = enabled;
  publish(kd);
  return 'done';
}

function publish(kd: Kd): void {
  kd.statistics.planted(kd.armedAddresses().map(hex16));
  kd.statistics.touch();
}
