import { spawn } from 'node:child_process';
import type net from 'node:net';
import { encodeFrame, frameReader, type SupervisorFrame } from '../platform/pipes/pipe-frames.js';
import { awaitPipe, connectPipe } from '../platform/pipes/private-pipe.js';
import { selfCommand } from '../platform/self.js';
import { type KdExit, type KdProcess, type OnOutput, typed } from './kd-process.js';
import type { SupervisorOrders } from './supervisor.js';

const SUPERVISOR_LIMIT_MS = 60_000;

/**
 * Starts kd under a supervisor, which outlives this program and frees the target when this program dies.
 * What is typed before the supervisor stands waits for it.
 * @param pipe name of the supervisor's pipe, for this session and for those who come after it
 */
export function startSupervisedKd(pipe: string, orders: SupervisorOrders, onOutput: OnOutput): KdProcess {
  const link = new SupervisorLink(pipe, orders, onOutput);
  return {
    started: link.started,
    exited: link.exited,
    type: (...lines) => link.send('I', typed(lines)),
    interrupt: (onFailed) => link.interrupt(onFailed),
    kill: () => link.send('K'),
    abandon: () => link.leave(),
  };
}

/** Ends the kd of an orphaned session through its supervisor. @returns false where no supervisor answers */
export async function endSupervisedKd(pipe: string): Promise<boolean> {
  const socket = await connectPipe(pipe);
  if (!socket) return false;
  socket.write(encodeFrame('K'));
  await new Promise((resolve) => socket.once('close', resolve).resume());
  return true;
}

class SupervisorLink {
  readonly started: Promise<number | undefined>;
  readonly exited: Promise<KdExit>;
  #start: (pid: number | undefined) => void = () => {};
  #exit: (exit: KdExit) => void = () => {};
  #socket: net.Socket | undefined;
  #waiting: Buffer[] = [];
  #received = 0;
  #interruptFailed: (why: string) => void = () => {};

  constructor(
    pipe: string,
    orders: SupervisorOrders,
    private readonly onOutput: OnOutput,
  ) {
    this.started = new Promise((resolve) => {
      this.#start = resolve;
    });
    this.exited = new Promise((resolve) => {
      this.#exit = resolve;
    });
    const { command, args } = selfCommand('internal', 'launch-supervisor', pipe);
    const launcher = spawn(command, args, { windowsHide: true, stdio: 'ignore' });
    launcher.once('error', (error) => this.#failed(error.message));
    void awaitPipe(pipe, SUPERVISOR_LIMIT_MS).then((socket) => {
      if (socket) this.#connected(socket, orders);
      else this.#failed('the supervisor of kd did not start');
    });
  }

  send(type: SupervisorFrame, payload: string | Buffer = ''): void {
    const frame = encodeFrame(type, payload);
    if (!this.#socket) this.#waiting.push(frame);
    else if (this.#socket.writable) this.#socket.write(frame);
  }

  // The supervisor's helper belongs to kd's process group, which not every console event reaches from outside.
  interrupt(onFailed: (why: string) => void): void {
    this.#interruptFailed = onFailed;
    this.send('C');
  }

  /** Without this word the supervisor takes the end of the connection for a death. */
  leave(): void {
    this.send('B');
    this.#socket?.end();
    this.#socket?.unref();
  }

  #connected(socket: net.Socket, orders: SupervisorOrders): void {
    this.#socket = socket;
    socket.on(
      'data',
      frameReader(
        (type, payload) => this.#frame(type, payload),
        () => socket.destroy(),
      ),
    );
    // After kd's end this changes nothing any more: a promise is settled once.
    socket.once('close', () => this.#exit({ code: undefined, signal: 'its supervisor is gone' }));
    socket.write(encodeFrame('S', JSON.stringify(orders)));
    for (const frame of this.#waiting.splice(0)) socket.write(frame);
  }

  #frame(type: string, payload: Buffer): void {
    if (type === 'P') this.#start(payload.length === 0 ? undefined : Number(payload.toString()));
    else if (type === 'F') this.#interruptFailed(payload.toString());
    else if (type === 'X') this.#exit(JSON.parse(payload.toString()) as KdExit);
    else if (type === 'O') {
      void this.#take(payload);
    }
  }

  async #take(payload: Buffer): Promise<void> {
    await this.onOutput(payload);
    this.#received += payload.length;
    this.send('A', String(this.#received));
  }

  #failed(why: string): void {
    void this.onOutput(Buffer.from(`${why}\n`));
    this.#start(undefined);
    this.#exit({ code: undefined, signal: undefined });
  }
}
