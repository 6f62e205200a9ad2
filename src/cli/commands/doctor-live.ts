import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import { BREAK_IN_WAYS } from '../../debugger/break-in-ways.js';
import { clientLaunch, type Launch, serverLaunch } from '../../debugger/command-line.js';
import type { KdProgram } from '../../debugger/find-kd.js';
import { type KdProcess, spawnKd } from '../../debugger/kd-process.js';
import { redact } from '../../debugger/redact.js';
import { type ServerName, serverName } from '../../debugger/server-name.js';
import { startSupervisedKd } from '../../debugger/supervised-kd.js';
import { parseTransport } from '../../debugger/transport.js';
import { messageOf } from '../../fault.js';
import { CTRL_B } from '../../kd-text/control-keys.js';
import { processUse } from '../../platform/process-use.js';
import { selfCommand } from '../../platform/self.js';
import { kdProgram } from '../kd-program.js';
import { formatBytes } from '../units.js';

export interface LiveFlags {
  readonly kd?: string;
  readonly port?: string;
  readonly baud?: string | number;
  /** How long kd is watched while nothing is attached, ms. */
  readonly watchMs?: number;
}

interface Step {
  readonly name: string;
  readonly ok: boolean;
  readonly text: string;
}

/** How long anything that should happen at once may take on a slow laptop. */
const PATIENCE_MS = 20_000;

/**
 * Tries on this very host what no simulation can show: that this kd runs without a console of ours, is reached by a
 * client, does not run away, leaves by CTRL+B; with a port also every way of breaking in, on a target that may stand still.
 * @returns whether all of it worked; the report is printed and kept in a file
 */
export async function doctorLive(flags: LiveFlags): Promise<boolean> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug-doctor-'));
  const report: string[] = [`livedebug doctor --live, ${new Date().toISOString()}`, hostLine()];
  const say = (line: string): void => {
    report.push(line);
    process.stdout.write(`${line}\n`);
  };
  process.stdout.write(`${report.join('\n')}\n`);
  const steps = [await trial('kd alone', () => kdAlone(flags, folder, report))];
  const last = steps[0];
  if (last) say(lineOf(last));
  for (const way of flags.port === undefined ? [] : BREAK_IN_WAYS.filter((each) => each !== 'operator')) {
    const step = await trial(`break by ${way}`, () => breakBy(way, flags, folder));
    steps.push(step);
    say(lineOf(step));
  }
  if (flags.port === undefined)
    say('not tried   breaking in: name the port of a target that may be halted, e.g. --port com1 --baud 115200');
  const file = path.join(folder, 'report.txt');
  writeFileSync(file, `${redact(report.join('\n'))}\n`);
  process.stdout.write(`The report, with all that kd said: ${file}\n`);
  return steps.every(({ ok }) => ok);
}

function hostLine(): string {
  return `${os.version()} ${os.release()} ${process.arch}, Node ${process.version}`;
}

function lineOf({ name, ok, text }: Step): string {
  return `${ok ? 'ok    ' : 'FAILED'}      ${name}: ${text}`;
}

async function trial(name: string, run: () => Promise<string>): Promise<Step> {
  try {
    return { name, ok: true, text: await run() };
  } catch (error) {
    return { name, ok: false, text: messageOf(error) };
  }
}

