import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIALECTS, type DialectName, formatStack, type StackFrame } from '../../../src/kd-text/frames/frames.js';
import { frontClass, undress } from '../../../src/kd-text/frames/line-dress.js';
import { HitReader } from '../../../src/stacks/read/hit-reader.js';

const FRAME = '01 fffff800`6e6cbe1b     : 00000000`00000040 00000000`00000000 : nt!ExAllocatePoolWithTag+0x2e';

describe('undress', () => {
  it.each([
    ['colours', `\x1b[1;32m${FRAME}\x1b[0m`],
    ['colours without their first byte', `[32m${FRAME}[0m`],
    ['quoting', `> > ${FRAME}`],
    ['a time stamp', `[12:00:01.123] ${FRAME}`],
    ['a date', `2026-11-29T12:00:01Z ${FRAME}`],
    ['a line of syslog', `Nov 29 12:00:01 lab kd[7]: ${FRAME}`],
    ['seconds', `[  123.456789] ${FRAME}`],
    ['a number', `  12: ${FRAME}`],
    ['a comment', `// ${FRAME}`],
    ['markup', FRAME.replace('nt!', '<col fg="srcid">nt!').concat('</col>')],
    ['other blanks', FRAME.replaceAll(' ', '\u00a0')],
    ['entities', FRAME.replaceAll(' ', '&nbsp;')],
    ['other backticks', FRAME.replaceAll('`', '\u2018')],
    ['escaped backticks', FRAME.replaceAll('`', '\\`')],
    ['prefixes', FRAME.replaceAll(/([0-9a-f]{8}`[0-9a-f]{8})/g, '0x$1')],
  ])('takes %s off', (_, line) => {
    expect(undress(line).trim()).toBe(FRAME);
  });

  it.each([
    '0: kd> g',
    '16.kd:x86> kb',
    'kd> ',
    'nt!ExAllocatePoolWithTag+0x2e',
    'leaky: 17 packets',
    '[0x0]   nt!A   0x1   0x2',
  ])('leaves %j alone', (line) => {
    expect(undress(line)).toBe(line);
  });

  it('puts fronts of one program into one class', () => {
    expect(frontClass('[12:00:00.123]  ')).toBe(frontClass('[12:00:01.9] '));
    expect(frontClass('  9: ')).not.toBe(frontClass('> '));
  });
});

const digits = (count: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${count}}$`));
const site = fc.constantFrom(
  'nt!ExAllocatePoolWithTag+0x2e',
  'tapedrv!TapeOpen+0x13b',
  'diskdrv+0x1022',
  'nt!IofCallDriver+0x55',
);
const DRESSES: Readonly<Record<string, (line: string, at: number) => string>> = {
  tab: (line) => `\t${line}`,
  quoting: (line) => `> ${line}`,
  colours: (line) => `\x1b[32m${line}\x1b[0m`,
  'other blanks': (line) => line.replaceAll(' ', '\u00a0'),
  'time stamps': (line, at) => `[12:00:${String(at % 60).padStart(2, '0')}.123] ${line}`,
  numbers: (line, at) => `${at}: ${line}`,
  entities: (line) => line.replaceAll(' ', '&nbsp;'),
  'ends of their own': (line) => `${line}\r\r`,
};

describe('a stack in any dress', () => {
  it.each(Object.entries(DRESSES))('is read through %s', (_, dress) => {
    const forms = (Object.keys(DIALECTS) as DialectName[]).filter((name) =>
      DIALECTS[name].columns.some((of) => of === 'ret'),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...forms),
        fc.array(fc.tuple(digits(8), site), { minLength: 2, maxLength: 9 }),
        (form, list) => {
          const frames = list.map(([low, name]): StackFrame => {
            const word = `fffff800${low}`;
            return { site: name, child: word, ret: word, args: [word, word, word, word], inline: false };
          });
          const reader = new HitReader();
          reader.push(Buffer.from(`${formatStack(frames, DIALECTS[form]).map(dress).join('\n')}\n`));
          reader.end();
          const { stacks, sites, unread } = reader.findings();
          expect(unread).toEqual([]);
          expect(stacks.map((stack) => stack.frames.map((at) => sites[at]?.text))).toEqual([
            list.map(([, name]) => name),
          ]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
