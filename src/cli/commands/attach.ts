import type { Command } from 'commander';
import { clientLaunch } from '../../debugger/command-line.js';
import { isHere } from '../../debugger/server-name.js';
import { joinedServer } from '../../debugger/server-text.js';
import { LiveSession } from '../../session/live-session.js';
import { createRunDirectory } from '../../session/run-directory.js';
import { knownSessions, liveSession } from '../../session/sessions.js';
import { kdProgram } from '../kd-program.js';
import { addSessionOptions, type SessionFlags } from '../session/options.js';
import { planOf } from '../session/plan.js';
import { runSession } from '../session/run.js';
import { SESSION_SETTINGS } from '../session/settings.js';
import { view } from '../session/viewer.js';
import { withSettings } from '../settings.js';
import { printText } from '../terminal-text.js';
import { byteSize } from '../units.js';

interface AttachFlags extends SessionFlags {
  readonly server?: string;
  readonly tail?: boolean;
}

const EXAMPLES = `
Examples:
  livedebug attach                                 watch the session that is alive here
  livedebug attach --server LAPTOP7                take over a debugging server on another host
  livedebug attach --server "npipe:Pipe=livedebug,Server=LAB7"
  livedebug attach --pipe livedebug --max-hits 100 --break connected
`;

export function define(program: Command): void {
  const command = program
    .command('attach')
    .description('join a session: watch one of ours, or take over any debugging server')
    .option(
      '--server <host>',
      'host of the debugging server (default: this one), or what kd prints for its clients: npipe:Pipe=…,Server=…',
    )
    .option('--tag <tag>', 'the pool tag, for names and reports')
    .option('--no-tail', 'status only, without kd’s output')
    .addHelpText('after', EXAMPLES);
  addSessionOptions(command).action(async (flags: AttachFlags) => {
    process.exitCode = await attach(flags);
  });
}

async function attach(given: AttachFlags): Promise<number> {
  const flags = await withSettings(given, SESSION_SETTINGS);
  const server = joinedServer(flags);
  const ours = isHere(server) ? liveSession(server.pipe) : undefined;
  if (ours) return view(ours.record, flags.json === true, flags.tail !== false);
  const program = await kdProgram(flags.kd);
  // Whoever is at the other end did not ask for a break-in: it takes an Enter, or an explicit --break.
  const takesOver = isHere(server) && knownSessions().some(({ record }) => record.pipe === server.pipe);
  const plan = {
    ...planOf({ ...flags, break: flags.break ?? (flags.yes ? 'connected' : 'enter') }, 'collect', {
      joined: true,
      kd: program.kind,
    }),
    takesOver,
  };
  if (flags.haltBudget !== undefined)
    printText('--halt-budget is kept by the session that starts kd (livedebug start), and not by this one.');
  const place = createRunDirectory(plan.tag.text || server.pipe, new Date(), flags.runDir, flags.log);
  printText(`Joining the debugging server "${server.pipe}" on ${server.host} with ${program.command}.`);
  const session = new LiveSession({
    place,
    plan,
    program,
    server,
    launch: clientLaunch(program, server),
    ...(flags.logMax !== undefined && { logMaxBytes: byteSize(String(flags.logMax)) }),
  });
  return Number((await runSession(session, flags.json === true)).exit_code);
}
