import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/simulator/random.js';
import { measured, windows } from '../../../src/simulator/stub/kd-variant.js';
import { noLineFaults } from '../../../src/simulator/stub/line/faults.js';
import { KdBench } from '../kd-bench.js';

const targets = [
  { architecture: 'x86', personality: measured, seed: 1 },
  { architecture: 'x64', personality: measured, seed: 2 },
  { architecture: 'x86', personality: windows, seed: 3 },
  { architecture: 'x64', personality: windows, seed: 4 },
] as const;
const third = 0.01 / 3;
const faults = { ...noLineFaults, lose: third, double: third, flip: third };

describe('a line that loses, doubles and flips 1 % of its bytes', () => {
  it.each(targets)(
    'gives 2,500 right answers ($personality.name $architecture)',
    async ({ architecture, personality, seed }) => {
      const kd = new KdBench({
        architecture,
        personality,
        stub: { state: 'running', seed, faults: { toTarget: faults, toHost: faults, staleId: 0, replyDelayMs: 0 } },
      });
      await kd.attach();
      expect(await kd.breakIn()).toBe(true);
      const random = createRandom(seed);
      const { base, size } = kd.machine.images[0] as { base: bigint; size: number };
      for (let request = 0; request < 2500; request++) {
        const address = base + BigInt(Math.floor(random() * (size - 64)));
        const length = 1 + Math.floor(random() * 48);
        kd.known.memory.resumed();
        const bytes = await kd.settle(kd.known.memory.read(address, length));
        expect(bytes.toString('hex')).toBe(kd.machine.memory.read(address, length).toString('hex'));
      }
      const { retransmissions, bad } = kd.link.statistics;
      expect(retransmissions + bad).toBeGreaterThan(1000);
    },
    120_000,
  );
});

describe('a line that damages 0.3 % of its bytes', () => {
  const flips = { ...noLineFaults, flip: 0.003 };
  const LENGTH = 2321;

  it.each(targets)(
    'gives long reads in parts that get through ($personality.name $architecture)',
    async ({ architecture, personality, seed }) => {
      const more = {
        faults: { toTarget: flips, toHost: flips, staleId: 0, replyDelayMs: 0 },
        state: 'running' as const,
      };
      for (let round = 0; round < 8; round++) {
        const kd = new KdBench({ architecture, personality, stub: { ...more, seed: seed + round * 4 } });
        await kd.attach();
        expect(await kd.breakIn()).toBe(true);
        const { base } = kd.machine.images[0] as { base: bigint };
        for (let read = 0; read < 4; read++) {
          const address = base + BigInt(read * LENGTH);
          const before = kd.link.statistics.bytesIn;
          const bytes = await kd.settle(kd.known.memory.read(address, LENGTH));
          expect(bytes.equals(kd.machine.memory.read(address, LENGTH))).toBe(true);
          // Each part is read twice, and many a part comes damaged, or its acknowledgement, or the request.
          expect(kd.link.statistics.bytesIn - before).toBeLessThan(25 * LENGTH);
        }
        await kd.go();
        expect(kd.stub.books.target.state).toBe('running');
      }
    },
    120_000,
  );
});
