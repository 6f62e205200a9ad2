import type { Machine } from '../../../src/simulator/machine/machine.js';

export interface Registers {
  readonly pc: bigint;
  /** The pc is where something was interrupted, not a return address. */
  readonly exact: boolean;
  /** rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15. */
  readonly values: readonly bigint[];
}

const RSP = 4;

/** One step of unwinding by RUNTIME_FUNCTION and UNWIND_INFO as they lie in the machine's memory; not for epilogues. */
export function callerOf(machine: Machine, { pc, exact, values }: Registers): Registers {
  const registers = [...values];
  const quad = (at: bigint) => {
    const bytes = machine.memory.read(at, 8);
    if (bytes.length < 8) throw new Error(`no memory at ${at.toString(16)}`);
    return bytes.readBigUInt64LE();
  };
  const rsp = () => registers[RSP] as bigint;
  const found = functionAt(machine, exact ? pc : pc - 1n);
  if (!found) return { pc: quad(rsp()), exact: false, values: registers.with(RSP, rsp() + 8n) };
  const info = machine.memory.read(found.info, 4 + 512);
  const [, prologue = 0, count = 0, frame = 0] = info;
  const offset = Number(pc - found.begin);
  const codes = Array.from({ length: count }, (_, index) => info.readUInt16LE(4 + index * 2));
  // With a frame register set, saved registers are relative to it; else to rsp once all is allocated.
  const settled = (frame & 15) !== 0 && offset >= prologue;
  if (settled) registers[RSP] = (registers[frame & 15] as bigint) - BigInt((frame >> 4) * 16);
  let machineFrame: bigint | undefined;
  for (let index = 0; index < codes.length; ) {
    const code = codes[index] as number;
    const operation = (code >> 8) & 15;
    const argument = code >> 12;
    const done = (code & 0xff) <= offset;
    const next = (ahead: number) => codes[index + ahead] as number;
    let used = 1;
    let add = 0n;
    if (operation === 0) {
      if (done) registers[argument] = quad(rsp());
      add = 8n;
    } else if (operation === 1) {
      used = argument === 0 ? 2 : 3;
      add = argument === 0 ? BigInt(next(1) * 8) : BigInt(next(1) + next(2) * 65536);
    } else if (operation === 2) {
      add = BigInt(argument * 8 + 8);
    } else if (operation === 4) {
      if (done) registers[argument] = quad(rsp() + BigInt(next(1) * 8));
      used = 2;
    } else if (operation === 10) {
      machineFrame = rsp() + (argument === 1 ? 8n : 0n);
    } else if (operation !== 3) {
      throw new Error(`unwind operation ${operation} is none that the images use`);
    }
    if (done) registers[RSP] = rsp() + add;
    index += used;
  }
  if (machineFrame !== undefined)
    return { pc: quad(machineFrame), exact: true, values: registers.with(RSP, quad(machineFrame + 24n)) };
  return { pc: quad(rsp()), exact: false, values: registers.with(RSP, rsp() + 8n) };
}

function functionAt(machine: Machine, pc: bigint): { readonly begin: bigint; readonly info: bigint } | undefined {
  const image = machine.images.find(({ base, size }) => pc >= base && pc < base + BigInt(size));
  if (!image) throw new Error(`${pc.toString(16)} is in no image`);
  const header = image.base + BigInt(machine.memory.read(image.base + 0x3cn, 4).readUInt32LE());
  const directory = machine.memory.read(header + 24n + 112n + 24n, 8);
  const table = machine.memory.read(image.base + BigInt(directory.readUInt32LE(0)), directory.readUInt32LE(4));
  const rva = Number(pc - image.base);
  for (let at = 0; at < table.length; at += 12)
    if (rva >= table.readUInt32LE(at) && rva < table.readUInt32LE(at + 4))
      return {
        begin: image.base + BigInt(table.readUInt32LE(at)),
        info: image.base + BigInt(table.readUInt32LE(at + 8)),
      };
  return undefined;
}
