import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Link } from '../../../src/kd/wire/link.js';
import { PACKET } from '../../../src/kd/wire/packet.js';
import { PacketReader } from '../../../src/kd/wire/packet-reader.js';
import { readCapture } from '../../../src/kd/wire/trace/capture.js';
import { explainCapture } from '../../../src/kd/wire/trace/trace-explain.js';
import { createMachine } from '../../../src/simulator/machine/emulated-machine.js';
import type { MachineArchitecture } from '../../../src/simulator/machine/machine.js';
import { measured } from '../../../src/simulator/stub/kd-variant.js';
import { TargetStub } from '../../../src/simulator/stub/target-stub.js';
import { VirtualClock } from '../../../src/simulator/stub/virtual-clock.js';

const folder = path.resolve(import.meta.dirname, '../../../../shared/captures');
const unpacks = spawnSync('xz', ['--version'], { stdio: 'ignore' }).status === 0;
const names = existsSync(folder) && unpacks ? readdirSync(folder).filter((name) => name.endsWith('.rec.xz')) : [];
const CONTINUE = new Set([0x3136, 0x313c]);
/** It has no reply. */
const CLEAR_INTERNAL = 0x315a;

function unpacked(name: string): Buffer {
  const input = readFileSync(path.join(folder, name));
  return spawnSync('xz', ['-dc'], { input, maxBuffer: 1 << 30 }).stdout;
}

/** What the host asked, in its order: what it sent again under the same id counts once. */
function requestsOf(file: Buffer): Buffer[] {
  const reader = new PacketReader();
  const found: Buffer[] = [];
  let last = '';
  for (const { direction, bytes } of readCapture(file)[0]?.entries ?? [])
    for (const received of direction === '>' ? reader.push(bytes) : []) {
      if (received.kind !== 'data' || received.type !== PACKET.stateManipulate) continue;
      const key = `${received.id} ${received.payload.toString('hex')}`;
      if (key !== last) found.push(received.payload);
      last = key;
    }
  return found;
}

describe.skipIf(names.length === 0)(
  'Microsoft’s engines at real kernels (skipped without their captures, and xz)',
  () => {
    it.each(names)('%s is explained to the last packet and byte', (name) => {
      const file = unpacked(name);
      const lines = [...explainCapture(file)];
      const heads = lines.filter((line) => /^ *\d+\.\d{3} [<>] /.test(line));
      const recorded = file.toString('latin1').split('\n').filter(Boolean).length;
      expect(heads).toHaveLength(recorded);
      expect(lines.filter((line) => /unknown|bad |noise|TYPE_|unfinished/.test(line))).toEqual([]);
      // Kernels report where they stand: these must come out as the kernel put them in.
      const segments = lines.filter((line) => /^ +SegCs /.test(line));
      const dr6 = lines.filter((line) => /^ +Dr6 /.test(line));
      expect(segments.length).toBeGreaterThan(10);
      const wide = name.includes('x64');
      for (const line of segments) expect(line.trim()).toMatch(wide ? /^SegCs 00(10|33)$/ : /^SegCs 00(08|1b)$/);
      for (const line of dr6) expect(line.trim()).toMatch(wide ? /^Dr6 00000000ffff[04]ff\w$/ : /^Dr6 ffff[04]ff\w$/);
    });

    it.each(names)('%s: the simulated target understands every request', async (name) => {
      const architecture = name.includes('x64') ? 'x64' : 'x86';
      const asked = new Map<string, number>();
      const understood = new Map<string, number>();
      let target = await stoppedTarget(architecture);
      for (const payload of requestsOf(unpacked(name))) {
        const api = payload.readUInt32LE(0);
        asked.set(api.toString(16), (asked.get(api.toString(16)) ?? 0) + 1);
        const silent = CONTINUE.has(api) || api === CLEAR_INTERNAL;
        const done = silent ? target.link.command(payload) : target.link.request(payload);
        expect((await target.clock.settle(done)).confirmed).toBe(true);
        // Its registers are those of another kernel by then: what goes on is a new one.
        if (CONTINUE.has(api)) {
          target.end(understood);
          target = await stoppedTarget(architecture);
        }
      }
      target.end(understood);
      expect(Object.fromEntries(understood)).toEqual(Object.fromEntries(asked));
    });
  },
);

async function stoppedTarget(architecture: MachineArchitecture) {
  const clock = new VirtualClock();
  let stops = 0;
  const listener = { stateChange: () => void stops++, print: () => undefined, prompt: async () => 'i' };
  const machine = createMachine({ architecture, processors: 1 });
  const stub: TargetStub = new TargetStub(machine, measured, clock, (bytes) => link.receive(bytes), {
    state: 'running',
  });
  const link = new Link((bytes) => stub.receive(bytes), listener, clock);
  stub.start();
  stub.connect();
  link.breakIn();
  expect(await clock.runUntilAsync(() => stops > 0, 20_000)).toBe(true);
  return {
    clock,
    link,
    /** Adds up the requests that it has understood. */
    end(understood: Map<string, number>): void {
      for (const [api, count] of Object.entries(stub.books.requests_by_api))
        understood.set(api, (understood.get(api) ?? 0) + count);
      expect(link.statistics).toMatchObject({ bad: 0, noise: 0, resets: 0 });
      link.close();
      stub.stop();
    },
  };
}
