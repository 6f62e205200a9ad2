import { spawn } from 'node:child_process';
import { appendFileSync, closeSync, openSync } from 'node:fs';
import type net from 'node:net';
import { encodeFrame, frameReader } from '../platform/pipes/pipe-frames.js';
import { listenPrivately, removePipe } from '../platform/pipes/private-pipe.js';
import { hearCtrlC } from '../platform/windows/console-event.js';
import type { Launch } from './command-line.js';
import { type ChildKd, spawnKd } from './kd-process.js';

/** What a session wants of the supervisor of its kd. */
export interface SupervisorOrders {
  readonly kd: Launch;
  readonly cwd: string;
  /** The session's log: what kd prints after the session has died is appended here. */
  readonly log: string;
  /** What frees the target when the session dies without a word; its output goes to `rescueLog`. */
  readonly rescue: Launch;
  readonly rescueLog: string;
}

const NOBODY_CAME_MS = 30_000;

/**
 * Keeps a kd alive beyond the session that ordered it: holds its input open and drains its output. When the session dies
 * without a word, keeps the log complete and starts the rescue, once. Resolves when kd has ended.
 */
export async function superviseKd(pipe: string): Promise<void> {
  // Without koffi CTRL+BREAK still reaches kd, which is what breaks in.
  if (process.platform === 'win32') await hearCtrlC().catch(() => {});
  const supervisor = new Supervisor();
  const server = await listenPrivately(pipe, (socket) => supervisor.visited(socket));
  const nobody = setTimeout(() => server.close(), NOBODY_CAME_MS);
  await Promise.race([supervisor.hired, new Promise((resolve) => server.once('close', resolve))]);
  clearTimeout(nobody);
  await supervisor.over;
  server.close();
  removePipe(pipe);
}

class Supervisor {
  /** Resolves when a session has given its orders. */
  readonly hired: Promise<void>;
  #hire: () => void = () => {};
  #orders: SupervisorOrders | undefined;
  #kd: ChildKd | undefined;
  #session: net.Socket | undefined;
  readonly #visitors = new Set<net.Socket>();
  #standing: 'served' | 'dismissed' | 'orphaned' = 'served';
  /** Output that the session has not confirmed to be on disk. */
  #unconfirmed: Buffer[] = [];
  #confirmed = 0;

  constructor() {
    this.hired = new Promise((resolve) => {
      this.#hire = resolve;
    });
  }

  /** Resolves when kd is gone, and at once where none was ever ordered. */
  get over(): Promise<unknown> {
    return this.#kd?.exited ?? Promise.resolve();
  }

  /** Somebody has connected: the session with its orders, or an heir that ends kd. */
  visited(socket: net.Socket): void {
    this.#visitors.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#visitors.delete(socket);
      if (socket === this.#session) this.#orphaned();
    });
    socket.on(
      'data',
      frameReader(
        (type, payload) => this.#frame(socket, type, payload),
        () => socket.destroy(),
      ),
    );
  }

  #frame(socket: net.Socket, type: string, payload: Buffer): void {
    if (type === 'S' && !this.#orders) this.#serve(socket, JSON.parse(payload.toString()) as SupervisorOrders);
    else if (type === 'K') this.#kd?.kill();
    else if (socket !== this.#session) return;
    else if (type === 'I') this.#kd?.write(payload);
    else if (type === 'A') this.#confirm(Number(payload.toString()));
    else if (type === 'C') this.#kd?.interrupt((why) => socket.write(encodeFrame('F', why)));
    else if (type === 'B') this.#standing = 'dismissed';
  }

  #serve(socket: net.Socket, orders: SupervisorOrders): void {
    this.#orders = orders;
    this.#session = socket;
    const kd = spawnKd(orders.kd, (chunk) => this.#output(chunk), orders.cwd);
    this.#kd = kd;
    void kd.started.then((pid) => socket.write(encodeFrame('P', String(pid ?? ''))));
    void kd.exited.then((exit) => {
      if (this.#standing === 'served') this.#standing = 'dismissed';
      socket.write(encodeFrame('X', JSON.stringify(exit)));
      for (const visitor of this.#visitors) visitor.end();
    });
    this.#hire();
  }

  #output(chunk: Buffer): void {
    if (this.#standing === 'orphaned') this.#append(chunk);
    if (this.#standing !== 'served') return;
    this.#unconfirmed.push(chunk);
    this.#session?.write(encodeFrame('O', chunk));
  }

  #confirm(bytes: number): void {
    while (this.#unconfirmed[0] && this.#confirmed + this.#unconfirmed[0].length <= bytes)
      this.#confirmed += this.#unconfirmed.shift()?.length ?? 0;
  }

  // The session is gone: not a byte of kd is lost, and the target is not left to its fate.
  #orphaned(): void {
    if (this.#standing !== 'served' || !this.#orders) return;
    this.#standing = 'orphaned';
    for (const chunk of this.#unconfirmed.splice(0)) this.#append(chunk);
    const { rescue, rescueLog, cwd } = this.#orders;
    const output = openSync(rescueLog, 'a');
    spawn(rescue.command, rescue.args, {
      cwd,
      env: { ...process.env, ...rescue.env },
      detached: true,
      windowsHide: true,
      stdio: ['ignore', output, output],
    }).unref();
    closeSync(output);
  }

  #append(chunk: Buffer): void {
    try {
      appendFileSync(this.#orders?.log ?? '', chunk);
    } catch {
      // A full disk: kd's own log has the same, and the rescue does not depend on it.
    }
  }
}
