import type { Address } from './address.js';
import type { TargetDescription } from './listings/banner.js';
import type { Prompt } from './prompt.js';

/** What a session needs to know of kd's text. One line gives at most one event, besides its prompts. */
export type ConsoleEvent =
  | { readonly kind: 'prompt'; readonly prompt: Prompt }
  /** A whole line without its prompts, delivered only while somebody waits for an answer. */
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'marker'; readonly text: string }
  | { readonly kind: 'banner'; readonly version: string; readonly architecture: string }
  | { readonly kind: 'opened'; readonly path: string }
  /** kd waits: at its start, after a loss, after a reboot. Not a proof that it was connected before. */
  | { readonly kind: 'waiting-to-reconnect' }
  /** Also printed by `.reload` in the middle of a session: information, never the proof of a connection. */
  | { readonly kind: 'connected-to'; readonly target: TargetDescription }
  /** `Kernel Debugger connection established.`: the link is up. */
  | { readonly kind: 'established' }
  | { readonly kind: 'kernel-version'; readonly text: string }
  | { readonly kind: 'built-by'; readonly lab: string }
  | { readonly kind: 'exception'; readonly code: string; readonly text: string }
  /** The star box: somebody asked for this break-in. */
  | { readonly kind: 'break-box' }
  /** `Breakpoint 0 hit`: a breakpoint that leaves the target standing. One whose commands end in `g` is not announced. */
  | { readonly kind: 'hit'; readonly breakpoint: number }
  /** The header of a stack, given as soon as its first bytes are there. */
  | { readonly kind: 'stack' }
  /** `nt!MmAllocateSpecialPool:`: the target stands there, or somebody looks at that place. */
  | { readonly kind: 'place'; readonly symbol: string }
  /** `leakydrv: loaded at fffff88001084000`, of the target itself; after a reboot it may be all that there is to see of it. */
  | { readonly kind: 'module-loaded'; readonly module: string; readonly address: Address }
  /** `^ No runnable debuggees error in 'g'`: what was typed has not been carried out. */
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'bug-check'; readonly code: string }
  | { readonly kind: 'assertion'; readonly text: string }
  /** `Break repeatedly, break Once, Ignore, …(boipt)?`: the target stands still until one letter is typed. */
  | { readonly kind: 'assertion-prompt' }
  | { readonly kind: 'shutdown' }
  /** The built-in kd leaves, and has measured this. */
  | { readonly kind: 'halted-total'; readonly ms: number }
  | { readonly kind: 'retry'; readonly times: number }
  | { readonly kind: 'link-lost' }
  | { readonly kind: 'start-failure'; readonly text: string; readonly code: number | undefined }
  | { readonly kind: 'open-failure'; readonly path: string }
  | { readonly kind: 'no-server'; readonly text: string; readonly code?: number }
  | { readonly kind: 'client-joined'; readonly who: string }
  /** A command that another client of the debugging server typed, shown with its user. */
  | { readonly kind: 'client-command'; readonly who: string; readonly text: string }
  | { readonly kind: 'unresolved'; readonly expression: string };

export type ConsoleEventKind = ConsoleEvent['kind'];
