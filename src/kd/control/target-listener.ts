import type { BreakpointMode } from './breakpoints/breakpoint-strategy.js';
import type { KnownTarget } from './known-target.js';
import type { ModuleEvent } from './state-change.js';
import type { Stop } from './stop.js';

// What a target tells and how it is opened, as types. There is no code here.

/** What a target tells whoever debugs it. */
export interface TargetListener {
  /** The target answered for the first time, or for the first time in another boot. */
  connected(known: KnownTarget): void;
  /** It stands, and stays so until somebody resumes it. */
  stopped(stop: Stop): void;
  /** It was told to go on; `confirmed`: and acknowledged that. */
  resumed(confirmed: boolean): void;
  module(event: ModuleEvent): void;
  /** Asked after it: whether the target is to stay where it tells of an image. */
  stays?(event: ModuleEvent): Promise<boolean>;
  /** It said that it shuts down. */
  shutdown(): void;
  /** It has begun another boot. */
  rebooted(): void;
  /** It is one that this kd cannot debug; it was told to go on. */
  refused(machine: string): void;
  /** Something that a person should know. */
  note(text: string): void;
}

export interface TargetOptions {
  /** Default: `usual`. */
  readonly ways?: BreakpointMode;
  /** What the line moves; undefined for a pipe or socket, which is taken to be as quick as light. */
  readonly bytesPerSecond?: number | undefined;
}
