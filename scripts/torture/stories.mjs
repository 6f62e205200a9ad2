import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

const SCENARIOS = [
  'fast',
  'steady-hits',
  'break-swallowed',
  'int3',
  'reboot',
  'flood',
  'split-chunks',
  'foreign-commands',
];
const ENDS = [['SIGINT'], ['SIGTERM'], ['SIGHUP', 'SIGHUP'], ['SIGHUP', 'SIGTERM'], ['SIGTERM', 'SIGTERM', 'SIGTERM']];
const IMPATIENT = [
  ['SIGINT', 'SIGINT'],
  ['SIGINT', 'SIGINT', 'SIGINT', 'SIGINT', 'SIGINT'],
];

/** Sends signals to a command, with a random time between them. */
async function signals(lab, command, names, apartMs = 400) {
  for (const name of names) {
    lab.did(name);
    command.signal(name);
    await lab.while(0, apartMs);
  }
}

/** A moment of a session: while it starts, arms, collects, or some time into it. */
async function someMoment(lab, session) {
  const phase = lab.random.pick(['starting', 'breaking', 'arming', 'collecting', 'collecting', 'collecting']);
  if (!lab.random.chance(0.2)) await lab.phase(phase, session);
  await lab.while(0, phase === 'collecting' ? 2500 : 150);
  lab.did(`in or behind ${phase}`);
}

function stopOrContinue(lab, pid, name) {
  try {
    process.kill(pid, name);
    lab.did(`${name} to ${pid}`);
  } catch {
    // It has ended.
  }
}

