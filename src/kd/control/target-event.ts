import type { BreakpointMode } from './breakpoints/breakpoint-strategy.js';
import type { KnownTarget } from './known-target.js';
import type { ModuleEvent } from './state-change.js';
import type { Stop } from './stop.js';

// What a target tells and how it is opened, as types. There is no code here.

/** What a target tells whoever debugs it, one after the other as it happens. Whoever is told must not wait for what comes next. */
export type TargetEvent =
  /** The target answered for the first time, or for the first time in another boot. */
  | { readonly kind: 'connected'; readonly known: KnownTarget }
  /** It is halted, and stays so until somebody resumes it. */
  | { readonly kind: 'stopped'; readonly stop: Stop }
  /** It was told to go on; `confirmed`: and acknowledged that. */
  | { readonly kind: 'resumed'; readonly confirmed: boolean }
  /** An image came or went. It goes on unless it is answered that it is to stay where it tells of that. */
  | { readonly kind: 'module'; readonly event: ModuleEvent; answer(stays: Promise<boolean>): void }
  /** It said that it shuts down. */
  | { readonly kind: 'shutdown' }
  /** It has begun another boot. */
  | { readonly kind: 'rebooted' }
  /** It has begun its packet ids anew: it may run. */
  | { readonly kind: 'ids-restarted' }
  /** It is one that this kd cannot debug; it was told to go on. */
  | { readonly kind: 'refused'; readonly machine: string }
  /** DbgPrint. */
  | { readonly kind: 'printed'; readonly text: Buffer }
  /** DbgPrompt: it is halted until it is answered. */
  | { readonly kind: 'asked'; readonly text: Buffer; answer(line: Promise<string>): void }
  /** The same packet has been sent so many times without an acknowledgement. */
  | { readonly kind: 'retrying'; readonly times: number }
  /** A packet got through again after that. */
  | { readonly kind: 'recovered' }
  /** It asked for a file of the host, and was refused. */
  | { readonly kind: 'file-refused'; readonly name: string }
  /** A packet of an API that is not spoken here. */
  | { readonly kind: 'foreign-packet'; readonly type: number }
  /** Something that a person should know. */
  | { readonly kind: 'note'; readonly text: string };

export interface TargetOptions {
  /** Default: `usual`. */
  readonly ways?: BreakpointMode;
  /** What the line moves; undefined for a pipe or socket, which is taken to be as quick as light. */
  readonly bytesPerSecond?: number | undefined;
}
