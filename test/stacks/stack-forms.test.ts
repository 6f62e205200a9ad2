import { expect, it } from 'vitest';
import { read, stacksOf } from './reading.js';

const POOL = ['f7c4a9b0 80544e3a nt!MmAllocateSpecialPool', 'f7c4a9e8 80545150 nt!ExAllocatePoolWithTag+0x2e'];
const HEADER = 'ChildEBP RetAddr  ';

function found(...lines: string[]) {
  const reader = read(`${lines.join('\n')}\n`);
  return {
    hits: reader.hits,
    callers: reader.aggregator.callers.ranked.map(({ name }) => name),
    unread: reader.unread.lines.map(({ line }) => line),
  };
}

it.each([
  ['frames left out', [HEADER, ...POOL, '...', 'f7c4aa48 f8a30010 b!C+0x24'], []],
  ['damage within a frame', [HEADER, ...POOL, 'f7c4aa2c f8a3#@34 81f3a030', 'f7c4aa48 f8a30010 b!C+0x24'], [4]],
  ['a name without its addresses', [HEADER, ...POOL, 'a!Open', 'f7c4aa48 f8a30010 b!C+0x24'], [4]],
])('blames nobody behind %s', (_, lines, unread) => {
  expect(found(...lines)).toEqual({ hits: 1, callers: ['(driver not certain)'], unread });
});

it('blames nobody behind a gap that only a later hit has', () => {
  const hit = (number: string) => [
    ' # ChildEBP RetAddr  ',
    `00 ${POOL[0]}`,
    `01 ${POOL[1]}`,
    `${number} f7c4aa48 f8a30010 b!C+0x24`,
    'kd> g',
  ];
  expect(found(...hit('02'), ...hit('02'), ...hit('05'))).toEqual({
    hits: 3,
    callers: ['b!C', '(driver not certain)'],
    unread: [],
  });
});

it.each([
  ['names alone', ['nt!MmAllocateSpecialPool', 'nt!ExAllocatePoolWithTag+0x2e', 'a!Open+0x1', 'nt!IofCallDriver+0x55']],
  ['no header', ['kd> k', ...POOL, 'f7c4aa2c f8a31234 a!Open+0x24']],
  ['frames in two lines', [HEADER, ...POOL, 'f7c4aa2c', 'f8a31234 a!Open+0x24']],
  [
    'a header in two lines',
    [
      'ChildEBP RetAddr',
      '  Args to Child',
      'f7c4aa2c f8a31234 00000001 00000002 00000003 nt!ExAllocatePool',
      'f7c4aa30 f8a31234 00000001 00000002 00000003 a!Open+0x24',
    ],
  ],
  [
    'the Stack window',
    [
      '[0x0]   nt!ExAllocatePool2+0xdd   0xffffce89fe14e3f0   0xfffff8060fc2c532',
      '[Inline Frame]   a!ExAllocatePoolZero+0x10   (Inline Function)   (Inline Function)',
      '[0x2]   a!Open(_IRP * i)+0x13b [C:\\a.c @ 3]   0xffffce89fe14e530   0x0',
    ],
  ],
])('reads %s', (_, lines) => {
  expect(found(...lines)).toMatchObject({ hits: 1, callers: ['a!Open'], unread: [] });
});

it('counts what looks like a stack and is not certain', () => {
  expect(found('b!C+0x1', 'nt!IofCallDriver+0x55', 'nt!NtCreateFile+0x4', 'some words').unread).toEqual([1, 2, 3]);
  expect(found('02 f7c4aa48 f8a30010 b!C+0x24', '03 f7c4aa58 f8a30010 nt!IofCallDriver').unread).toEqual([1, 2]);
  expect(found('kd> .frame 2', '02 f7c4aa48 f8a30010 b!C+0x24').unread).toEqual([]);
});

it('takes a dump of memory behind a stack for no frames', () => {
  const dump = [
    'f7c4a9b0  80544e3a nt!ExAllocatePoolWithTag+0x2e',
    'f7c4a9b4  00000040',
    'f7c4a9b8  f8a30010 b!C+0x24',
  ];
  expect(found(HEADER, ...POOL, 'f7c4aa48 f8a30010 a!Open+0x24', ...dump)).toMatchObject({
    callers: ['a!Open'],
    unread: [],
  });
});

it('counts a stack once for each of its threads', () => {
  const [stack] = stacksOf(
    read(
      '3 threads [stats]: ffff8008e4604040\n    fffff8076624f3d4 nt!ExAllocatePool2+0xdd\n    fffff80784da115b a!Open+0x13b (c:\\a.c @ 3)\n',
    ),
  );
  expect(stack).toEqual({ count: 3, bytes: 0, frames: ['nt!ExAllocatePool2+0xdd', 'a!Open+0x13b'] });
});
