import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FindingsSum } from '../../src/stacks/findings-sum.js';
import { HitReader } from '../../src/stacks/read/hit-reader.js';
import { read } from './reading.js';

const HEADER =
  'RetAddr           : Args to Child                                                           : Call Site';
const arg = (value: number): string => `00000000\`${value.toString(16).padStart(8, '0')}`;
const frame = (site: string, args = [0, 0, 0, 0]): string =>
  `fffff800\`016ba561 : ${args.map(arg).join(' ')} : ${site}`;
const stackOf = (driver: string, ...args: number[]): string =>
  [
    HEADER,
    frame('nt!MmAllocateSpecialPool', args.length > 0 ? args : [1, 2, 3, 4]),
    frame('nt!ExAllocatePoolWithTag+0x7d1'),
    frame(driver),
  ]
    .map((line) => `${line}\n`)
    .join('');
const request = (size: number, type = 0, tag = '206b6444'): string =>
  `size=${size.toString(16).padStart(16, '0')} tag=${tag} type=${type.toString(16)} (livedebug)\n`;
const stop =
  'Breakpoint 0 hit\nnt!MmAllocateSpecialPool:\nfffff800`01755970 48895c2408      mov     qword ptr [rsp+8],rbx\n';
const hit = (size: number, driver = 'a!B+0x5', type = 0): string => stop + request(size, type) + stackOf(driver);

/** What one thread does, as a log of `--track-frees` shows it. */
const enters = (sp: number, size: number, driver: string): string =>
  `${stop}${request(size)}rsp=fffff880${sp.toString(16).padStart(8, '0')}\n${stackOf(driver)}`;
const returns = (sp: number, address: number): string =>
  `Breakpoint 2 hit\nnt!ExAllocatePoolWithTag+0x7d1:\nfffff800\`016ba561 488bf8          mov     rdi,rax\nrsp=fffff880${(sp + 8).toString(16).padStart(8, '0')}\nrax=${address === 0 ? '0'.repeat(16) : `fffff8a0${address.toString(16).padStart(8, '0')}`}\n`;
const frees = (address: number): string =>
  `Breakpoint 1 hit\nnt!MmFreeSpecialPool:\nfffff800\`01719df0 48895c2408      mov     qword ptr [rsp+8],rbx\nfreed=fffff8a0${address.toString(16).padStart(8, '0')} (livedebug)\n`;
const live = (reader: HitReader): [number, string][] => {
  const { stacks, sites, addresses } = reader.findings();
  return [...addresses.live.values()]
    .map(({ stack, bytes }): [number, string] => [bytes, sites[stacks[stack]?.frames.at(-1) ?? 0]?.text ?? ''])
    .sort((a, b) => a[0] - b[0]);
};

