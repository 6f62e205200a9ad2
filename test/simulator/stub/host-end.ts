import {
  encodeAcknowledge,
  encodeControl,
  encodeData,
  INITIAL_ID,
  PACKET,
  type PacketType,
  SYNC_BIT,
} from '../../../src/kd/wire/packet.js';
import { PacketReader, type Received } from '../../../src/kd/wire/packet-reader.js';
import type { Machine, MachineArchitecture } from '../../../src/simulator/machine/machine.js';
import { type KdVariant, measured } from '../../../src/simulator/stub/kd-variant.js';
import type { PartialStubOptions } from '../../../src/simulator/stub/stub-options.js';
import { TargetStub } from '../../../src/simulator/stub/target-stub.js';
import { VirtualClock } from '../../../src/simulator/stub/virtual-clock.js';
import { FakeMachine } from './fake-machine.js';

export type Data = Extract<Received, { kind: 'data' }>;

export interface BenchOptions {
  readonly architecture?: MachineArchitecture;
  readonly personality?: KdVariant;
  readonly processors?: number;
  readonly stub?: PartialStubOptions;
}

/** A target on a bench, and a hand on the host's end of its cable: sends what a test wants, and writes down what comes. */
export class Bench<M extends Machine = FakeMachine> {
  readonly clock = new VirtualClock();
  readonly machine: M;
  readonly stub: TargetStub;
  /** Everything that came, with its time. */
  readonly log: { readonly at: number; readonly what: Received }[] = [];
  readonly raw: Buffer[] = [];
  readonly #reader = new PacketReader();
  /** Acknowledges data packets by itself. */
  acknowledges = true;
  /** Id of the next request. */
  id = INITIAL_ID;

  /** @param machine another one than the fake */
  constructor(
    { architecture = 'x86', personality = measured, processors = 1, stub = {} }: BenchOptions = {},
    machine?: M,
  ) {
    this.machine = machine ?? (new FakeMachine({ architecture, processors }) as Machine as M);
    this.stub = new TargetStub(this.machine, personality, this.clock, (bytes) => this.#came(bytes), stub);
    this.stub.start();
    this.stub.connect();
  }

  #came(bytes: Buffer): void {
    this.raw.push(bytes);
    for (const what of this.#reader.push(bytes)) {
      this.log.push({ at: this.clock.now(), what });
      if (what.kind !== 'data') continue;
      if (what.id & SYNC_BIT) this.id = INITIAL_ID;
      if (this.acknowledges) this.stub.receive(encodeAcknowledge(what.id));
    }
  }

  get received(): Received[] {
    return this.log.map(({ what }) => what);
  }

  get data(): Data[] {
    return this.received.filter((what) => what.kind === 'data');
  }

  get control(): Extract<Received, { kind: 'control' }>[] {
    return this.received.filter((what) => what.kind === 'control');
  }

  ofType(type: PacketType): Data[] {
    return this.data.filter((packet) => packet.type === type);
  }

  get stops(): Data[] {
    return this.ofType(PACKET.stateChange64);
  }

  get replies(): Data[] {
    return this.ofType(PACKET.stateManipulate);
  }

  get texts(): string[] {
    return this.ofType(PACKET.debugIo).map(({ payload }) =>
      payload.toString('latin1', 16, 16 + payload.readUInt32LE(8)),
    );
  }

  forget(): void {
    this.log.length = 0;
    this.raw.length = 0;
  }

  /** Sends bytes as they are. */
  types(bytes: Uint8Array | string): void {
    this.stub.receive(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  controls(type: PacketType, id = 0): void {
    this.stub.receive(encodeControl(type, id));
  }

  /** Breaks in, and forgets all that came before and with it. */
  breakIn(): Data {
    this.forget();
    this.types('b');
    this.clock.runUntil(() => this.stops.length > 0, 2000);
    const stop = this.stops[0];
    if (!stop) throw new Error('no stop');
    this.clock.advance(1);
    this.forget();
    return stop;
  }

  /** Sends a request with the next id. */
  send(api: number, fill: (header: Buffer) => void = () => undefined, data: Uint8Array = Buffer.alloc(0)): void {
    this.stub.receive(encodeData(PACKET.stateManipulate, this.id, request(api, fill, data)));
    this.id = (this.id ^ 1) >>> 0;
  }

  /** Sends a request, and gives its reply. */
  ask(api: number, fill: (header: Buffer) => void = () => undefined, data: Uint8Array = Buffer.alloc(0)): Reply {
    const before = this.replies.length;
    this.send(api, fill, data);
    if (!this.clock.runUntil(() => this.replies.length > before, 3000))
      throw new Error(`no reply to ${api.toString(16)}`);
    const { payload } = this.replies.at(-1) as Data;
    return { status: payload.readUInt32LE(8), header: payload.subarray(0, 56), data: payload.subarray(56) };
  }

  /** Lets the target go, past its own int3 when it stands at one. */
  go(): void {
    const wide = this.machine.architecture === 'x64';
    const [offset, bytes] = wide ? [0xf8, 8] : [0xb8, 4];
    const pc = this.ask(0x315f, slice(offset, bytes)).data;
    const at = wide ? pc.readBigUInt64LE() : BigInt(pc.readUInt32LE());
    if (this.machine.memory.read(at, 1)[0] === 0xcc) this.setSlice(offset, bytes, at + 1n);
    this.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
    this.clock.advance(1);
  }

  setSlice(offset: number, bytes: number, value: bigint): Reply {
    const data = Buffer.alloc(8);
    data.writeBigUInt64LE(BigInt.asUintN(64, value));
    const whole = (header: Buffer): void => {
      slice(offset, bytes)(header);
      // Where pieces are staged, this one completes the context.
      header.writeUInt32LE(offset + bytes, 24);
    };
    return this.ask(0x3160, whole, data.subarray(0, bytes));
  }

  read(address: bigint, length: number): Reply {
    return this.ask(0x3130, memory(address, length));
  }

  write(address: bigint, bytes: Uint8Array): Reply {
    return this.ask(0x3131, memory(address, bytes.length), bytes);
  }

  breakpoint(address: bigint): number {
    const { status, header } = this.ask(0x3134, (at) => at.writeBigUInt64LE(wireAddress(this, address), 16));
    return status === 0 ? header.readUInt32LE(24) : 0;
  }

  restore(handle: number): number {
    return this.ask(0x3135, (header) => header.writeUInt32LE(handle, 16)).status;
  }
}

export interface Reply {
  readonly status: number;
  readonly header: Buffer;
  readonly data: Buffer;
}

export function request(api: number, fill: (header: Buffer) => void = () => undefined, data?: Uint8Array): Buffer {
  const header = Buffer.alloc(56);
  header.writeUInt32LE(api, 0);
  header.writeUInt32LE(0x103, 8);
  fill(header);
  return data ? Buffer.concat([header, data]) : header;
}

export function slice(offset: number, bytes: number): (header: Buffer) => void {
  return (header) => {
    header.writeUInt32LE(offset, 16);
    header.writeUInt32LE(bytes, 20);
  };
}

export function memory(address: bigint, length: number): (header: Buffer) => void {
  return (header) => {
    header.writeBigUInt64LE(BigInt.asUintN(64, address), 16);
    header.writeUInt32LE(length, 24);
  };
}

function wireAddress(bench: Bench<Machine>, address: bigint): bigint {
  return bench.machine.architecture === 'x64' ? address : BigInt.asUintN(64, BigInt.asIntN(32, address));
}
