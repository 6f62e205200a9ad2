import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type FunctionEntry, parseUnwindInfo, readUnwindEntry } from '../../../src/kd/unwind/unwind-info.js';
import { UnwindUnreadable } from '../../../src/kd/unwind/unwind-source.js';
import { unwindFromFile, unwindFromMemory } from '../../../src/kd/unwind/x64-source.js';
import { imageFiles } from '../../../src/simulator/machine/images/catalogue.js';

const REGISTERS = 'RAX RCX RDX RBX RSP RBP RSI RDI R8 R9 R10 R11 R12 R13 R14 R15'.split(' ');
const files = imageFiles('x64').filter(({ pe }) => pe.directory(3).size > 0);
const hasReadobj = spawnSync('llvm-readobj', ['--version']).status === 0;

function source(bytes: Buffer) {
  return unwindFromFile(async (at, length) => bytes.subarray(at, at + length));
}

/** An image as it lies in memory, which `reads` counts. */
function mapped(file: (typeof files)[number]) {
  const { pe } = file;
  const memory = Buffer.alloc(pe.size);
  pe.bytes.copy(memory, 0, 0, pe.headersSize);
  for (const each of pe.sections)
    pe.bytes.copy(memory, each.rva, each.fileOffset, each.fileOffset + Math.min(each.size, each.fileSize));
  return memory;
}

describe.each(files)('$name', (file) => {
  test('every address has the same function by file and by memory, and none else than the table has', async () => {
    const memory = mapped(file);
    const { rva, size } = file.pe.directory(3);
    const byFile = await source(file.pe.bytes);
    const byMemory = unwindFromMemory(async (at, n) => memory.subarray(at, at + n), { rva, size }, file.pe.size);
    const entries = Array.from({ length: size / 12 }, (_, index) => readUnwindEntry(memory, rva + index * 12));
    const places = entries.flatMap(({ begin, end }) => [begin - 1, begin, begin + 1, end - 1, end]);
    for (const place of [0, ...places, file.pe.size - 1]) {
      const expected = entries.find(({ begin, end }) => place >= begin && place < end);
      expect(await byFile?.entry(place)).toEqual(expected);
      expect(await byMemory.entry(place)).toEqual(expected);
      if (expected) expect(await byMemory.info(expected.unwind)).toEqual(await byFile?.info(expected.unwind));
    }
  });

  test.skipIf(!hasReadobj)('functions and codes are those that llvm-readobj reads', async () => {
    const byFile = await source(file.pe.bytes);
    const told = execFileSync('llvm-readobj', ['--unwind', file.file], { encoding: 'utf8' });
    const functions = told.split('RuntimeFunction {').slice(1);
    expect(functions.length).toBe(file.pe.directory(3).size / 12);
    for (const text of functions) {
      const number = (name: string) => Number(new RegExp(`${name}: \\(?(0x[0-9A-F]+|\\d+)`).exec(text)?.[1]);
      const base = Number(file.pe.preferredBase);
      const [begin, end] = [number('StartAddress') - base, number('EndAddress') - base];
      const found = (await byFile?.entry(begin)) as FunctionEntry;
      expect(found).toEqual({ begin, end, unwind: number('UnwindInfoAddress') - base });
      const info = parseUnwindInfo((await byFile?.info(found.unwind)) as Buffer);
      expect(info?.prologueSize).toBe(number('PrologSize'));
      const register = /FrameRegister: (\w+)/.exec(text)?.[1];
      expect(info?.frameRegister).toBe(register === undefined ? 0 : REGISTERS.indexOf(register));
      const lines = [...text.matchAll(/^ +(0x[0-9A-F]+): (.*)$/gm)].map(
        ([, offset, code]) => `${Number(offset)} ${code}`,
      );
      expect(info?.codes.map(asTold)).toEqual(lines.filter((line) => !line.includes('XMM')));
    }

    function asTold(code: NonNullable<ReturnType<typeof parseUnwindInfo>>['codes'][number]): string {
      const { offset } = code;
      if (code.kind === 'push') return `${offset} PUSH_NONVOL reg=${REGISTERS[code.register]}`;
      if (code.kind === 'allocate') return `${offset} ALLOC_${code.bytes > 128 ? 'LARGE' : 'SMALL'} size=${code.bytes}`;
      if (code.kind === 'save')
        return `${offset} SAVE_NONVOL reg=${REGISTERS[code.register]}, offset=0x${code.at.toString(16).toUpperCase()}`;
      if (code.kind === 'machine-frame') return `${offset} PUSH_MACHFRAME errcode=${code.errorCode ? 'yes' : 'no'}`;
      return `${offset} SET_FPREG reg=RBP, offset=0x80`;
    }
  });
});