async function kdAlone(flags: LiveFlags, folder: string, report: string[]): Promise<string> {
  const program = await kdProgram(flags.kd);
  const server = serverName(`livedebug-doctor-${process.pid}`);
  // A virtual machine's pipe that nobody opens: kd waits for it as it waits for a target, and needs no port.
  const nobody = `livedebug-nobody-${process.pid}`;
  const pipe = process.platform === 'win32' ? `\\\\.\\pipe\\${nobody}` : path.join(folder, nobody);
  const transport = parseTransport(`pipe:${pipe}`, undefined);
  const kdLog = path.join(folder, 'kd.log');
  const launch = serverLaunch(program, { server, transport, symbolPath: 'srv*', kdLog });
  let said = '';
  const nothing: Launch = { ...selfCommand('--version'), env: {} };
  const orders = { kd: launch, cwd: folder, log: path.join(folder, 'debug.log'), rescue: nothing, rescueLog: kdLog };
  const kd = startSupervisedKd(`keeper-doctor-${process.pid}`, orders, (chunk) => {
    said += chunk.toString('latin1');
  });
  try {
    const pid = await within(kd.started, 'kd did not start');
    if (pid === undefined) throw new Error(`kd could not be started: ${said.trim()}`);
    await until(
      () => /Waiting (?:for pipe|to reconnect)/.test(said),
      kd,
      () => `kd does not wait; it said: ${said}`,
    );
    const growth = await growthOf(pid, flags.watchMs ?? 10_000);
    const client = await clientJoins(program, server, folder);
    return `starts hidden as process ${pid}, waits, ${growth}, ${client}, ${await leaves(kd)}`;
  } finally {
    kd.kill();
    kd.abandon();
    report.push('--- what kd said', said.trimEnd(), '---');
  }
}

async function growthOf(pid: number, ms: number): Promise<string> {
  try {
    const before = await processUse(pid);
    await pause(ms);
    const after = await processUse(pid);
    return `grows by ${formatBytes(Math.max(0, after.bytes - before.bytes))} and ${after.handles - before.handles} handles in ${ms / 1000} s`;
  } catch (error) {
    return `is not watched (${messageOf(error)})`;
  }
}

async function clientJoins(program: KdProgram, server: ServerName, folder: string): Promise<string> {
  let said = '';
  const client = spawnKd(
    clientLaunch(program, server),
    (chunk) => {
      said += chunk.toString('latin1');
    },
    folder,
  );
  try {
    await until(
      () => /connected at|Connected to server/i.test(said),
      client,
      () => `no client can join: ${said}`,
    );
    client.type(CTRL_B);
    await within(client.exited, 'the client did not leave by CTRL+B');
    return 'a client joins and leaves';
  } finally {
    client.kill();
  }
}

async function leaves(kd: KdProcess): Promise<string> {
  kd.type(CTRL_B);
  const { code } = await within(kd.exited, 'kd did not leave by CTRL+B');
  return `and leaves by CTRL+B with exit code ${code}`;
}

/** A whole session with one way only: arms, collects for a moment, releases. */
async function breakBy(way: string, flags: LiveFlags, folder: string): Promise<string> {
  const words = ['start', '--tag', 'Test', '--json', '--break', 'connected', '--wait', '3m', '--for', '3s'];
  const place = ['--break-by', way, '--pipe', `livedebug-doctor-${process.pid}`, '--run-dir', path.join(folder, way)];
  const link = ['--port', flags.port ?? 'com1', ...(flags.baud === undefined ? [] : ['--baud', String(flags.baud)])];
  const { command, args } = selfCommand(...words, ...place, ...link, ...(flags.kd ? ['--kd', flags.kd] : []));
  const { stdout, stderr, exitCode } = await execa(command, args, {
    stdin: 'ignore',
    reject: false,
    windowsHide: true,
  });
  const records = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const at = (event: string): number => Number(records.find((record) => record.event === event)?.mono_ms);
  const result = records.at(-1);
  if (exitCode !== 0 || !records.some((record) => record.event === 'break-proved'))
    throw new Error(`exit code ${exitCode}, ${String(result?.reason ?? stderr.trim())}`);
  return `proved after ${Math.round(at('break-proved') - at('break-sent'))} ms, ${String(result?.hits)} hits, halted for ${String(result?.halted_ms)} ms, target ${String(result?.disposition)}`;
}

function within<Value>(promise: Promise<Value>, failure: string): Promise<Value> {
  const late = pause(PATIENCE_MS, undefined, { ref: false }).then(() => {
    throw new Error(`${failure} within ${PATIENCE_MS / 1000} s`);
  });
  return Promise.race([promise, late]);
}

async function until(holds: () => boolean, kd: KdProcess, failure: () => string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  let ended = false;
  void kd.exited.then(() => {
    ended = true;
  });
  while (!holds()) {
    if (ended || performance.now() > deadline) throw new Error(failure().trim());
    await pause(50);
  }
}