describe('what a breakpoint’s own commands say of a request', () => {
  it('gives size, tag and pool type of x64, where kb’s home slots say nothing', () => {
    const reader = read(hit(0x180, 'a!B+0x5', 0x200) + hit(0x20, 'a!B+0x5', 1));
    expect(reader.findings()).toMatchObject({ hits: 2, sizesFrom: ['printed'], unreadTotal: 0 });
    expect(reader.findings().stacks).toMatchObject([{ count: 2, bytes: 0x1a0, sized: 2 }]);
    expect([...reader.findings().tags]).toEqual([[0x206b6444, 2]]);
    expect([...reader.findings().types]).toEqual([
      [0x200, 1],
      [1, 1],
    ]);
  });

  it('is believed more than the arguments that kb shows', () => {
    const reader = read(stop + request(0x40) + stackOf('a!B', 0x30, 0x206b6444, 0, 2));
    expect(reader.findings().stacks).toMatchObject([{ bytes: 0x40, sized: 1 }]);
  });

  it('sums up every size of a log with many hits, in chunks of any size', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.constantFrom('a!B', 'c!D+0x1')), { maxLength: 60 }),
        fc.integer({ min: 1, max: 500 }),
        (hits, chunk) => {
          const log = Buffer.from(hits.map(([size, driver]) => hit(size, driver)).join(''));
          const reader = new HitReader();
          for (let at = 0; at < log.length; at += chunk) reader.push(log.subarray(at, at + chunk));
          reader.end();
          const { stacks, sites } = reader.findings();
          for (const driver of ['a!B', 'c!D+0x1']) {
            const own = hits.filter(([, each]) => each === driver);
            const found = stacks.find(({ frames }) => sites[frames.at(-1) as number]?.text === driver);
            expect([found?.count ?? 0, found?.sized ?? 0, found?.bytes ?? 0]).toEqual([
              own.length,
              own.length,
              own.reduce((sum, [size]) => sum + size, 0),
            ]);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('takes it from hits that no stop announces, the newest where a stack is missing', () => {
    const log = `kd> ${request(0x80)}${stackOf('a!B')}${request(0x90)}${stackOf('a!B')}${request(0x10)}${request(0x20)}${stackOf('a!B')}`;
    expect(read(log).findings().stacks).toMatchObject([{ count: 3, sized: 3, bytes: 0x80 + 0x90 + 0x20, repeats: 0 }]);
  });

  it.each([
    ['of a stop whose stack is missing', stop + request(0x80) + stop + stackOf('a!B')],
    ['of two stops, the second line of which is lost', stop + request(0x80) + request(0x90) + stackOf('a!B')],
    ['printed after the stack', stop + stackOf('a!B') + request(0x80)],
    ['that was cut off', stop + request(0x80).replace(/ \(livedebug\)/, '') + stackOf('a!B')],
    ['of a driver that prints much the same', `${stop}mydrv: ${request(0x80)}${stackOf('a!B')}`],
    ['with a size that cannot be one', stop + request(0) + stackOf('a!B')],
  ])('never gives a hit a size %s', (_, log) => {
    expect(read(log).findings().stacks).toMatchObject([{ sized: 0, bytes: 0 }]);
  });

  it('is no line that could not be read, and ends no stop', () => {
    const { unreadTotal, hits, emptyStacks } = read(hit(8) + hit(9)).findings();
    expect({ unreadTotal, hits, emptyStacks }).toEqual({ unreadTotal: 0, hits: 2, emptyStacks: 0 });
  });
});

describe('what became of it', () => {
  it('is known by the end of the stack, whichever thread comes back first', () => {
    const log =
      enters(0x1000, 0x10, 'a!One') +
      enters(0x2000, 0x20, 'b!Two') +
      returns(0x2000, 0x5000) +
      returns(0x1000, 0x6000) +
      frees(0x5000);
    const { addresses } = read(log).findings();
    expect(addresses).toMatchObject({ tracked: 2, freed: 1, unmatchedFrees: 0, reused: 0, watched: true });
    expect(live(read(log))).toEqual([[0x10, 'a!One']]);
  });

  it('is unknown where the return of another thread came first, and is given to nobody', () => {
    const log = enters(0x1000, 0x10, 'a!One') + returns(0x7000, 0x5000) + frees(0x5000);
    expect(read(log).findings().addresses).toMatchObject({ tracked: 0, freed: 0, unmatchedFrees: 1 });
  });

  it('is told once: whoever passes the same place later with the same stack is another', () => {
    const log = enters(0x1000, 0x10, 'a!One') + returns(0x1000, 0x5000) + returns(0x1000, 0x6000);
    expect(read(log).findings().addresses).toMatchObject({ tracked: 1 });
    expect([...read(log).findings().addresses.live.keys()]).toEqual([0xf8a000005000]);
  });

  it('is known of the second thread that kd sets the same breakpoint anew for', () => {
    const second = enters(0x2000, 0x20, 'b!Two').replace('RetAddr ', 'breakpoint 2 redefined\nRetAddr ');
    const log = enters(0x1000, 0x10, 'a!One') + second + returns(0x2000, 0x5000);
    expect(read(log).findings()).toMatchObject({ unreadTotal: 0, hits: 2 });
    expect(live(read(log))).toEqual([[0x20, 'b!Two']]);
  });

  it('is nothing when the allocator gave nothing', () => {
    const log = enters(0x1000, 0x10, 'a!One') + returns(0x1000, 0);
    expect(read(log).findings().addresses).toMatchObject({ tracked: 0, watched: true });
  });

  it('takes the registers of x86 as well: stdcall takes the arguments off the stack', () => {
    const x86 = [
      'Breakpoint 0 hit',
      'nt!MmAllocateSpecialPool:',
      '80599128 8bff            mov     edi,edi',
      'size=00000040 tag=206b6444 type=1 (livedebug)',
      'esp=f7a1bb20',
      'ChildEBP RetAddr  Args to Child',
      'f7a1bb38 80892ed6 00000040 206b6444 00000001 nt!MmAllocateSpecialPool',
      'f7a1bb58 f89d1234 00000000 00000000 00000000 a!B+0x10',
      'Breakpoint 2 hit',
      'nt!ExAllocatePoolWithTag+0x5cf:',
      '80892ed6 8bf8            mov     edi,eax',
      'esp=f7a1bb34 eax=e1c44f80',
      '',
    ].join('\n');
    expect(live(read(x86))).toEqual([[0x40, 'a!B+0x10']]);
  });

  it('ends with a reboot: the same address is another allocation then', () => {
    const boot =
      'Shutdown occurred at (Wed Jul 25 21:34:14.874 2018 (UTC + 8:00))...unloading all symbol tables.\nWaiting to reconnect...\n';
    const log =
      enters(0x1000, 0x10, 'a!One') +
      returns(0x1000, 0x5000) +
      boot +
      enters(0x1000, 0x20, 'b!Two') +
      returns(0x1000, 0x5000);
    expect(live(read(log))).toEqual([
      [0x10, 'a!One'],
      [0x20, 'b!Two'],
    ]);
    expect(read(log).findings().addresses).toMatchObject({ tracked: 2, reused: 0, endedByReboot: 1 });
    expect(live(read(log + frees(0x5000)))).toEqual([[0x10, 'a!One']]);
  });

  it.each([
    ['that waits once more', 'Waiting to reconnect...\n'],
    ['that connects once more', 'Kernel Debugger connection established.\n'],
  ])('ends with a reboot that nobody announced, by a kd %s', (_, boot) => {
    const kd = 'Microsoft (R) Windows Debugger Version 10.0.19041.685 AMD64\nWaiting to reconnect...\n';
    const begin = `${kd}Kernel Debugger connection established.\n`;
    const one = enters(0x1000, 0x10, 'a!One') + returns(0x1000, 0x5000);
    const { addresses } = read(begin + one + boot + frees(0x5000)).findings();
    expect(addresses).toMatchObject({ freed: 0, unmatchedFrees: 1, endedByReboot: 1 });
    // The same in parts: the second does not see the first connection.
    const sum = new FindingsSum();
    sum.add(read(begin + one).findings());
    const later = new HitReader({ from: 1 });
    later.push(Buffer.from(boot + frees(0x5000)));
    later.end();
    sum.add(later.findings());
    expect(sum.findings.addresses).toMatchObject({ freed: 0, unmatchedFrees: 1, endedByReboot: 1 });
  });

  it.each([
    'Microsoft (R) Windows Debugger Version 10.0.19041.685 AMD64',
    'livedebug Kernel Debugger Version 0.1.0 AMD64',
  ])('does not end with a kd that was started again on the same target (%s)', (banner) => {
    const kd = `${banner}\nOpened \\\\.\\com1\nWaiting to reconnect...\nKernel Debugger connection established.\n`;
    const log = kd + enters(0x1000, 0x10, 'a!One') + returns(0x1000, 0x5000) + kd + frees(0x5000);
    expect(read(log).findings().addresses).toMatchObject({ tracked: 1, freed: 1, unmatchedFrees: 0, endedByReboot: 0 });
  });

  it('belongs to whoever returned it last, also where the log is cut in between', () => {
    const list = [
      enters(0x1000, 1, 'd!F1'),
      enters(0x3000, 3, 'd!F3'),
      returns(0x3000, 0x5000),
      returns(0x1000, 0x5000),
    ];
    const sum = new FindingsSum();
    sum.add(read(list.slice(0, 1).join('')).findings());
    sum.add(read(list.slice(1).join('')).findings());
    expect([...sum.findings.addresses.live.values()].map(({ bytes }) => bytes)).toEqual([1]);
    expect(sum.findings.addresses).toMatchObject({ tracked: 2, reused: 1 });
  });

  it('is the same when the log is read in parts', () => {
    const event = fc.record({ slot: fc.integer({ min: 1, max: 3 }), address: fc.integer({ min: 1, max: 4 }) });
    const story = fc.array(
      fc.oneof(
        event.map(({ slot }) => enters(slot * 0x1000, slot, `d!F${slot}`)),
        event.map(({ slot, address }) => returns(slot * 0x1000, address * 0x1000)),
        event.map(({ address }) => frees(address * 0x1000)),
      ),
      { maxLength: 30 },
    );
    // Each slot enters and returns in turn, as a thread does.
    const inTurn = (events: readonly string[]): string[] => {
      const inside = new Set<string>();
      return events.filter((text) => {
        const slot = /rsp=fffff8800000(\d)/.exec(text)?.[1];
        if (slot === undefined) return true;
        const entering = text.startsWith('Breakpoint 0');
        if (entering === inside.has(slot)) return false;
        if (entering) inside.add(slot);
        else inside.delete(slot);
        return true;
      });
    };
    fc.assert(
      fc.property(story, fc.nat(30), (events, cut) => {
        const list = inTurn(events);
        const part = (from: number, to?: number) => read(list.slice(from, to).join('')).findings();
        const sum = new FindingsSum();
        sum.add(part(0, cut));
        sum.add(part(cut));
        const whole = part(0);
        const shape = ({ addresses: { tracked, freed, unmatchedFrees, reused, live } }: typeof whole) => ({
          tracked,
          freed,
          unmatchedFrees,
          reused,
          live: [...live].map(([address, { bytes, at }]) => [address, bytes, at?.line]).sort(),
        });
        // A border lies at a function's first instruction, never before a return.
        fc.pre(!list[cut]?.startsWith('Breakpoint 2'));
        // An address that an earlier part's hit returned cannot have been freed here before.
        fc.pre(
          !list
            .slice(cut)
            .join('')
            .match(/freed=[\s\S]*Breakpoint 2/),
        );
        expect(shape(sum.findings)).toEqual(shape(whole));
      }),
      { numRuns: 300 },
    );
  });
});
