import { describe, expect, it } from 'vitest';
import { ShellBench } from './shell-bench.js';

const SPARE = 'A second break-in byte of the last CTRL+C';

/** At a prompt, with one byte more sent than was needed: the cable was out when the first ones went. */
async function twicePressed(architecture: 'x86' | 'x64'): Promise<ShellBench> {
  const kd = new ShellBench({ architecture, stub: { state: 'running', wakes: { worker: 0 } } });
  await kd.clock.advanceAsync(2000);
  kd.stub.cable(false);
  kd.keys.interrupt();
  await kd.clock.advanceAsync(1500);
  kd.stub.cable(true);
  await kd.see(/kd> $/);
  return kd;
}

describe.each(['x86', 'x64'] as const)('a stop soon after a CTRL+C that took several bytes (%s)', (architecture) => {
  it('is passed over when it is the echo of one', async () => {
    const kd = await twicePressed(architecture);
    kd.keys.typed('g');
    await kd.clock.advanceAsync(300);
    kd.stub.receive(Buffer.of(0x62));
    await kd.see(SPARE);
    await kd.clock.advanceAsync(1000);
    expect(kd.stub.books.target.state).toBe('running');
  });

  it('is told when it is a bug check, which stops at the same place', async () => {
    const kd = await twicePressed(architecture);
    kd.keys.typed('g');
    await kd.clock.advanceAsync(300);
    kd.stub.happen({ event: 'bug-check', code: 0x50, parameters: [1n, 2n, 3n, 4n] });
    await kd.see(/Break instruction exception[\s\S]*kd> $/);
    expect(kd.text).not.toContain(SPARE);
    expect(kd.stub.books.stops['bug-check']).toBe(1);
  });

  it('is told when it is an assertion', async () => {
    const kd = await twicePressed(architecture);
    kd.keys.typed('g');
    await kd.clock.advanceAsync(300);
    kd.stub.happen({ event: 'prompt', text: 'a == b', file: 'c.c', line: 1 });
    await kd.see('(boipt)? ');
    kd.keys.typed('o');
    await kd.see(/Break instruction exception[\s\S]*kd> $/);
    expect(kd.text).not.toContain(SPARE);
  });

  it('is told when the target has gone on for longer, however often it has been told to since', async () => {
    const kd = await twicePressed(architecture);
    await kd.command(`bp ${kd.machine.address('nt!MmAllocateSpecialPool')?.toString(16)} ".echo hit;g"`);
    kd.keys.typed('g');
    for (let second = 0; second < 7; second++) {
      kd.stub.happen({ event: 'wake', thread: 'worker', times: 1 });
      await kd.clock.advanceAsync(1000);
    }
    expect(kd.text.match(/^hit$/gm)?.length).toBeGreaterThanOrEqual(5);
    kd.stub.receive(Buffer.of(0x62));
    await kd.see(/Break instruction exception[\s\S]*kd> $/);
    expect(kd.text).not.toContain(SPARE);
  });
});
