import { PACKET } from '../../../src/kd/wire/packet.js';
import { PacketReader } from '../../../src/kd/wire/packet-reader.js';
import { createMachine } from '../../../src/simulator/machine/emulated-machine.js';
import type { MachineArchitecture } from '../../../src/simulator/machine/machine.js';
import type { KdBench, KdBenchOptions } from '../kd-bench.js';
import type { KdHost } from '../kd-host.js';
import { ID0, ID1, manipulate } from './peer.js';

/** Something worth a trace: what the target is, and what the host does. The host looks at nothing but what the wire tells it. */
export interface Scene {
  readonly name: string;
  readonly about: string;
  readonly target: KdBenchOptions;
  /** What goes wrong on the line while it is recorded. */
  readonly spoil?: (kd: KdBench) => void;
  readonly host: (kd: KdHost) => Promise<void>;
}

const pool = 'nt!MmAllocateSpecialPool';

function addressOf(architecture: MachineArchitecture, symbol: string): bigint {
  return createMachine({ architecture, processors: 1 }).address(symbol) as bigint;
}

const boot = {
  loaderMs: 10,
  kernelMs: 10,
  loaderText: 'Loading system/ntoskrnl.exe\r\n',
  driverMs: 5,
  printsPerDriver: 0,
};

/** Loses the first reply to a request, and every repetition of it until the host resets the line. */
function loseReplies(kd: KdBench): void {
  const reader = new PacketReader();
  let lost = false;
  let reset = false;
  kd.hands.toTarget = (bytes) => {
    reset ||= reader.push(bytes).some((what) => what.kind === 'control' && what.type === PACKET.reset);
    return bytes;
  };
  kd.hands.toHost = (bytes) => {
    const reply = bytes.length > 72 && bytes.readUInt16LE(4) === PACKET.stateManipulate;
    lost ||= reply;
    return lost && !reset && reply ? undefined : bytes;
  };
}

export const scenes: readonly Scene[] = [
  {
    name: 'attach-x64',
    about: 'attach at a running target, break in, hit a breakpoint, step off it, hit it again, clear it, go',
    target: { architecture: 'x64', stub: { state: 'running', wakes: { worker: 5 } } },
    host: async (kd) => {
      await kd.attach();
      await kd.breakIn();
      const own = kd.known.breakpoints.add(addressOf('x64', pool), 'software');
      await kd.go();
      for (let hit = 2; hit <= 3; hit++) {
        await kd.until(() => kd.stops.length === hit && kd.target.standsStill);
        await kd.settle(kd.known.contexts.get('rsp'));
        if (hit === 3) await kd.settle(kd.known.breakpoints.clear(own));
        await kd.go();
      }
    },
  },
  {
    name: 'wreck-x86',
    about: 'stands already: a debugger left a breakpoint in the table, and a debug register armed',
    target: {
      architecture: 'x86',
      stub: { state: 'running', wakes: { worker: 5 }, orphans: { table: ['nt!KeBugCheckEx'], hardware: [pool] } },
    },
    host: async (kd) => {
      await kd.clock.advanceAsync(1000);
      await kd.attach();
      await kd.until(() => kd.target.standsStill);
      await kd.go();
    },
  },
  {
    name: 'boot-x86',
    about: 'the first load-symbols stops of a boot',
    target: { architecture: 'x86', stub: { state: 'boot', boot } },
    host: (kd) => kd.until(() => kd.modules.length === 3),
  },
  {
    name: 'prompt-x64',
    about: 'a running target fails an assertion, asks, and is answered',
    target: { architecture: 'x64', stub: { state: 'running', wakes: { assert: 1 } } },
    host: (kd) => kd.clock.advanceAsync(2000),
  },
  {
    name: 'stale-id-x86',
    about: 'a target that an earlier session left with other ids',
    target: { architecture: 'x86', stub: { state: 'halted', ids: { target: ID1, host: ID1 } } },
    host: async (kd) => {
      kd.linkOnly = true;
      await kd.settle(kd.link.request(manipulate(0x3146)));
      await kd.settle(kd.link.request(manipulate(0x3146)));
    },
  },
  {
    name: 'lost-replies-x64',
    about: 'replies are lost until the host resets the line',
    target: { architecture: 'x64', stub: { state: 'halted', ids: { target: ID0, host: ID0 } } },
    spoil: loseReplies,
    host: async (kd) => {
      kd.linkOnly = true;
      await kd.settle(kd.link.request(manipulate(0x3146)));
    },
  },
];