test('an image without unwind data has no source', async () => {
  const [first] = imageFiles('x86');
  expect(await source(readFileSync(first?.file ?? ''))).toBeUndefined();
  expect(await source(Buffer.alloc(20))).toBeUndefined();
});

describe('a table as large as a kernel has', () => {
  /** 4762 functions, as the kernel measured has: mostly short ones, some very long, gaps of leaves between. */
  const COUNT = 4762;
  const TABLE = 0x10_0000;
  const INFOS = 0x12_0000;
  const SIZE = 0x5_0000 * 12;
  const memory = Buffer.alloc(SIZE);
  const entries: FunctionEntry[] = [];
  let seed = 1;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  for (let at = 0x1000, index = 0; index < COUNT; index++) {
    // .text, then data, then the pageable code.
    at += index === 1700 ? 0x9_0000 : random(4) === 0 ? random(600) : random(12);
    const end = at + 16 + (random(20) === 0 ? random(4000) : random(index < 800 ? 90 : 400));
    const entry = { begin: at, end, unwind: INFOS + index * 12 };
    entries.push(entry);
    [entry.begin, entry.end, entry.unwind].forEach((value, field) => {
      memory.writeUInt32LE(value, TABLE + index * 12 + field * 4);
    });
    memory.set([1, 4, 1, 0, 4, 0x32], entry.unwind);
    at = end;
  }
  const far = (entries.at(-1)?.end ?? 0) + 0x2000;

  function counted() {
    const traffic = { reads: 0, bytes: 0, seen: new Set<number>(), twice: 0 };
    const made = unwindFromMemory(
      async (rva, length) => {
        traffic.reads++;
        traffic.bytes += length;
        if (rva < INFOS)
          for (let at = rva; at < rva + length; at++) {
            if (traffic.seen.has(at)) traffic.twice++;
            traffic.seen.add(at);
          }
        return memory.subarray(rva, rva + length);
      },
      { rva: TABLE, size: COUNT * 12 },
      far,
    );
    return { traffic, made };
  }

  test('a new function costs few requests, and less with every one known', async () => {
    const { traffic, made } = counted();
    const costs: number[] = [];
    for (let index = 0; index < 63; index++) {
      const { begin, end, unwind } = entries[random(COUNT)] as FunctionEntry;
      const before = traffic.reads * 178 + traffic.bytes;
      expect((await made.entry(begin + random(end - begin)))?.unwind).toBe(unwind);
      await made.info(unwind);
      costs.push(traffic.reads * 178 + traffic.bytes - before);
    }
    const mean = costs.reduce((sum, cost) => sum + cost) / costs.length;
    // With 178 bytes for a request and its answer, and the 32 bytes of an UNWIND_INFO; alone, a function takes up to 4000.
    expect(mean).toBeLessThan(900);
    expect(traffic.reads / costs.length).toBeLessThan(3.5);
    expect(traffic.twice).toBe(0);
  });

  test('what has been found costs nothing again, nor do its neighbours', async () => {
    const { traffic, made } = counted();
    const { begin, end, unwind } = entries[2000] as FunctionEntry;
    const found = await made.entry(begin);
    await made.info(unwind);
    const { reads } = traffic;
    expect(await made.entry(end - 1)).toEqual(found);
    await made.info(unwind);
    expect(traffic.reads).toBe(reads);
  });

  test('table and info that cannot be read are said to be so, and asked for again', async () => {
    let there = false;
    const made = unwindFromMemory(
      async (rva, length) => (there ? memory.subarray(rva, rva + length) : Buffer.alloc(0)),
      { rva: TABLE, size: COUNT * 12 },
      far,
    );
    const { begin, unwind } = entries[7] as FunctionEntry;
    await expect(made.entry(begin)).rejects.toThrow(UnwindUnreadable);
    await expect(made.info(unwind)).rejects.toThrow(UnwindUnreadable);
    there = true;
    expect(await made.entry(begin)).toEqual(entries[7]);
    expect(parseUnwindInfo(await made.info(unwind))?.codes).toHaveLength(1);
  });

  test('an entry that stands for another is that other', async () => {
    const copy = Buffer.from(memory);
    const [first, second] = entries as [FunctionEntry, FunctionEntry];
    copy.writeUInt32LE(TABLE + 1, TABLE + 12 + 8);
    const made = unwindFromMemory(
      async (rva, length) => copy.subarray(rva, rva + length),
      { rva: TABLE, size: COUNT * 12 },
      far,
    );
    expect(await made.entry(second.begin)).toEqual(first);
  });
});
