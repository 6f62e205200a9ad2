import type { Command } from 'commander';

/** A command as the program knows it before its module is loaded. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Adds the command, with its options and action, to the program. */
  readonly load: () => Promise<{ define: (program: Command) => void }>;
}

/** All commands, in the order of the help. Modules are loaded only when their command is asked for: start-up stays fast. */
export const commands: readonly CommandEntry[] = [
  { name: 'tag', summary: 'encode or decode a pool tag', load: () => import('./tag.js') },
];