/** What people do, and what happens to them. `slow`: it waits out kd's own minute. `net`: it can be told over KDNET as well. */
export const STORIES = {
  signals: {
    async play(lab) {
      const session = lab.session(lab.random.pick(SCENARIOS));
      await someMoment(lab, session);
      await signals(lab, session, lab.random.pick(lab.random.chance(0.6) ? ENDS : IMPATIENT));
      if (!session.exit) session.signal('SIGTERM');
    },
  },
  'closed terminal': {
    async play(lab) {
      const words = ['start', '--tag', 'Ddk', '--pipe', lab.pipe, '--kd', 'sim:fast', '--break', 'connected'];
      const terminal = lab.runAtTerminal(...words);
      await someMoment(lab, terminal);
      lab.did('the terminal is closed');
      terminal.signal('SIGKILL');
      await lab
        .until('the session has ended', () => lab.events().some(({ event }) => event === 'result'), 60_000)
        .catch(() => {});
      // Whoever looks afterwards is told of an orphaned session, if there is one.
      lab.run('rescue', '--pipe', lab.pipe, '--kd', 'sim:fast', '--port', 'com1');
    },
  },
  'killed kd': {
    async play(lab) {
      const session = lab.session(lab.random.pick(SCENARIOS));
      await someMoment(lab, session);
      const pid = lab.kdPid();
      if (pid) stopOrContinue(lab, pid, 'SIGKILL');
      await lab.while(0, 3000);
      await signals(lab, session, ['SIGINT']);
    },
  },
  'stopped and continued': {
    async play(lab) {
      const session = lab.session(lab.random.pick(SCENARIOS));
      await someMoment(lab, session);
      const pid = lab.random.chance(0.5) ? session.child.pid : (lab.kdPid() ?? session.child.pid);
      stopOrContinue(lab, pid, 'SIGSTOP');
      await lab.while(100, 2500);
      if (lab.random.chance(0.4)) lab.run('status');
      await lab.while(0, 500);
      stopOrContinue(lab, pid, 'SIGCONT');
      await lab.while(0, 800);
      await signals(lab, session, lab.random.pick(ENDS));
    },
  },
  'killed session, then rescues': {
    async play(lab) {
      const session = lab.session('fast');
      await lab.phase('collecting', session);
      await lab.while(0, 1500);
      const kd = lab.kdPid();
      lab.did('SIGKILL to the session');
      session.signal('SIGKILL');
      if (kd && lab.random.chance(0.7)) stopOrContinue(lab, kd, 'SIGKILL');
      const words = ['rescue', '--pipe', lab.pipe, '--kd', 'sim:fast', '--port', 'com1'];
      const first = lab.run(...words);
      await lab.while(0, 900);
      const second = lab.random.pick(['rescue', 'stop', 'interrupt', 'nothing', 'terminate']);
      if (second === 'rescue') lab.run(...words);
      else if (second === 'stop') lab.run('stop', '--pipe', lab.pipe);
      else if (second !== 'nothing') await signals(lab, first, [second === 'interrupt' ? 'SIGINT' : 'SIGTERM']);
    },
  },
  viewers: {
    async play(lab) {
      const session = lab.session('fast');
      await lab.phase('collecting', session);
      const viewers = Array.from({ length: lab.random.between(1, 3) }, () =>
        lab.run('attach', '--pipe', lab.pipe, '--kd', 'sim'),
      );
      await lab.while(300, 1200);
      for (const viewer of viewers) {
        const end = lab.random.pick(['SIGKILL', 'SIGINT', 'SIGSTOP']);
        lab.did(`${end} to a viewer`);
        if (end === 'SIGSTOP') setTimeout(() => viewer.signal('SIGCONT'), 1500);
        viewer.signal(end);
        if (end === 'SIGSTOP') setTimeout(() => viewer.signal('SIGINT'), 2500);
      }
      await abuseControl(lab);
      await lab.while(0, 500);
      for (let stop = lab.random.between(1, 4); stop > 0; stop--) lab.run('stop', '--pipe', lab.pipe);
    },
  },
  log: {
    async play(lab) {
      const log = path.join(lab.folder, 'debug.log');
      const trouble = lab.random.pick(['full disk', 'deleted', 'replaced', 'a link', 'a blocked pipe']);
      lab.did(`log: ${trouble}`);
      if (trouble === 'full disk') symlinkSync('/dev/full', log);
      if (trouble === 'a link') symlinkSync(path.join(lab.folder, 'elsewhere.log'), log);
      const blocked = trouble === 'a blocked pipe' ? await lab.blockedPipe(log) : undefined;
      const session = lab.session('fast', '--log', log);
      await lab.phase('collecting', session);
      await lab.while(0, 1000);
      if (trouble === 'deleted') rmSync(log, { force: true });
      if (trouble === 'replaced') {
        rmSync(log, { force: true });
        writeFileSync(log, 'something else\n');
      }
      await lab.while(0, trouble === 'a blocked pipe' ? 6000 : 1000);
      await signals(lab, session, lab.random.pick(ENDS));
      await session.ended;
      blocked?.();
    },
  },
  'two sessions': {
    async play(lab) {
      const one = lab.session('fast');
      await lab.while(0, 1500);
      const other = lab.session('fast');
      await lab.phase('collecting', one);
      await lab.while(0, 1500);
      await signals(lab, one, lab.random.pick(ENDS));
      await signals(lab, other, ['SIGINT']);
    },
  },
  'built-in kd': {
    net: true,
    async play(lab) {
      const arch = lab.random.pick(['x64', 'x86']);
      await lab.target('--arch', arch, '--hits-per-second', '20');
      const session = lab.builtinSession(arch, '--break', 'now');
      await someMoment(lab, session);
      await signals(lab, session, lab.random.pick(ENDS));
    },
  },
  'left while waiting': {
    net: true,
    async play(lab) {
      const arch = lab.random.pick(['x64', 'x86']);
      await lab.target(
        '--arch',
        arch,
        '--state',
        lab.random.pick(['boot', 'running', 'halted']),
        '--hits-per-second',
        '20',
      );
      const session = lab.builtinSession(arch, '--break', 'now');
      await lab.phase('waiting', session);
      await lab.while(0, 4000);
      await signals(lab, session, lab.random.pick(ENDS));
    },
  },
  'noisy line': {
    slow: true,
    async play(lab) {
      const arch = lab.random.pick(['x64', 'x86']);
      const share = lab.random.pick(['0.001', '0.003', '0.01']);
      const fault = `flip=${share},lose=${Number(share) / 10}`;
      await lab.target(
        '--arch',
        arch,
        '--hits-per-second',
        '5',
        '--fault',
        fault,
        '--seed',
        String(lab.random.between(1, 10_000)),
      );
      const session = lab.builtinSession(arch, '--break', 'now');
      await lab.phase('collecting', session, 40_000);
      await lab.while(0, 4000);
      await signals(lab, session, lab.random.pick(ENDS));
    },
  },
  'slow line': {
    slow: true,
    async play(lab) {
      const arch = lab.random.pick(['x64', 'x86']);
      const baud = lab.random.pick(['9600', '19200', '115200']);
      await lab.target('--arch', arch, '--hits-per-second', '1', '--baud', baud);
      const session = lab.builtinSession(arch, '--break', 'now');
      await lab.phase('collecting', session, 60_000);
      await lab.while(0, 4000);
      await signals(lab, session, lab.random.pick(ENDS));
    },
  },
  'cut line': {
    net: true,
    slow: true,
    async play(lab) {
      const arch = lab.random.pick(['x64', 'x86']);
      const line = await lab.target('--arch', arch, '--hits-per-second', '20');
      const session = lab.builtinSession(arch, '--break', 'now', '--max-hits', '30');
      const phase = lab.random.pick(['breaking', 'arming', 'collecting', 'releasing']);
      await lab.phase(phase, session);
      await lab.while(0, 60);
      const how = lab.random.pick(['cut', 'to target', 'to host']);
      lab.did(`in ${phase}, the line: ${how}`);
      if (how === 'cut') line.cut();
      else line.deafen(how);
      if (lab.random.chance(0.5)) {
        await lab.while(500, 6000);
        lab.did('the line is whole again');
        line.heal();
      }
      await lab.while(0, 2000);
      await signals(lab, session, ['SIGTERM']);
    },
  },
  'killed built-in kd': {
    net: true,
    async play(lab) {
      const arch = lab.random.pick(['x64', 'x86']);
      await lab.target('--arch', arch, '--hits-per-second', '20');
      const session = lab.builtinSession(arch, '--break', 'now');
      await lab.phase('collecting', session);
      await lab.while(0, 1000);
      const kd = lab.kdPid();
      const both = lab.random.chance(0.5);
      if (both) session.signal('SIGKILL');
      if (kd) stopOrContinue(lab, kd, 'SIGKILL');
      await lab.while(0, 1500);
      if (both) lab.run('rescue', '--pipe', lab.pipe, '--kd', 'builtin');
      else await signals(lab, session, ['SIGINT']);
    },
  },
};

/** What a bad peer does to a session's control pipe. */
async function abuseControl(lab) {
  const run = lab.events().find(({ event }) => event === 'session')?.run;
  const socket = net.connect(path.join(lab.folder, 'p', `control-${run}`));
  socket.on('error', () => {});
  const deed = lab.random.pick(['malformed', 'unread', 'endless', 'gone']);
  lab.did(`control pipe: ${deed}`);
  if (deed === 'malformed') socket.write('null\n5\n{"do":{"a":1}}\n{"do":"release","reason":{}}\n\xff\n');
  if (deed === 'unread') socket.pause().write('{"do":"watch"}\n'.concat('{"do":"status"}\n'.repeat(500)));
  if (deed === 'endless') socket.write('x'.repeat(2_000_000));
  await lab.while(50, 300);
  socket.destroy();
}
