import { readBreaks } from '../../../../src/session/core/pool-breaks/pool-break.js';
import { X64, X86 } from '../../../../src/session/core/pool-breaks/registers.js';

/** Where everything is that code refers to. */
const PLACES: Readonly<Record<string, number>> = {
  PoolHitTag: 0x60_3000,
  PoolTrackTable: 0x60_3100,
  ExPoolTagTables: 0x60_3200,
  PoolTrackTableMask: 0x60_3300,
  PerfGlobalGroupMask: 0x60_3400,
  DbgBreakPoint: 0x60_4000,
  KeBugCheckEx: 0x60_4100,
  EtwTracePool: 0x60_4200,
  KeAcquireLock: 0x60_4300,
};
/** Of every instruction: what it really takes does not matter here. */
const BYTES = 4;

export type Width = 'x64' | 'x86';

function address(at: number, width: Width): string {
  const low = at.toString(16).padStart(8, '0');
  return width === 'x64' ? `fffff800\`${low}` : low;
}

/**
 * Functions in the form of kd's `uf`, of code that is written here: names with a colon are labels, `{name}` is a label, a function or a
 * variable, `~name:` begins a part that kd calls by another name.
 */
export function listing(width: Width, functions: Readonly<Record<string, string>>): string[] {
  const bases = new Map(Object.keys(functions).map((name, nth) => [name, 0x40_1000 + nth * 0x1000]));
  const globals = new Map([...Object.entries(PLACES), ...bases]);
  const rows = [...globals].map(([name, at]) => `${address(at, width)} nt!${name} (<no parameter info>)`);
  const bodies = [...bases].flatMap(([name, base]) => {
    const code =
      functions[name]
        ?.trim()
        .split('\n')
        .map((line) => line.trim()) ?? [];
    const labels = new Map<string, number>();
    let at = base;
    for (const line of code) {
      const label = /^~?([\w! ?:`']+):$/.exec(line)?.[1];
      if (label === undefined) at += BYTES;
      else labels.set(label, at);
    }
    const placed = (text: string): string =>
      text.replace(/\{(\w+)\}/g, (_, wanted: string) => {
        const local = labels.get(wanted);
        const place = local ?? globals.get(wanted) ?? 0;
        const symbol = local === undefined ? `nt!${wanted}` : `nt!${name}+0x${(local - base).toString(16)}`;
        return `${symbol} (${address(place, width)})`;
      });
    at = base;
    return [
      `nt!${name}:`,
      ...code.map((line) => {
        const label = /^~?([\w! ?:`']+):$/.exec(line)?.[1];
        if (label !== undefined) return line.startsWith('~') ? `\n${label}+0x10:` : '';
        const [mnemonic = '', rest = ''] = line.split(/\s+(.*)/s);
        const shown = `${address(at, width)} ${'90'.repeat(BYTES)}        ${mnemonic.padEnd(7)} ${placed(rest)}`;
        at += BYTES;
        return shown.trimEnd();
      }),
    ].flatMap((line) => line.split('\n'));
  });
  return [...rows, ...bodies];
}

export function breaksOf(width: Width, functions: Readonly<Record<string, string>>, addresses = true) {
  return readBreaks({ processor: width === 'x64' ? X64 : X86, lines: listing(width, functions), addresses });
}
