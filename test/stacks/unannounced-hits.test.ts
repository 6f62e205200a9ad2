import { describe, expect, it } from 'vitest';
import { buildReport } from '../../src/report/build/build.js';
import { HitReader } from '../../src/stacks/read/hit-reader.js';
import { read } from './reading.js';

const HEADER = `RetAddr               : Args to Child${' '.repeat(59)}: Call Site\n`;
const ARGS = Array.from({ length: 4 }, () => '00000000`00000000').join(' ');
const FRAMES = [
  'nt!MmAllocateSpecialPool',
  'nt!ExAllocatePoolWithTag+0x33',
  'spooldrv!QueueJob+0x1a',
  'nt!IopStart+0x20',
];
const OTHER = ['nt!MmAllocateSpecialPool', 'nt!ExAllocatePoolWithTag+0x33', 'netdrv!Send+0x9', 'nt!IopStart+0x20'];

/** A stack as Microsoft's engine prints it: the last frame's return address is 0. */
function stack(frames: readonly string[]): string {
  const line = (site: string, i: number): string =>
    `${i === frames.length - 1 ? '00000000`00000000' : `fffff800\`02a0e5${i}3`}     : ${ARGS} : ${site}\n`;
  return HEADER + frames.map(line).join('');
}

const BREAK_IN = 'Break instruction exception - code 80000003 (first chance)\n';
const BREAK_PLACE = 'nt!DbgBreakPointWithStatus:\nfffff800`02a0f239 cc              int     3\n';
const PLACE = 'nt!MmAllocateSpecialPool:\nfffff800`02a0f206 48895c2408      mov     qword ptr [rsp+8],rbx\n';
const WORDS = ' 0 e fffff800`02a0f206     0001 (0001) nt!MmAllocateSpecialPool ";kb;g"\n\n';
const ARMED = `${BREAK_IN}${BREAK_PLACE}kd> kd> kd> ${WORDS}kd> `;

function reportOf(log: string) {
  return buildReport([{ name: 'debug.log', findings: read(log).findings() }]);
}
const drivers = (log: string): Record<string, number> =>
  Object.fromEntries(reportOf(log).drivers.map(({ name, hits }) => [name, hits]));

