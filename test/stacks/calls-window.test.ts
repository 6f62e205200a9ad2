import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildReport } from '../../src/report/build/build.js';
import { answer } from '../../src/report/formats/text.js';
import { HitReader } from '../../src/stacks/read/hit-reader.js';

function read(lines: readonly string[]) {
  const reader = new HitReader();
  reader.push(Buffer.from(`${lines.join('\r\n')}\r\n`));
  reader.end();
  return buildReport([{ name: 'calls.txt', findings: reader.findings() }]);
}

// The rows of one stack as the Calls window of WinDbg shows them: what it shows besides the names depends on its buttons.
const SITES = [
  'nt!MmAllocateSpecialPool',
  'nt!ExAllocatePoolWithTag+0x1a3',
  'tapedrv!TapeOpen+0x13b',
  'nt!IofCallDriver+0x45',
];
const PARAMETERS = SITES.map((site) =>
  site.replace(/^(tapedrv!\w+)/, '$1(struct _DEVICE_OBJECT * Device = 0x82a51030, struct _IRP * Irp = 0x82b83f68)'),
);
const X86 = ['f7a3dc10 80561ed1', 'f7a3dc24 f9d2513b', 'f7a3dc60 804ef095', 'f7a3dc70 80574e37'];
const ARGS = [
  '00000064 206b6444 00000001',
  '00000000 00000064 206b6444',
  '82a51030 82b83f68 82b83f68',
  '82a51030 82b83f68 00000000',
];
const WIDE = ARGS.map((args) => args.replace(/[0-9a-f]{8}/g, (word) => `00000000\`${word}`));
const beside = (...columns: readonly (readonly string[])[]): string[] =>
  SITES.map((_, i) => columns.map((column) => column[i]).join(' '));
const NUMBERS = SITES.map((_, i) => i.toString(16).padStart(2, '0'));

it.each([
  ['names', SITES],
  ['names and parameters', PARAMETERS],
  ['names, parameters and sources', PARAMETERS.map((site) => `${site} [c:\\src\\tape.c @ 120]`)],
  ['frame numbers', beside(NUMBERS, SITES)],
  ['frame numbers and parameters', beside(NUMBERS, PARAMETERS)],
  ['addresses', beside(X86, SITES)],
  ['addresses and parameters', beside(X86, PARAMETERS)],
  ['raw arguments', beside(ARGS, SITES)],
  ['raw arguments of x64', beside(WIDE, SITES)],
  ['raw arguments, parameters', beside(ARGS, PARAMETERS)],
  ['frame numbers, raw arguments', beside(NUMBERS, ARGS, SITES)],
  ['frame numbers, addresses, raw arguments', beside(NUMBERS, X86, ARGS, SITES)],
])('reads the Calls window with %s', (_, rows) => {
  const report = read(rows);
  expect(answer(report)).toMatch(/^tapedrv made 1 allocation(?: of 'Ddk ')?, in tapedrv!TapeOpen\.$/);
  expect(report).toMatchObject({ hits: 1, frames: 4, unreadTotal: 0 });
});

it('takes no words of a driver for a frame', () => {
  const report = read([...SITES.slice(0, 3), 'tapedrv!TapeOpen said hello to 3 tapes', ...SITES.slice(3)]);
  expect(report).toMatchObject({ hits: 1, frames: 4 });
  expect(read(['tapedrv!TapeOpen (no tape): giving up', 'tapedrv: 3 tapes']).hits).toBe(0);
});

it('reads any parameters in time that follows their length', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (words) => {
      read([...SITES.slice(0, 2), `tapedrv!TapeOpen(${words})+0x13b`, ...SITES.slice(3)]);
    }),
  );
  // So often that a reader that goes back for each character would not be done within the time of a test.
  for (let times = 0; times < 200; times++)
    read([...SITES.slice(0, 2), `tapedrv!TapeOpen(${'int a = 3, '.repeat(300)})+0x13b`, `${'00000000 '.repeat(400)}x`]);
});
