import { describe, expect, it } from 'vitest';
import { commandWord, splitCommands, takeQuoted } from '../../src/kd-text/split-commands.js';

describe('splitCommands', () => {
  const cases: [line: string, commands: string[]][] = [
    ['bc *;bl ; g', ['bc *', 'bl', 'g']],
    [';kb;g', ['kb', 'g']],
    ['bp nt!X ";kb;g"; bl', ['bp nt!X ";kb;g"', 'bl']],
    ['bp nt!X ".echo \\"a;b\\";g";g', ['bp nt!X ".echo \\"a;b\\";g"', 'g']],
    [".echo a; ed nt!PoolHitTag ' ;x '", ['.echo a', "ed nt!PoolHitTag ' ;x '"]],
    ['.sympath srv*c:\\x;g', ['.sympath srv*c:\\x;g']],
    ['bl; .reload; g', ['bl', '.reload; g']],
    ['.if (1) {kb;g} .else {g};bl', ['.if (1) {kb;g} .else {g}', 'bl']],
    [' ;; ', []],
  ];
  for (const [line, commands] of cases) it(line, () => expect(splitCommands(line)).toEqual(commands));

  it('parts the word from glued arguments', () => {
    expect(commandWord('bc*')).toEqual({ word: 'bc', rest: '*' });
    expect(commandWord('.sympath+ c:\\x')).toEqual({ word: '.sympath+', rest: 'c:\\x' });
    expect(commandWord('!analyze -v')).toEqual({ word: '!analyze', rest: '-v' });
  });

  it('unquotes a command string', () => {
    expect(takeQuoted('"a \\"b\\" c" rest')).toEqual({ quoted: 'a "b" c', rest: ' rest' });
    expect(takeQuoted('no quotes')).toBeUndefined();
  });
});
