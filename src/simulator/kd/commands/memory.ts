import { formatAddress } from '../../../kd-text/address.js';
import type { CommandOutcome, Kd } from '../kd.js';
import { hex16 } from '../target/hits.js';
import { byteAt, dwordAt, UNSET_HIT_TAG } from '../target/target-memory.js';
import type { Command } from './index.js';

/** db, dc, dd, dw, dq, dp show memory; eb, ew, ed write it; r shows the registers. */
export const memoryCommands: Readonly<Record<string, Command>> = {
  db: show,
  dw: show,
  dd: show,
  dc: show,
  dq: show,
  dp: show,
  eb: write,
  ew: write,
  ed: write,
  r: registers,
};

const widths: Readonly<Record<string, number>> = { db: 1, dw: 2, dd: 4, dc: 4, dq: 8, eb: 1, ew: 2, ed: 4 };

async function show(kd: Kd, rest: string, _from: string, word: string): Promise<CommandOutcome> {
  const range = /^(.*?)(?:\s+l\s*([0-9a-f]+))?\s*$/i.exec(rest);
  const start = await kd.evaluate(range?.[1] ?? '');
  const width = word === 'dp' ? kd.symbols.bits / 8 : (widths[word] ?? 4);
  const items = Math.min(range?.[2] === undefined ? 128 / width : Number.parseInt(range[2], 16), 4096);
  await kd.spend('read');
  const perRow = 16 / width;
  for (let done = 0; done < items; done += perRow) {
    const bytes = Array.from({ length: Math.min(perRow, items - done) * width }, (_, at) =>
      byteAt(kd, start + BigInt(done * width + at)),
    );
    const cells = Array.from({ length: bytes.length / width }, (_, at) =>
      cell(bytes.slice(at * width, (at + 1) * width)),
    );
    const address = formatAddress(hex16(start + BigInt(done * width)), kd.symbols.bits);
    const chars = bytes.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    const row = `${address}  ${cells.join(' ')}`;
    kd.console.line(
      word === 'db' || word === 'dc' ? `${row.padEnd(address.length + 2 + perRow * (width * 2 + 1))} ${chars}` : row,
    );
  }
  return 'done';
}

function cell(bytes: readonly number[]): string {
  const digits = [...bytes].reverse().map((byte) => byte.toString(16).padStart(2, '0'));
  return digits.length === 8 ? `${digits.slice(0, 4).join('')}\`${digits.slice(4).join('')}` : digits.join('');
}

async function write(kd: Kd, rest: string, _from: string, word: string): Promise<CommandOutcome> {
  const parts = rest.match(/'[^']*'|\S+/g) ?? [];
  const start = await kd.evaluate(parts[0] ?? '');
  const width = widths[word] ?? 4;
  await kd.spend('write');
  for (const [index, text] of parts.slice(1).entries()) {
    const value = await kd.evaluate(text);
    for (let at = 0; at < width; at++) {
      kd.memory.set(start + BigInt(index * width + at), Number((value >> BigInt(8 * at)) & 0xffn));
    }
  }
  publishHitTag(kd);
  return 'done';
}

/** Any other value than nothing and the one after boot makes allocations stop the target. */
function publishHitTag(kd: Kd): void {
  const value = dwordAt(kd, kd.symbols.place('nt!PoolHitTag'));
  kd.statistics.books.target.pool_hit_tag = value === UNSET_HIT_TAG ? 0 : value;
  kd.statistics.touch();
}

async function registers(kd: Kd, rest: string): Promise<CommandOutcome> {
  const { bits } = kd.symbols;
  const [, name, value] = /^\s*@?(\$t1?\d)\s*=(.*)$/is.exec(rest) ?? [];
  if (name !== undefined && value !== undefined) {
    kd.temporaries.set(name.toLowerCase(), await kd.evaluate(value));
    return 'done';
  }
  const wanted = rest
    .replaceAll('@', '')
    .split(/[\s,]+/)
    .filter(Boolean);
  const names =
    bits === 64 ? ['rax', 'rbx', 'rcx', 'rdx', 'rip', 'rsp', 'rbp'] : ['eax', 'ebx', 'ecx', 'edx', 'eip', 'esp', 'ebp'];
  const shown = wanted.length > 0 ? wanted : names;
  await kd.spend('read');
  const values = shown.map((name) => `${name}=${registerValue(kd, name)}`);
  kd.console.line(values.join(wanted.length > 0 ? '\n' : ' '));
  return 'done';
}

function registerValue(kd: Kd, name: string): string {
  const value = hex16(kd.register(name) ?? 0n);
  return kd.symbols.bits === 64 ? value : value.slice(8);
}
