import { hashOf } from '../../random.js';
import type { Scenario } from '../scenario/scenario.js';
import { specialPoolOf } from '../special-pool.js';

export interface SymbolEntry {
  readonly name: string;
  readonly address: bigint;
  readonly kind: 'function' | 'data';
  readonly exported: boolean;
}

/** What the simulated debugger knows by name: a few dozen symbols of nt, and any `module!function` of the scenario's stacks. */
export interface SimulatedSymbols {
  readonly bits: 32 | 64;
  readonly kernelBase: bigint;
  readonly moduleList: bigint;
  readonly modules: readonly string[];
  /** Where a symbol lies whether or not its name can be found: for code that the target runs. Takes `nt!Name+0x12`. */
  place(site: string): bigint;
  /** The address of a name as the debugger sees it; undefined when its symbols lack it. */
  find(name: string): bigint | undefined;
  /** All entries that a `module!pattern` with `*` and `?` matches, in the order of their addresses. */
  match(pattern: string): SymbolEntry[];
  /** The name of an address, exact or with an offset. @param all by names too that the symbols of this scenario lack */
  nameOf(address: bigint, all?: boolean): string;
  moduleBase(module: string): bigint;
  /** True when `module` is loaded in the target. */
  hasModule(module: string): boolean;
}

// Names with E are exported by the kernel and stay known without symbol files; D marks data.
const kernelNames = [
  'MmProtectSpecialPool',
  'MiAllocatePoolPages',
  'ExAllocatePoolWithTag:E',
  'ExAllocatePoolWithQuotaTag:E',
  'ExAllocatePoolWithTagPriority:E',
  'ExAllocatePool:E',
  'ExFreePoolWithTag:E',
  'ExFreePool:E',
  'KeBugCheckEx:E',
  'DbgPrompt:E',
  'DbgBreakPoint:E',
  'DbgBreakPointWithStatus:E',
  'RtlpBreakWithStatusInstruction',
  'RtlAssert:E',
  'IofCallDriver:E',
  'NtDeviceIoControlFile:E',
  'NtReadFile:E',
  'NtWriteFile:E',
  'KiSystemServiceCopyEnd',
  'KiFastCallEntry',
  'IopXxxControlFile',
  'IopSynchronousServiceTail',
  'IopfCompleteRequest',
  'ExpWorkerThread',
  'KiTrap03',
  'PspSystemThreadStartup',
  'KiStartSystemThread',
  'KiThreadStartup',
  'KiRetireDpcList',
  'KiIdleLoop',
  'PoolHitTag:D',
  'MmSpecialPoolTag:D',
  'NtGlobalFlag:ED',
  'KdDebuggerEnabled:ED',
  'NtBuildLab:ED',
  'PsLoadedModuleList:D',
  'PoolTrackTable:D',
  'MmPoolSize:D',
  'KiBugCheckData:D',
];

export function createSymbolTable(scenario: Scenario): SimulatedSymbols {
  const bits = scenario.target.architecture === 'x64' ? 64 : 32;
  const kernelBase = bits === 64 ? 0xfffff80001602000n : 0x80800000n;
  const bases = moduleBases(scenario, kernelBase);
  const entries = kernelEntries(scenario, kernelBase);
  const visible = entries.filter((entry) => isVisible(scenario, entry));
  const byName = new Map(entries.map((entry) => [entry.name.toLowerCase(), entry]));
  const moduleBase = (module: string): bigint => bases.get(module.toLowerCase()) ?? kernelBase;
  const place = (site: string): bigint => {
    const [, name = site, offset = '0'] = /^(.*?)(?:\+0x([0-9a-f]+))?$/i.exec(site) ?? [];
    const known = byName.get(name.toLowerCase())?.address;
    const module = name.split('!')[0] ?? 'nt';
    const span = module === 'nt' ? 0x400000 : 0x8000;
    const start = known ?? moduleBase(module) + BigInt(0x1000 + ((hashOf(name) % span) & ~0xf));
    return start + BigInt(`0x${offset}`);
  };
  return {
    bits,
    kernelBase,
    moduleList: kernelBase + 0x2436d0n,
    modules: [...bases.keys()],
    place,
    moduleBase,
    hasModule: (module) => bases.has(module.toLowerCase()),
    find(name) {
      const full = name.includes('!') ? name : `nt!${name}`;
      if (/[*?]/.test(full)) return undefined;
      const [module = ''] = full.toLowerCase().split('!');
      if (module === 'nt') return visible.find((entry) => entry.name.toLowerCase() === full.toLowerCase())?.address;
      return bases.has(module) && scenario.symbols.state === 'full' ? place(full) : undefined;
    },
    match(pattern) {
      const parts = (pattern.includes('!') ? pattern : `*!${pattern}`).split(/([*?])/).map((part) => {
        if (part === '*') return '.*';
        return part === '?' ? '.' : part.replace(/[^\w!]/g, '\\$&');
      });
      const regex = new RegExp(`^${parts.join('')}$`, 'i');
      return visible.filter((entry) => regex.test(entry.name));
    },
    nameOf(address, all = true) {
      let best: SymbolEntry | undefined;
      for (const entry of all ? entries : visible) if (entry.address <= address) best = entry;
      if (!best || (all && address - best.address > 0x10000n)) return `0x${address.toString(16)}`;
      return address === best.address ? best.name : `${best.name}+0x${(address - best.address).toString(16)}`;
    },
  };
}

function moduleBases(scenario: Scenario, kernelBase: bigint): Map<string, bigint> {
  const bases = new Map<string, bigint>([
    ['nt', kernelBase],
    ['hal', kernelBase - 0x49000n],
  ]);
  const wide = scenario.target.architecture === 'x64';
  for (const site of scenario.allocations.flatMap((allocation) => allocation.stack)) {
    const module = (/^([\w.$]+)(?:!|\+)/.exec(site)?.[1] ?? '').toLowerCase();
    if (module === '' || bases.has(module)) continue;
    const page = BigInt(hashOf(module) % 0x3000) * 0x1000n;
    bases.set(module, (wide ? 0xfffff88000c00000n : 0xf7000000n) + page);
  }
  return bases;
}

function kernelEntries(scenario: Scenario, base: bigint): SymbolEntry[] {
  const { special_pool } = scenario.target;
  const names = [...kernelNames, special_pool, specialPoolOf(special_pool).free, ...scenario.symbols.extra];
  const entries = names.map((spec): SymbolEntry => {
    const [name = spec, marks = ''] = spec.split(':');
    const data = marks.includes('D');
    // Two names for one address, as in Windows: which of them kd shows is its own choice.
    const place = name === 'RtlpBreakWithStatusInstruction' ? 'DbgBreakPointWithStatus' : name;
    const rva = (data ? 0x1f0000 : 0x40000) + ((hashOf(place) % 0x1a0000) & ~0xf);
    return {
      name: `nt!${name}`,
      address: base + BigInt(rva),
      kind: data ? 'data' : 'function',
      exported: marks.includes('E'),
    };
  });
  return entries.sort((a, b) => (a.address < b.address ? -1 : 1));
}

function isVisible(scenario: Scenario, entry: SymbolEntry): boolean {
  const { state, missing } = scenario.symbols;
  if (state === 'none') return false;
  return (state === 'full' || entry.exported) && !missing.includes(entry.name.slice('nt!'.length));
}
