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
  {
    name: 'rehearse',
    summary: 'the whole job on the simulated kd, nothing attached',
    load: () => import('./commands/rehearse.js'),
  },
  {
    name: 'start',
    summary: 'the live session: start kd, wait, break in, arm, collect, release',
    load: () => import('./commands/start.js'),
  },
  {
    name: 'status',
    summary: 'all sessions on this host, and orphaned ones that need a rescue',
    load: () => import('./commands/status.js'),
  },
  {
    name: 'attach',
    summary: 'join a session: watch one of ours, or take over any debugging server',
    load: () => import('./commands/attach.js'),
  },
  {
    name: 'stop',
    summary: 'release the target of a running session, from any terminal',
    load: () => import('./commands/stop.js'),
  },
  {
    name: 'rescue',
    summary: 'get the target running, with no breakpoint in it, from whatever state a session left',
    load: () => import('./commands/rescue.js'),
  },
  { name: 'report', summary: 'who allocated the tag: from any debug.log', load: () => import('./commands/report.js') },
  { name: 'runs', summary: 'the runs of this host, and cleaning them up', load: () => import('./commands/runs.js') },
  { name: 'compare', summary: 'what grew between two logs', load: () => import('./commands/compare.js') },
  {
    name: 'target',
    summary: 'scripts that prepare the target, check it, and undo it',
    load: () => import('./commands/target.js'),
  },
  { name: 'tag', summary: 'encode or decode a pool tag', load: () => import('./commands/tag.js') },
  {
    name: 'doctor',
    summary: 'what is missing for a session on this host, each with its remedy',
    load: () => import('./commands/doctor.js'),
  },
  { name: 'ports', summary: 'the serial ports of this host', load: () => import('./commands/ports.js') },
  {
    name: 'kd',
    summary: 'the built-in kd: a console kernel debugger for hosts without Microsoft’s',
    load: () => import('./commands/kd.js'),
  },
  {
    name: 'symbols',
    summary: 'bring symbol files into the local store before the target is stopped',
    load: () => import('./commands/symbols.js'),
  },
  {
    name: 'simulate',
    summary: 'the simulated kd and its scenarios, and the simulated target',
    load: () => import('./commands/simulate.js'),
  },
  {
    name: 'schema',
    summary: 'the JSON Schema of what --json prints, for programs',
    load: () => import('./commands/schema.js'),
  },
  { name: 'completion', summary: 'a completion script for your shell', load: () => import('./commands/completion.js') },
];
