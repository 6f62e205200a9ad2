import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeReply } from '../../../src/kd/control/api.js';
import { x64, x86 } from '../../../src/kd/control/architecture.js';
import { replacedByte } from '../../../src/kd/control/breakpoints/orphan.js';
import { readKernelData, readTimes } from '../../../src/kd/control/kernel-data.js';
import { TargetMemory } from '../../../src/kd/control/memory.js';
import { Modules } from '../../../src/kd/control/modules.js';
import { controlReport, decodeStateChange } from '../../../src/kd/control/state-change.js';
import { decodeVersion } from '../../../src/kd/control/version.js';
import { memoryWire, noDoubt } from './fake-wire.js';

const runs = { numRuns: 300 };
const architecture = fc.constantFrom(x86, x64);
/** Bytes of any length, some of which begin like a state change. */
const bytes = fc
  .tuple(fc.constantFrom(undefined, 0x3030, 0x3031, 0x3032, 0x1_3031), fc.uint8Array({ maxLength: 700 }))
  .map(([state, rest]) => {
    const payload = Buffer.from(rest);
    if (state !== undefined && payload.length >= 4) payload.writeUInt32LE(state, 0);
    return payload;
  });

describe('decoders of what a target says', () => {
  it('read any state change, and no more than there is', () => {
    fc.assert(
      fc.property(bytes, architecture, (payload, kind) => {
        const change = decodeStateChange(payload);
        if (!change) return;
        const { stream } = controlReport(kind, change);
        expect(stream.length).toBeLessThanOrEqual(16);
        if (change.kind === 'exception') expect(change.parameters.length).toBeLessThanOrEqual(15);
        else if (change.kind === 'command') expect(change.command.length).toBeLessThanOrEqual(payload.length);
        else expect(change.path.length).toBeLessThanOrEqual(payload.length);
      }),
      runs,
    );
  });

  it('read any reply of the length that a reply has', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 56, maxLength: 300 }), (payload) => {
        const reply = decodeReply(Buffer.from(payload));
        expect(reply.data).toHaveLength(payload.length - 56);
        expect(reply.ok).toBe(reply.status < 0x8000_0000);
        expect(decodeVersion(reply).build).toBeLessThan(0x1_0000);
      }),
      runs,
    );
  });

  it('guess a byte behind an int3 only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.constantFrom(32 as const, 64 as const), (code, bits) => {
        if (code[0] !== 0xcc) expect(replacedByte(Buffer.from(code), bits)).toBeUndefined();
        else expect([undefined, 0x40, 0x48, 0x4c, 0x55, 0x8b]).toContain(replacedByte(Buffer.from(code), bits));
      }),
      runs,
    );
  });
});

/**
 * Memory that is random and yet the same at every look: small pointers make lists that run in circles and into each other,
 * and some pages are not there.
 */
function randomMemory(seed: number, hole: number, wild: boolean) {
  const byteAt = (address: bigint): number => {
    const at = Number(BigInt.asUintN(32, address * 2654435761n + BigInt(seed)));
    return wild ? (at >>> 13) & 0xff : (at >>> 13) % 5 === 0 ? (at >>> 20) & 0xff : 0;
  };
  return memoryWire((address, length) => {
    const found: number[] = [];
    for (let at = 0; at < length; at++) {
      const place = BigInt.asUintN(64, address + BigInt(at));
      if (hole > 0 && Number((place >> 4n) % 64n) === hole) break;
      found.push(byteAt(place));
    }
    return Buffer.from(found);
  });
}

const world = fc.record({
  seed: fc.nat(0xffff),
  hole: fc.nat(63),
  wild: fc.boolean(),
  kind: architecture,
  head: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
});

describe('structures of a damaged target', () => {
  it('of its modules come to an end', async () => {
    await fc.assert(
      fc.asyncProperty(world, async ({ seed, hole, wild, kind, head }) => {
        const wire = randomMemory(seed, hole, wild);
        const memory = new TargetMemory(wire, kind, noDoubt());
        const modules = new Modules(memory, kind, kind.bits === 32 ? head & 0xffff_ffffn : head, 0x8040_0000n);
        await modules.around(0x8040_1000n, 20);
        expect(wire.requests.length).toBeLessThan(70);
        expect(modules.known.length).toBeLessThanOrEqual(20);
        for (const { name } of modules.known) expect(name.length).toBeLessThanOrEqual(256);
      }),
      { numRuns: 60 },
    );
  });

  it('of its kernel are read, or left out', async () => {
    await fc.assert(
      fc.asyncProperty(world, async ({ seed, hole, wild, kind, head }) => {
        const memory = new TargetMemory(randomMemory(seed, hole, wild), kind, noDoubt());
        const version = decodeVersion(decodeReply(Buffer.alloc(56)));
        const data = await readKernelData(memory, kind, { ...version, debuggerDataList: head });
        expect(data.lab?.length ?? 1).toBeLessThanOrEqual(0x40);
        const times = await readTimes(memory, kind);
        if (times) expect(Number.isFinite(times.now.getTime())).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
