import { parseModuleRow } from '../../kd-text/listings/modules.js';
import type { SessionEvent } from './state.js';

// Tells a boot by the modules that kd names. It is only a sign; what follows from a boot is in phases/breaking.ts.

/** Loaded at boot and never again: the kernel, what it needs to come up, and the debugger's transport. */
const BOOT_ONLY =
  /^(?:nt|hal|kd(?:com|net|usb|_\w+|stub)|bootvid|pshed|ci|clfs|mcupdate\w*|werkernel|acpi|pci|ntfs|disk|classpnp|partmgr|mountmgr|volmgr|ksecdd)$/i;
/** Drivers may be loaded again while a target runs, but not so many different ones within so short a time, ms. */
const MANY = 4;
const TOGETHER_MS = 15_000;

/** The modules that kd, or the target itself, has told of since the target booted, and those of them that it has told of again. */
export interface SeenModules {
  readonly loaded: ReadonlySet<string>;
  readonly again: readonly { readonly name: string; readonly at: number }[];
}

export const NO_MODULES_SEEN: SeenModules = { loaded: new Set(), again: [] };

/**
 * Takes in what an event tells of modules. Of a target that resets without a word kd says nothing: what it prints while it boots may be
 * all that there is to see.
 * @returns the modules, and whether the target has booted anew
 */
export function seeModules(
  seen: SeenModules,
  event: SessionEvent,
): { readonly modules: SeenModules; readonly booted: boolean } {
  if (event.type === 'answer') return { modules: withRows(seen, event.lines), booted: false };
  if (event.type !== 'console') return { modules: seen, booted: false };
  if (event.event.kind === 'shutdown' || event.event.kind === 'established')
    return { modules: NO_MODULES_SEEN, booted: false };
  if (event.event.kind !== 'module-loaded') return { modules: seen, booted: false };
  const name = event.event.module.toLowerCase();
  if (!seen.loaded.has(name)) return { modules: { ...seen, loaded: new Set([...seen.loaded, name]) }, booted: false };
  const again = [
    ...seen.again.filter((each) => each.name !== name && event.at - each.at < TOGETHER_MS),
    { name, at: event.at },
  ];
  const booted = BOOT_ONLY.test(name) || again.length >= MANY;
  return booted
    ? { modules: { loaded: new Set(again.map((each) => each.name)), again: [] }, booted }
    : { modules: { ...seen, again }, booted };
}

function withRows(seen: SeenModules, lines: readonly string[]): SeenModules {
  const names = lines.flatMap((line) => parseModuleRow(line)?.name.toLowerCase() ?? []);
  return names.every((name) => seen.loaded.has(name)) ? seen : { ...seen, loaded: new Set([...seen.loaded, ...names]) };
}

/** A boot that only its modules tell of is a connection that begins anew. */
export function asConnection(event: SessionEvent): SessionEvent {
  return event.type === 'console' ? { ...event, event: { kind: 'established' } } : event;
}
