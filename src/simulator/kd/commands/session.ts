import { local } from '../inbox.js';
import type { CommandOutcome, Kd } from '../kd.js';
import type { Command } from './index.js';

const advice = [
  'Exit a remote ntsd/cdb client with Ctrl-b<enter>.',
  'Exit a remote windbg client with File.Exit (Alt-F4).',
  "If you really want the server to quit use an extra q, such as 'qq' or 'qqd'.",
];

/** q and its relatives, and what a debugging server answers about itself. */
export const sessionCommands: Readonly<Record<string, Command>> = {
  q: (kd, _rest, from) => (from === local ? quit(kd, 'quit') : advise(kd, from)),
  qd: (kd, _rest, from) => (from === local ? quit(kd, 'quit-detached') : advise(kd, from)),
  qq: (kd) => quit(kd, 'quit'),
  qqd: (kd) => quit(kd, 'quit-detached'),
  '.servers': (kd) => show(kd, kd.server?.lines() ?? []),
  '.clients': (kd) => show(kd, kd.server?.clients() ?? []),
  '.endsrv': endServer,
  '.remote_exit': (kd, _rest, from) => {
    if (from !== local) kd.server?.dismiss(from);
    return 'done';
  },
  '.breakin': () => 'done',
  '.sleep': sleep,
};

async function sleep(kd: Kd, rest: string): Promise<CommandOutcome> {
  await kd.clock.sleep(Number.parseInt(rest, 16) || 0);
  return 'done';
}

function quit(kd: Kd, outcome: CommandOutcome): CommandOutcome {
  kd.console.line('quit:');
  return outcome;
}

function advise(kd: Kd, from: string): CommandOutcome {
  for (const line of advice) kd.console.print(`${line}\n`, { only: from });
  return 'done';
}

function show(kd: Kd, lines: readonly string[]): CommandOutcome {
  if (lines.length === 0) kd.console.line('No servers found');
  for (const line of lines) kd.console.line(line);
  return 'done';
}

function endServer(kd: Kd): CommandOutcome {
  if (!kd.server) {
    kd.console.line('Unable to end server, HRESULT 0x80070490');
    return 'error';
  }
  kd.console.line('Server told to exit.  Actual exit may be delayed until\nthe next connection attempt.');
  kd.server.end();
  return 'done';
}
