import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialectOf } from '../../src/kd-text/frames/frame-dialects.js';
import { formatStack, parseFrame, parseStackHeader } from '../../src/kd-text/frames/frames.js';
import { parseStackWord, withMemory } from '../../src/kd-text/frames/stack-word.js';
import { formatModuleDetails, parseModuleQuestion } from '../../src/kd-text/listings/list-modules.js';
import { splitCommands } from '../../src/kd-text/split-commands.js';

describe('comments of a kd script', () => {
  it.each([
    ['* all of this line; g', []],
    ['*** heading ***', []],
    ['bl; * the rest; g', ['bl']],
    ['$$ up to the semicolon; kb', ['kb']],
    ['kb; $$ it isn\'t "over yet; g', ['kb', 'g']],
    ['$$', []],
    ['$$$ three; bl', ['bl']],
    ['$$no blank; bl', ['bl']],
    ['bc *; bl', ['bc *', 'bl']],
    ['$$><script.txt; g', ['$$><script.txt', 'g']],
    ['$$<script.txt', ['$$<script.txt']],
    ['.echo $$ not one; g', ['.echo $$ not one', 'g']],
    ['bp nt!X "$$ in a string;kb;g"', ['bp nt!X "$$ in a string;kb;g"']],
  ])('%s', (line, commands) => expect(splitCommands(line)).toEqual(commands));

  it('never hide what stands behind their semicolon', () => {
    const words = fc.stringMatching(/^[ -:<-~]{0,12}$/).filter((text) => !/^[<>]/.test(text));
    fc.assert(
      fc.property(words, (text) => {
        expect(splitCommands(`$$${text};g`)).toEqual(['g']);
      }),
    );
  });
});

describe('lm and its letters', () => {
  it.each([
    ['lm', {}],
    ['lmvm nt', { verbose: true, pattern: 'nt' }],
    ['lmv m nt', { verbose: true, pattern: 'nt' }],
    ['lm vm nt', { verbose: true, pattern: 'nt' }],
    ['lm v m nt', { verbose: true, pattern: 'nt' }],
    ['lmvmnt', { verbose: true, pattern: 'nt' }],
    ['lmvm mydrv.sys', { verbose: true, pattern: 'mydrv' }],
    ['lm m my*', { pattern: 'my*' }],
    ['lmfm my*', { file: true, pattern: 'my*' }],
    ['lmf', { file: true }],
    ['lmk', {}],
    ['lm kv', { verbose: true }],
    ['lmt n', {}],
    ['lmva nt!KeBugCheck+4', { verbose: true, around: 'nt!KeBugCheck+4' }],
    ['lm a fffff800`01234567', { around: 'fffff800`01234567' }],
    ['lmi', undefined],
    ['lm quite another', undefined],
  ])('%s', (text, wanted) => {
    const all = wanted && { verbose: false, file: false, ...wanted };
    expect(parseModuleQuestion(text)).toEqual(all);
  });

  it('print what an image says of itself', () => {
    const lines = formatModuleDetails({ file: 'mydrv.sys', timeStamp: 0x4a5bc600, checkSum: 0xabc, size: 0xc000 });
    expect(lines).toContain('    Timestamp:        Mon Jul 13 23:40:48 2009 (4A5BC600)');
    expect(lines).toContain('    ImageSize:        0000C000');
    expect(formatModuleDetails({ file: 'x', timeStamp: undefined, checkSum: 0, size: 0 }).join()).toContain(
      'unavailable',
    );
  });
});

describe('k and its letters', () => {
  it.each([
    ['k', { kind: 'k' }],
    ['kL', { kind: 'k' }],
    ['knf', { kind: 'k', numbered: true, memory: true }],
    ['kfn', { kind: 'k', numbered: true, memory: true }],
    ['kbnL', { kind: 'kb', numbered: true }],
    ['kPn', { kind: 'kp', numbered: true }],
    ['kvL', { kind: 'kv' }],
    ['kcn', { bare: true, kind: 'k', numbered: true }],
    ['kill', undefined],
    ['kx', undefined],
  ])('%s', (word, wanted) => {
    expect(parseStackWord(word)).toEqual(wanted && { numbered: false, memory: false, bare: false, ...wanted });
  });

  it.each([32, 64] as const)('show distances that a reader of stacks takes for what they are (%i bits)', (bits) => {
    const digits = (value: number) => value.toString(16).padStart(16, '0');
    const frames = [0, 0x30, 0x1230].map((at) => ({
      child: digits(0xf7a0b000 + at),
      ret: digits(0x80501234),
      module: 'nt',
      site: 'nt!Foo+0x12',
      inline: false,
    }));
    for (const numbered of [true, false]) {
      const dialect = dialectOf({ bits, kind: 'k', numbered, wide: true });
      const plain = formatStack(frames as never, dialect);
      const text = withMemory(
        plain,
        [0n, 0x30n, 0x1230n].map((frameAddress) => ({ frameAddress })),
      );
      const header = parseStackHeader(text[0] ?? '');
      expect(header?.columns).toContain('memory');
      const read = text.slice(1).map((line) => parseFrame(line, header));
      expect(read.map((frame) => frame?.child)).toEqual(frames.map(({ child }) => child));
      expect(text[2]).toContain(' 30 ');
    }
  });
});
