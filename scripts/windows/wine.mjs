// A Wine of our own: a prefix in a folder that is given, every program with a time limit, and nothing left behind.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';

/** What of Wine is missing here, in words; undefined when it can be used. */
export function whyNoWine() {
  if (process.platform === 'win32') return 'this is Windows, and `vitest run` has run all of it';
  if (process.platform !== 'linux' || process.arch !== 'x64') return `it needs Linux on x64, not ${process.platform}`;
  for (const program of ['wine', 'wineserver']) {
    const { error, status } = spawnSync(program, ['--version'], { stdio: 'ignore' });
    if (error || status !== 0) return `there is no usable ${program} (apt-get install wine wine64)`;
  }
  return undefined;
}

export class Wine {
  #prefix;
  #env;
  #signal;

  /** @param {string} prefix folder to be made @param {AbortSignal} signal ends whatever runs */
  constructor(prefix, signal) {
    this.#prefix = prefix;
    this.#signal = signal;
    this.#env = {
      ...process.env,
      WINEPREFIX: prefix,
      WINEARCH: 'win64',
      WINEDEBUG: '-all',
      WINEDLLOVERRIDES: 'mscoree=;mshtml=;winemenubuilder.exe=',
    };
    // A program with a window would wait for somebody to close it.
    delete this.#env.DISPLAY;
    // npm's settings are of this host, with paths that mean nothing there.
    for (const name of Object.keys(this.#env)) if (/^npm_/i.test(name)) delete this.#env[name];
  }

  get driveC() {
    return path.join(this.#prefix, 'drive_c');
  }

  /** Makes the prefix. */
  async create() {
    await this.quietly(['wineboot', '-i'], 120);
    // The default, Windows 7, is too old for Node.
    await this.quietly(['winecfg', '-v', 'win10'], 60);
  }

  /** Runs a Windows program that is expected to succeed, and shows what it printed only if it does not. */
  async quietly(words, limitSeconds) {
    const output = path.join(this.#prefix, '..', 'output.log');
    const status = await this.run(words, { output, limitSeconds });
    if (status !== 0) throw new Error(`wine ${words.join(' ')} ended with ${status}:\n${readFileSync(output, 'utf8')}`);
  }

  /**
   * Runs a Windows program. Its output goes to a file, since node.exe cannot write to a Unix pipe.
   * @returns {Promise<number>} its exit code; -1 when it was killed at its limit
   */
  run(words, { output, limitSeconds, show = false, cwd, env = {} }) {
    const descriptor = openSync(output, 'w');
    // A process group of its own, so that kill reaches all of it.
    const child = spawn('wine', words, {
      stdio: ['ignore', descriptor, descriptor],
      detached: true,
      cwd: cwd ?? path.dirname(output),
      env: { ...this.#env, ...env },
    });
    closeSync(descriptor);
    const showMore = show ? follower(output) : () => {};
    const showing = setInterval(showMore, 200);
    return new Promise((resolve, reject) => {
      const kill = () => killGroup(child.pid);
      const limit = setTimeout(() => {
        process.stderr.write(`windows tier: ${words[0]} had no more than ${limitSeconds} s, and is killed\n`);
        kill();
      }, limitSeconds * 1000);
      this.#signal.addEventListener('abort', kill, { once: true });
      child.once('error', reject);
      child.once('close', (status) => {
        clearTimeout(limit);
        clearInterval(showing);
        this.#signal.removeEventListener('abort', kill);
        showMore();
        if (this.#signal.aborted) reject(this.#signal.reason);
        else resolve(status ?? -1);
      });
    });
  }

  /** Keeps Wine's server up between two programs: its start costs more than that of a program. */
  keepUp() {
    spawnSync('wineserver', ['-p'], { env: this.#env, stdio: 'ignore', timeout: 10_000, killSignal: 'SIGKILL' });
  }

  /** Ends every Windows program of this prefix, and the server. */
  end() {
    for (const option of ['-k', '-w'])
      spawnSync('wineserver', [option], { env: this.#env, stdio: 'ignore', timeout: 20_000, killSignal: 'SIGKILL' });
    // A program that was just being started when its server went away waits for it for ever.
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) this.#endIfOurs(pid);
  }

  #endIfOurs(pid) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
      if (environment.includes(`WINEPREFIX=${this.#prefix}`)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // Somebody else's, or gone by now.
    }
  }
}

export function killGroup(pid) {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Gives a function that copies what a file has more than at the last call to our stdout. */
function follower(file) {
  const descriptor = openSync(file, 'r');
  const buffer = Buffer.alloc(65_536);
  let at = 0;
  return () => {
    for (;;) {
      const size = readSync(descriptor, buffer, 0, buffer.length, at);
      if (size === 0) return;
      at += size;
      process.stdout.write(Buffer.from(buffer.subarray(0, size)));
    }
  };
}
