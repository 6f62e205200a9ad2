import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Datagrams, freePort } from './datagrams.mjs';
import { Line } from './line.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = path.join(ROOT, 'dist/main.js');
const LOOK_MS = 10;
/** Longer than kd's own minute for a release, and what a session and a rescue add to it. */
export const LIMIT_MS = 150_000;

/** One command of the product that somebody runs: what it said, and how it ended. */
class Command {
  err = '';
  out = '';
  /** Ended by one of our own SIGKILLs: it could say nothing. */
  killed = false;
  exit;

  constructor(words, options) {
    this.words = words;
    this.child = spawn(options.command ?? process.execPath, options.args ?? [MAIN, ...words], {
      env: options.env,
      cwd: options.cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stderr.on('data', (text) => {
      this.err += text;
    });
    this.child.stdout.on('data', (text) => {
      this.out += text;
    });
    this.ended = new Promise((resolve) => {
      this.child.on('exit', (code, signal) => {
        this.exit = { code, signal };
        resolve(this.exit);
      });
    });
  }

  signal(name) {
    if (this.exit) return;
    if (name === 'SIGKILL') this.killed = true;
    try {
      process.kill(this.child.pid, name);
    } catch {
      // It has just ended.
    }
  }
}

/** The place of one story: its folder, its processes, its target. */
export class Lab {
  /** What was done, for whoever reads of a violation. */
  deeds = [];
  commands = [];
  pipe = 'torture';
  #targets = [];
  #lines = [];

  /** @param net the built-in kd's targets are on a network */
  constructor(name, random, net = false) {
    this.random = random;
    this.net = net;
    this.folder = mkdtempSync(path.join(os.tmpdir(), `torture-${name}-`));
    mkdirSync(path.join(this.folder, 'p'), { mode: 0o700 });
    this.books = path.join(this.folder, 'books.json');
    const own = Object.entries(process.env).filter(([key]) => !key.startsWith('LIVEDEBUG'));
    this.env = {
      ...Object.fromEntries(own),
      LIVEDEBUG_HOME: path.join(this.folder, 'home'),
      LIVEDEBUG_PIPE_DIR: path.join(this.folder, 'p'),
      LIVEDEBUG_SIM_BOOKS: this.books,
      NO_COLOR: '1',
      TORTURE: this.folder,
    };
  }

  did(what) {
    this.deeds.push(what);
  }

  /** Runs a command of the product. */
  run(...words) {
    this.did(`livedebug ${words.join(' ').replaceAll(this.folder, '.')}`);
    const command = new Command(words, { env: this.env, cwd: this.folder });
    this.commands.push(command);
    return command;
  }

  /** Runs a command at a terminal of its own; ending what is returned closes the terminal. */
  runAtTerminal(...words) {
    this.did(`at a terminal: livedebug ${words.join(' ')}`);
    const line = [process.execPath, MAIN, ...words].map((word) => `'${word}'`).join(' ');
    const exit = path.join(this.folder, 'exit');
    const command = new Command(words, {
      env: this.env,
      cwd: this.folder,
      command: 'script',
      args: ['-qec', `${line}; echo $? > '${exit}'`, '/dev/null'],
    });
    command.terminal = true;
    this.commands.push(command);
    return command;
  }

  /** A session on a simulated kd. */
  session(scenario, ...words) {
    const all = [
      'start',
      '--tag',
      'Ddk',
      '--pipe',
      this.pipe,
      '--kd',
      `sim:${scenario}`,
      '--break',
      'connected',
      ...words,
    ];
    return this.run(...all);
  }

  /** A simulated target behind a line, as the built-in kd's port. */
  async target(...words) {
    if (this.net) return this.#netTarget(words);
    const socket = path.join(this.folder, 'vm');
    const all = ['simulate', 'target', '--listen', `unix:${socket}`, '--books', this.books, ...words];
    this.did(`livedebug ${all.slice(4).join(' ').replaceAll(this.folder, '.')}`);
    const target = new Command(all, { env: this.env, cwd: this.folder });
    this.#targets.push(target);
    await this.until('the target listens', () => existsSync(socket));
    const line = new Line(path.join(this.folder, 'line'), socket);
    this.#lines.push(line);
    await line.listening;
    return line;
  }

  /** A simulated target that asks for its host by KDNET, through a network that can be cut. */
  async #netTarget(words) {
    const line = new Datagrams();
    this.#lines.push(line);
    this.port = `net:port=${await freePort()}`;
    const place = await line.listen(Number(this.port.slice('net:port='.length)));
    this.env.LIVEDEBUG_KDNET = 'key=1.2.3.4';
    const all = [
      'simulate',
      'target',
      '--listen',
      `net:port=${place}`,
      '--connect',
      '127.0.0.1',
      '--books',
      this.books,
    ];
    this.did(`livedebug ${[...all, ...words].slice(4).join(' ').replaceAll(this.folder, '.')}`);
    const target = new Command([...all, ...words], { env: this.env, cwd: this.folder });
    this.#targets.push(target);
    await this.until('the target asks', () => target.err.includes('asks UDP'));
    return line;
  }

  builtinSession(arch, ...words) {
    const symbols = path.join(ROOT, 'fixtures/images', arch);
    const port = this.port ?? `pipe:${path.join(this.folder, 'line')}`;
    const all = ['start', '--tag', 'Ddk', '--pipe', this.pipe, '--kd', 'builtin', '--port', port, '--symbols', symbols];
    return this.run(...all, ...words);
  }

  /** A pipe that is read by nobody, and full before long. @returns what ends that */
  async blockedPipe(place) {
    spawnSync('mkfifo', [place]);
    const reader = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK);
    return () => closeSync(reader);
  }

