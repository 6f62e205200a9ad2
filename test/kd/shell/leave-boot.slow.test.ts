import { expect, it } from 'vitest';
import { measured, windows } from '../../../src/simulator/stub/kd-variant.js';
import { ShellBench } from './shell-bench.js';

/** Seconds of a boot at which somebody has had enough of waiting. */
const MOMENTS = Array.from({ length: 14 }, (_, index) => index * 340 + 60);

it.each(
  [9600, 19_200, 115_200].flatMap((baud) =>
    (['x86', 'x64'] as const).flatMap((architecture) =>
      [measured, windows].map((personality) => ({ baud, architecture, personality })),
    ),
  ),
)('follows a target that boots until it runs ($baud $architecture $personality.name)', async (given) => {
  const { baud, architecture, personality } = given;
  for (const ms of MOMENTS) {
    const kd = new ShellBench({
      architecture,
      personality,
      bytesPerSecond: baud / 10,
      stub: { state: 'boot', baud, boot: { printsPerDriver: 0, driverMs: 700 } },
    });
    await kd.clock.advanceAsync(ms);
    const code = await kd.leave();
    const { state } = kd.stub.books.target;
    expect([0, 20], kd.text).toContain(code);
    if (code === 0) expect(state, `${ms} ms: ${kd.text}`).not.toBe('halted');
    // A boot of this length is over before patience is.
    expect(code, `${ms} ms: ${kd.text}`).toBe(0);
    if (kd.stub.books.requests > 0) expect(state, `${ms} ms: ${kd.text}`).toBe('running');
    await kd.clock.advanceAsync(60_000);
    expect(kd.stub.books.target.state).toBe('running');
  }
});

it('says of one that boots for longer than anybody waits that it may stand still', async () => {
  const kd = new ShellBench({
    stub: { state: 'boot', boot: { driverMs: 4900, printsPerDriver: 0 } },
  });
  await kd.see('connection established');
  const code = await kd.leave();
  if (code === 20) expect(kd.text).toContain('THE TARGET MAY STAND STILL');
  else expect(kd.stub.books.target.state).toBe('running');
});

it('does not ask a target to stop that is being left, whatever was to be asked later', async () => {
  const kd = new ShellBench({ args: ['-b'], stub: { state: 'running' } });
  await kd.clock.advanceAsync(500);
  expect(await kd.leave()).toBe(0);
  expect(kd.stub.books.breaks).toBe(0);
});
