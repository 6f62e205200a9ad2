import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, watch } from 'node:fs';
import { type AddressInfo, createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { SerialPort } from 'serialport';
import { mendPoller } from '../../../src/kd/stream/port-poller.js';
import { serialStream } from '../../../src/kd/stream/serial-stream.js';
import { type SocketPlace, socketStream } from '../../../src/kd/stream/socket-stream.js';
import { endProcess } from '../../end-process.js';
import type { OtherEnd, StreamBench } from './stream-contract.js';

/** The far end over Node's streams: all that came there. */
class DuplexEnd implements OtherEnd {
  readonly #duplexes: Duplex[] = [];
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #answers = false;
  #waiters: (() => void)[] = [];

  constructor(readonly go: () => void) {}

  add(duplex: Duplex): void {
    this.#duplexes.push(duplex);
    duplex.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      if (this.#answers) duplex.write('an answer');
      this.#look();
    });
    duplex.on('close', () => {
      this.#duplexes.splice(this.#duplexes.indexOf(duplex), 1);
      this.#look();
    });
    duplex.on('error', () => undefined);
    this.#look();
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Resolves when somebody is there. */
  present(): Promise<void> {
    return this.#when(() => this.#duplexes.length > 0);
  }

  alone(): Promise<void> {
    return this.#when(() => this.#duplexes.length <= 1);
  }

  finish(): void {
    for (const duplex of this.#duplexes) duplex.end();
  }

  answer(): void {
    this.#answers = true;
  }

  until(bytes: number): Promise<void> {
    return this.#when(() => this.#bytes >= bytes);
  }

  write(bytes: Uint8Array): void {
    for (const duplex of this.#duplexes) duplex.write(bytes);
  }

  hold(): void {
    for (const duplex of this.#duplexes) duplex.pause();
  }

  release(): void {
    for (const duplex of this.#duplexes) duplex.resume();
  }

  #when(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(() => {
        if (holds()) resolve();
      });
      this.#look();
    });
  }

  #look(): void {
    for (const waiter of this.#waiters) waiter();
  }
}

/** A socket of a virtual machine: it takes one client after the other. */
export async function socketBench(listen: ListenOptions, greeting?: Uint8Array): Promise<StreamBench> {
  const sockets = new Set<Socket>();
  const end = new DuplexEnd(() => {
    for (const socket of sockets) socket.destroy();
  });
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    if (greeting) socket.write(greeting);
    end.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(listen, () => resolve()));
  const place: SocketPlace =
    listen.path === undefined
      ? { host: listen.host as string, port: (server.address() as AddressInfo).port }
      : { path: listen.path };
  return {
    open: (timers) => socketStream(place, timers),
    other: async () => {
      await end.present();
      return end;
    },
    alone: () => end.alone(),
    close: async () => {
      end.go();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const hasSocat = process.platform !== 'win32' && spawnSync('socat', ['-V'], { stdio: 'ignore' }).status === 0;

/** Two serial ports that are the ends of one cable: pseudo terminals of socat. Their paths have blanks in them. */
export class Cable {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'a cable '));
  readonly ends = [path.join(this.folder, 'end a'), path.join(this.folder, 'end b')] as const;
  #socat: ChildProcess | undefined;

  async plug(): Promise<this> {
    for (const end of this.ends) rmSync(end, { force: true });
    const both = new Promise<void>((resolve) => {
      const watcher = watch(this.folder, () => {
        if (!this.ends.every((end) => existsSync(end))) return;
        watcher.close();
        resolve();
      });
    });
    this.#socat = spawn('socat', [...this.ends.map((end) => `pty,raw,echo=0,link=${end}`)], { stdio: 'ignore' });
    await both;
    return this;
  }

  /** Takes both ports out of the computer. */
  pull(): void {
    this.#socat?.kill('SIGKILL');
  }

  async close(): Promise<void> {
    await endProcess(this.#socat, 'SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** @param pull takes the far end away */
export async function serialBench(
  [ours, theirs]: readonly [string, string],
  greeting: Uint8Array | undefined,
  pull: () => void,
  close: () => void,
): Promise<StreamBench> {
  const far = new SerialPort({ path: theirs, baudRate: 115_200, autoOpen: false });
  await new Promise<void>((resolve, reject) => far.open((error) => (error ? reject(error) : resolve())));
  mendPoller(far, () => undefined);
  return {
    open: (timers) => serialStream(ours, 115_200, timers),
    other: async () => {
      if (greeting) far.write(greeting);
      const end = new DuplexEnd(pull);
      end.add(far);
      return end;
    },
    // A port has one user anyway.
    alone: async () => undefined,
    close: async () => {
      // What nobody has read would hold the port open.
      if (far.isOpen) await new Promise<void>((resolve) => far.flush(() => far.close(() => resolve())));
      close();
    },
  };
}
