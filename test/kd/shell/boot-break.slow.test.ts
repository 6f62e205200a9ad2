import { expect, it } from 'vitest';
import { ShellBench } from './shell-bench.js';

const MOMENTS = Array.from({ length: 24 }, (_, index) => index * 9);

it.each(['x86', 'x64'] as const)('CTRL+C at any moment of a boot ends at a prompt (%s)', async (architecture) => {
  for (const ms of MOMENTS) {
    const kd = new ShellBench({ architecture, stub: { state: 'boot', wakes: {}, baud: 115_200 } });
    await kd.see('connection established');
    await kd.clock.advanceAsync(ms);
    kd.keys.interrupt();
    await kd.see('kd> ', 60_000);
    expect(kd.stub.books.target.state).toBe('halted');
    expect(await kd.leave()).toBe(0);
    expect(kd.machine.damages).toEqual([]);
  }
});
