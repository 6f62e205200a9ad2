import data from '../pool-functions.json' with { type: 'json' };

/** Which argument of a pool function is what, counted from 0. */
export interface PoolArguments {
  /** Bytes asked for. */
  readonly size?: number;
  readonly tag?: number;
  /** The type of pool. */
  readonly type?: number;
  /** The address that is freed. */
  readonly address?: number;
  /** Holds for 64 bits only: for 32 bits an argument before these fills two places. */
  readonly wideOnly?: boolean;
}

/** The names of pool-functions.json as patterns; modules in any case, functions as they are written. */
export const KERNEL_MODULE = anyOf(data.kernelModules.names, 'i');
export const POOL_ENTRY = anyOf(data.poolEntries.names);
export const POOL_INTERNAL = anyOf(data.poolInternals.names);
export const COLD_BLOCK = anyOf(data.coldBlocks.names);
export const SYSTEM_CALL_ENTRY = anyOf(data.systemCallEntries.names);
export const DEFERRED = anyOf(data.deferred.names);
export const POOL_BREAK = anyOf(data.breaks.names);
/** With the module: `nt!KeBugCheckEx`. Every name of the kernel stands as `nt`. */
export const CRASH = anyOf(data.crashes.names);

const POOL_ARGUMENTS: ReadonlyMap<string, PoolArguments> = new Map(Object.entries(data.arguments.functions));

/** Where the arguments of a kernel function hold size, tag or address, if it is one of those that are known. */
export function argumentsOfFunction(symbol: string): PoolArguments | undefined {
  return POOL_ARGUMENTS.get(undecoratedFunction(symbol));
}

/** A name as its programmer wrote it: 32-bit compilers add what tells the calling convention, `_Send@12`, `@Send@8`. */
export function undecoratedFunction(symbol: string): string {
  return /^[_@]([^@]+)@\d+$/.exec(symbol)?.[1] ?? symbol;
}

/** The pattern of any of these names, in which `*` stands for any characters. */
export function anyOf(patterns: readonly string[], flags = ''): RegExp {
  const escaped = patterns.map((pattern) => pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*'));
  return new RegExp(`^(?:${escaped.join('|')})$`, flags);
}
