import { describe, expect, test } from 'vitest';
import { BareCpu, CODE, DATA } from './bare-cpu.js';

const RF = 0x10000;
const TF = 0x100;

function prepared(...code: number[]): BareCpu {
  const bare = new BareCpu(true);
  bare.place(CODE, [...code, 0xf4]);
  bare.cpu.ip = CODE;
  bare.set(6, BigInt(DATA));
  return bare;
}

describe('the trap flag', () => {
  test('stops after each instruction, and is cleared as the handler does', () => {
    const bare = prepared(0xff, 0xc0, 0xff, 0xc0); // inc eax; inc eax
    bare.cpu.setFlags(TF);
    expect(bare.executor.run(10)).toEqual({ kind: 'single-step' });
    expect([bare.cpu.ip, bare.cpu.flags() & TF, bare.debug.dr6]).toEqual([CODE + 2, 0, 0xffff4ff0]);
    expect(bare.executor.run(10).kind).toBe('halt');
    expect(bare.get(0)).toBe(2n);
  });

  test('set by popfq takes effect after the next instruction', () => {
    const bare = prepared(0x68, 0x02, 0x01, 0, 0, 0x9d, 0x90, 0x90);
    expect(bare.executor.run(10)).toEqual({ kind: 'single-step' });
    expect(bare.cpu.ip).toBe(CODE + 7);
  });

  test('comes back from a hlt', () => {
    const bare = prepared();
    bare.cpu.setFlags(TF);
    expect(bare.executor.run(10)).toEqual({ kind: 'single-step' });
    expect(bare.cpu.ip).toBe(CODE + 1);
  });
});

describe('an execution breakpoint', () => {
  function armed(): BareCpu {
    const bare = prepared(0x90, 0xff, 0xc0, 0xff, 0xc0); // nop; inc eax; inc eax
    bare.debug.setAddress(2, CODE + 1);
    bare.debug.dr7 = 0x410;
    return bare;
  }

  test('stops before the instruction, again and again while RF is not set', () => {
    const bare = armed();
    for (let times = 0; times < 3; times++) {
      bare.debug.dr6 = 0xffff0ff0;
      expect(bare.executor.run(10)).toEqual({ kind: 'single-step' });
      expect([bare.cpu.ip, bare.debug.dr6, bare.get(0)]).toEqual([CODE + 1, 0xffff0ff4, 0n]);
    }
  });

  test('lets RF pass once', () => {
    const bare = armed();
    bare.executor.run(10);
    bare.cpu.setFlags(RF);
    expect(bare.executor.run(10).kind).toBe('halt');
    expect([bare.get(0), bare.cpu.flags() & RF]).toEqual([2n, 0]);
    bare.cpu.ip = CODE;
    expect(bare.executor.run(10)).toEqual({ kind: 'single-step' });
  });

  test('does nothing when dr7 does not enable it', () => {
    const bare = armed();
    bare.debug.dr7 = 0x400;
    expect(bare.executor.run(10).kind).toBe('halt');
  });
});

describe('a data breakpoint', () => {
  const STORE = [0x88, 0x46, 0x02, 0x90]; // mov [rsi + 2], al; nop
  const LOAD = [0x8a, 0x46, 0x02, 0x90]; // mov al, [rsi + 2]; nop

  test.each([
    { what: 'a write in a watched word', code: STORE, dr7: 0x000d0401, at: DATA, stops: true },
    { what: 'a write outside it', code: STORE, dr7: 0x00050401, at: DATA, stops: false },
    { what: 'a read of a write watch', code: LOAD, dr7: 0x000d0401, at: DATA, stops: false },
    { what: 'a read of a read-write watch', code: LOAD, dr7: 0x000f0401, at: DATA, stops: true },
  ])('$what: $stops', ({ code, dr7, at, stops }) => {
    const bare = prepared(...code);
    bare.debug.setAddress(0, at);
    bare.debug.dr7 = dr7;
    expect(bare.executor.run(10).kind).toBe(stops ? 'single-step' : 'halt');
    // A trap: the access is done.
    if (stops) expect([bare.cpu.ip, bare.debug.dr6]).toEqual([CODE + 3, 0xffff0ff1]);
  });
});

test('int3 stops at the int3, int 2d at the byte after it', () => {
  const bare = prepared(0x90, 0xcc);
  expect(bare.executor.run(10).kind).toBe('breakpoint');
  expect(bare.cpu.ip).toBe(CODE + 1);
  const service = prepared(0xcd, 0x2d, 0xcc);
  expect(service.executor.run(10).kind).toBe('service');
  expect(service.cpu.ip).toBe(CODE + 2);
});