describe('hits that no stop announces', () => {
  it('are each a hit of its own, from the first behind the prompt to the last before a break-in', () => {
    const log = `${ARMED}${stack(FRAMES)}${stack(OTHER)}spooldrv: job done\n${stack(FRAMES)}${BREAK_IN}${BREAK_PLACE}kd> kd> `;
    const report = reportOf(log);
    expect(report).toMatchObject({ hits: 3, allocations: 3, repeats: 0, breakIns: 0, cut: 0 });
    expect(report.stops).toEqual([
      { kind: 'breakpoint', breakpoint: null, symbol: 'nt!MmAllocateSpecialPool', hits: 3 },
    ]);
    expect(drivers(log)).toEqual({ spooldrv: 2, netdrv: 1 });
  });

  it('are counted while they are printed', () => {
    const reader = new HitReader();
    const counts = [ARMED, stack(FRAMES), stack(FRAMES), stack(OTHER)].map((text) => {
      reader.push(Buffer.from(text));
      return reader.hits;
    });
    expect(counts).toEqual([0, 1, 2, 3]);
    expect(reader.topDriver()).toEqual({ name: 'spooldrv', hits: 2 });
  });

  it('are seen behind the question of an assertion, which ends without a line end', () => {
    const question = 'Break repeatedly, break Once, Ignore, terminate Process, or terminate Thread (boipt)? ';
    expect(reportOf(`${ARMED}${stack(FRAMES)}${question}${stack(OTHER)}`)).toMatchObject({ hits: 2, allocations: 2 });
  });

  it('are told from a stack that somebody typed for, which the next prompt follows', () => {
    const typed = `${ARMED}${stack(FRAMES)}${stack(OTHER)}${PLACE}kd> ${stack(OTHER)}kd> `;
    expect(reportOf(typed)).toMatchObject({ hits: 3, allocations: 2, repeats: 1 });
    const echoed = `${ARMED}${stack(FRAMES)}${stack(OTHER)}${PLACE}kd> kb;kv\n${stack(OTHER)}${stack(OTHER)}kd> `;
    expect(reportOf(echoed)).toMatchObject({ hits: 4, allocations: 2, repeats: 2 });
    const resumed = `${ARMED}${stack(FRAMES)}${stack(OTHER)}${PLACE}kd> ${stack(OTHER)}${stack(FRAMES)}`;
    expect(reportOf(resumed)).toMatchObject({ hits: 4, allocations: 4, repeats: 0 });
    const next = `${typed}${BREAK_IN}${stack(FRAMES)}`;
    expect(reportOf(next)).toMatchObject({ hits: 4, repeats: 1 });
  });

  it('are hits too where commands without g leave the target at a prompt after each', () => {
    const stop = stack(FRAMES.slice(0, 2)) + PLACE;
    const report = reportOf(`${ARMED}${stop}kd> ${stop}kd> kd> ${stop}kd> `);
    expect(report).toMatchObject({ hits: 3, allocations: 3, repeats: 0, cut: 0 });
    expect(report.drivers.map(({ name }) => name)).toEqual(['(unknown)']);
  });

  it('do not count the stack of a break-in, whoever printed it', () => {
    const breakIn = stack(['nt!DbgBreakPointWithStatus', 'nt!KdCheckForDebugBreak+0x2c', 'nt!KeUpdateSystemTime+0x3']);
    const report = reportOf(`${ARMED}${breakIn}kd> ${stack(FRAMES)}${BREAK_IN}${breakIn}${BREAK_PLACE}kd> `);
    expect(report).toMatchObject({ hits: 1, allocations: 1, breakIns: 2 });
    expect(report.drivers).toHaveLength(1);
    const failed = `kd> Couldn't resolve error at 'nt!NoSuchThing ";kb;g"'\n${breakIn}       ^ addresses must be preceeded by whitespace error in 'bp nt!NoSuchThing ";kb;g"'\nkd> `;
    expect(reportOf(BREAK_IN + BREAK_PLACE + failed)).toMatchObject({ hits: 0, breakIns: 1 });
    const crash = stack([
      'nt!RtlpBreakWithStatusInstruction',
      'nt!KiBugCheckDebugBreak+0x12',
      'nt!KeBugCheck2+0x1',
      'a!B',
    ]);
    expect(reportOf(crash)).toMatchObject({ hits: 1, breakIns: 0 });
  });

  it('are attributed as far as they go where a break-in has cut them', () => {
    const cut = (frames: number): string =>
      `${ARMED}${stack(FRAMES)}${stack(FRAMES.slice(0, frames))}${PLACE}kd> ${stack(OTHER)}`;
    expect(reportOf(cut(1))).toMatchObject({ hits: 3, allocations: 3, cut: 1 });
    expect(drivers(cut(1))).toEqual({ spooldrv: 1, netdrv: 1, '(cut by the break-in)': 1 });
    expect(drivers(cut(2))).toEqual({ spooldrv: 1, netdrv: 1, '(cut by the break-in)': 1 });
    expect(drivers(cut(3))).toEqual({ spooldrv: 2, netdrv: 1 });
    expect(reportOf(cut(4))).toMatchObject({ hits: 3, cut: 0 });
  });

  it('count also where the break-in came before the header', () => {
    const log = `${ARMED}${stack(FRAMES)}${BREAK_IN}${BREAK_PLACE}kd> ${PLACE}kd> ${stack(OTHER)}${stack(FRAMES)}`;
    expect(reportOf(log)).toMatchObject({ hits: 4, allocations: 4, cut: 1, repeats: 0 });
    const sized = `${ARMED}size=0000000000000030 tag=206b6444 type=1 (livedebug)\n${PLACE}kd> size=0000000000000040 tag=206b6444 type=1 (livedebug)\n${stack(OTHER)}`;
    expect(reportOf(sized)).toMatchObject({ hits: 2, bytes: { total: 0x70, hits: 2 } });
  });
});

describe('a log that tracks frees, without announcements', () => {
  const sized = (size: number, sp: number): string =>
    `size=${size.toString(16).padStart(16, '0')} tag=206b6444 type=1 (livedebug)\nrsp=fffff88002c15e${sp}8\n`;
  const back = (sp: string, rax: string): string => `rsp=fffff88002c15e${sp} rax=fffff980000${rax}\n`;

  it('matches returns with their hits by the stack pointer', () => {
    const log = `${ARMED}${sized(0x30, 3)}${stack(FRAMES)}${back('40', '1cfd0')}${sized(0x20, 7)}${stack(OTHER)}${back('80', '1efe0')}freed=fffff9800001cfd0 (livedebug)\n${sized(0x10, 7)}${stack(OTHER)}`;
    const report = reportOf(log);
    expect(report).toMatchObject({ hits: 3, allocations: 3, repeats: 0, bytes: { total: 0x60, hits: 3 } });
    expect(report.outstanding).toMatchObject({ tracked: 2, freed: 1, count: 1, bytes: 0x20 });
  });
});