  /** The events of the sessions so far, oldest first. */
  events() {
    const runs = path.join(this.folder, 'home/runs');
    if (!existsSync(runs)) return [];
    return readdirSync(runs)
      .sort()
      .flatMap((run) => {
        const file = path.join(runs, run, 'events.ndjson');
        if (!existsSync(file)) return [];
        return readFileSync(file, 'utf8')
          .split('\n')
          .flatMap((line) => {
            try {
              return [JSON.parse(line)];
            } catch {
              return [];
            }
          });
      });
  }

  kdPid() {
    return this.events().findLast(({ event, pid }) => event === 'kd-started' && pid)?.pid;
  }

  /** Waits until a session is in that phase, or a command has ended. @returns whether it is */
  async phase(phase, command, limitMs = 20_000) {
    const until = performance.now() + limitMs;
    while (performance.now() < until && !command.exit) {
      if (this.events().some((each) => each.event === 'phase' && each.phase === phase)) return true;
      await pause(LOOK_MS);
    }
    return false;
  }

  /** Waits a random time, as much of it as matters. */
  async while(low, high) {
    await pause(this.random.between(low, high));
  }

  async until(what, holds, limitMs = 20_000) {
    const until = performance.now() + limitMs;
    while (!holds()) {
      if (performance.now() > until) throw new Error(`it never came to this: ${what}`);
      await pause(LOOK_MS);
    }
  }

  /** Waits for the end of every command; one that does not end is told of as hanging. @returns the books at the end */
  async settle() {
    const late = pause(LIMIT_MS, 'late', { ref: false });
    for (const command of this.commands) {
      if ((await Promise.race([command.ended, late])) === 'late') command.hangs = true;
    }
    for (const line of this.#lines) line.heal();
    // A terminal that was closed does not wait for what ran in it.
    await this.until('what ran at a closed terminal has ended', () => this.#sessions().length === 0, LIMIT_MS);
    return this.readBooks();
  }

  readBooks() {
    try {
      return JSON.parse(readFileSync(this.books, 'utf8'));
    } catch {
      return undefined;
    }
  }

  #processes() {
    return readdirSync('/proc').filter((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`TORTURE=${this.folder}\0`);
      } catch {
        return false;
      }
    });
  }

  #sessions() {
    return this.#processes().filter((pid) => {
      try {
        return /\0(?:start|attach|rescue)\0/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
      } catch {
        return false;
      }
    });
  }

  async end(keep) {
    for (const pid of this.#processes()) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It has just ended.
      }
    }
    for (const line of this.#lines) line.end();
    if (keep) return;
    await this.until('its processes are gone', () => this.#processes().length === 0).catch(() => {});
    rmSync(this.folder, { recursive: true, force: true });
  }
}
