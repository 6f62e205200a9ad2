import { readFileSync } from 'node:fs';
import { byteSource } from '../../../src/kd/symbols/bytes.js';
import { type FrameTable, frameAt, makeFrameTable } from '../../../src/kd/symbols/pdb/frame-table.js';
import { readPdb } from '../../../src/kd/symbols/pdb/pdb.js';
import type { Frame } from '../../../src/kd/unwind/frame.js';
import { StackReader } from '../../../src/kd/unwind/read-stack.js';
import { StackSizes } from '../../../src/kd/unwind/stack-sizes.js';
import type { UnwindSource } from '../../../src/kd/unwind/unwind-source.js';
import { type ModuleAt, walkX64 } from '../../../src/kd/unwind/x64.js';
import { unwindFromFile, unwindFromMemory } from '../../../src/kd/unwind/x64-source.js';
import { walkX86 } from '../../../src/kd/unwind/x86.js';
import type { Code86 } from '../../../src/kd/unwind/x86-state.js';
import type { LoadedImage, Machine, Processor } from '../../../src/simulator/machine/machine.js';
import { imageAt, nameOf } from '../../simulator/machine/stack.js';

export const LIMIT = 64;
const ORDER = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'];
export const GENERAL = [...ORDER, ...Array.from({ length: 8 }, (_, index) => `r${index + 8}`)];

/** What was asked of the target: how often, and how much came. */
export class Traffic {
  reads = 0;
  bytes = 0;

  constructor(private readonly machine: Machine) {}

  readonly read = async (address: bigint, length: number): Promise<Buffer> => {
    this.reads++;
    const bytes = this.machine.memory.read(address, length);
    this.bytes += bytes.length;
    return bytes;
  };
}

export type SourceOf = (image: LoadedImage) => Promise<UnwindSource | undefined>;

export function fromFile(image: LoadedImage): Promise<UnwindSource | undefined> {
  const bytes = readFileSync(image.file);
  return unwindFromFile(async (at, length) => bytes.subarray(at, at + length));
}

/** From the machine's memory; `traffic` counts what it takes. */
export function fromMemory(machine: Machine, traffic: Traffic): SourceOf {
  return async ({ base, size }) => {
    const header = base + BigInt(machine.memory.read(base + 0x3cn, 4).readUInt32LE());
    const directory = machine.memory.read(header + 24n + 112n + 24n, 8);
    const place = { rva: directory.readUInt32LE(0), size: directory.readUInt32LE(4) };
    return unwindFromMemory((rva, length) => traffic.read(base + BigInt(rva), length), place, size);
  };
}

export function modulesOf(machine: Machine, sourceOf: SourceOf): ModuleAt {
  const known = new Map<bigint, Promise<UnwindSource | undefined>>();
  return async (address) => {
    const image = imageAt(machine, address);
    if (!image) return undefined;
    const source = known.get(image.base) ?? sourceOf(image);
    known.set(image.base, source);
    return { base: image.base, unwind: await source };
  };
}

export interface Walking {
  readonly limit?: number;
  readonly user?: boolean;
  readonly sizes?: StackSizes;
  readonly traffic?: Traffic;
}

export async function walk64(
  machine: Machine,
  processor: Processor,
  moduleAt: ModuleAt,
  { limit = LIMIT, user = true, sizes = new StackSizes(2048), traffic = new Traffic(machine) }: Walking = {},
): Promise<Frame[]> {
  const rip = processor.get('rip');
  const stack = new StackReader(traffic.read, sizes, rip, processor.get('rsp'));
  const frames = await walkX64({ rip, gp: GENERAL.map((name) => processor.get(name)) }, stack, moduleAt, {
    limit,
    user,
  });
  stack.finish();
  return frames;
}

export function namesOf(machine: Machine, frames: readonly Frame[]): string[] {
  return frames.map(({ pc, exact }) => nameOf(machine, exact ? pc : pc - 1n));
}

/** What the images' PDBs say, or nothing of it; symbols are there in both cases. */
export function codeOf(machine: Machine, records: boolean): Code86 {
  const tables = new Map<string, FrameTable>();
  return {
    async recordAt(pc) {
      const image = records ? imageAt(machine, pc) : undefined;
      if (!image) return undefined;
      const table =
        tables.get(image.pdb) ?? makeFrameTable((await readPdb(byteSource(readFileSync(image.pdb)))).frames);
      tables.set(image.pdb, table);
      const rva = Number(pc - image.base);
      const record = frameAt(table, rva);
      return record && { record, offset: rva - record.rva };
    },
    isCode: async (address) => imageAt(machine, address) !== undefined,
    bytes: async (address, length) => machine.memory.read(address, length),
    isStart: async (address) => nameOf(machine, address) !== nameOf(machine, address - 1n),
    isKnown: async () => true,
  };
}

export async function walk32(
  machine: Machine,
  processor: Processor,
  code: Code86,
  { limit = LIMIT, user = true, sizes = new StackSizes(1024), traffic = new Traffic(machine) }: Walking = {},
): Promise<Frame[]> {
  const [eip, esp, ebp] = ['eip', 'esp', 'ebp'].map((name) => processor.get(name)) as [bigint, bigint, bigint];
  const [ebx, esi, edi] = ['ebx', 'esi', 'edi'].map((name) => processor.get(name)) as [bigint, bigint, bigint];
  const stack = new StackReader(traffic.read, sizes, eip, esp);
  const frames = await walkX86({ eip, esp, ebp, ebx, esi, edi }, stack, code, { limit, user });
  stack.finish();
  return frames;
}
