import { describe, expect, it } from 'vitest';
import { parseKdOptions, UsageError } from '../../src/kd-text/kd-options.js';
import { lineCutter } from '../../src/kd-text/line-cutter.js';
import { commandWord, splitCommands, takeQuoted } from '../../src/kd-text/split-commands.js';
import { charConstant, evaluateMasm, tagOf, tagValue } from '../../src/simulator/kd/expression.js';

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

describe('evaluate', () => {
  const lookup = (name: string): bigint | undefined => (name === 'nt!Foo' ? 0xfffff80001000000n : undefined);
  const read = (address: bigint, bytes?: number): bigint | undefined =>
    bytes === 4 && address === 0xfffff80001000004n ? 0x100n : undefined;
  const cases: [text: string, value: bigint][] = [
    ['10', 0x10n],
    ['0x1f', 0x1fn],
    ['0n10', 10n],
    ['fffff800`01000010', 0xfffff80001000010n],
    ['nt!Foo+0x12', 0xfffff80001000012n],
    ['nt!Foo-1', 0xfffff80000ffffffn],
    ["' kdD'", 0x206b6444n],
    ["'a+b'", 0x612b62n],
    ['2*(3+4)%5', 4n],
    ['3 < 4', 1n],
    ['(4>=5)|(nt!Foo==nt!Foo+1-1)', 1n],
    ['(nt!Foo!=nt!Foo)|(5!=4)', 1n],
    ['dwo(nt!Foo+4)', 0x100n],
  ];
  for (const [text, value] of cases) it(text, () => expect(evaluateMasm(text, lookup, read)).toBe(value));

  it('says what it cannot resolve as kd does', () => {
    expect(() => evaluateMasm('nt!Nope', lookup)).toThrow("Couldn't resolve error at 'nt!Nope'");
    expect(() => evaluateMasm('1+nt!Nope+2', lookup)).toThrow("Couldn't resolve error at 'nt!Nope+2'");
  });

  it('knows tags both ways', () => {
    expect(tagValue('Ddk')).toBe(0x206b6444);
    expect(tagOf(0x206b6444)).toBe('Ddk ');
    expect(charConstant(' kdD')).toBe(BigInt(tagValue('Ddk ')));
  });
});

describe('parseKdOptions', () => {
  it('reads the command line of a debugging server', () => {
    const options = parseKdOptions(
      ['-server', 'npipe:pipe=a,password=pw,hidden', '-k', 'com:port=com2,baud=57600', '-bonc', '-c', 'bl;g', '-v'],
      {},
    );
    expect(options.server).toEqual({ pipe: 'a', password: 'pw', hidden: true });
    expect(options.transport).toEqual({ kind: 'serial', port: '\\\\.\\com2', baud: 57600 });
    expect(options).toMatchObject({ breakOnConnect: true, commands: ['bl;g'] });
  });

  it('has the defaults of kd and its environment', () => {
    expect(parseKdOptions(['-k'], {}).transport).toEqual({ kind: 'serial', port: '\\\\.\\com1', baud: 19200 });
    const env = { _NT_DEBUG_PORT: 'com3', _NT_DEBUG_BAUD_RATE: '9600', _NT_SYMBOL_PATH: 'srv*x', KDQUIET: '1' };
    const options = parseKdOptions([], env);
    expect(options.transport).toEqual({ kind: 'serial', port: '\\\\.\\com3', baud: 9600 });
    expect(options).toMatchObject({ symbolPath: 'srv*x', quiet: true });
  });

  it('takes pipes and networks', () => {
    const pipe = parseKdOptions(['-k', 'com:pipe,port=\\\\.\\pipe\\vm,resets=0,reconnect'], {}).transport;
    expect(pipe).toEqual({ kind: 'pipe', port: '\\\\.\\pipe\\vm', reconnect: true });
    const ip = parseKdOptions(['-k', 'com:ipport=5501,port=127.0.0.1'], {}).transport;
    expect(ip).toEqual({ kind: 'pipe', port: '127.0.0.1', reconnect: true });
    expect(parseKdOptions(['-k', 'net:port=50000,key=1.2.3.4'], {}).transport).toEqual({ kind: 'net', port: '50000' });
  });

  it('wants -server and -remote first, and knows its switches', () => {
    const late = ['-k', 'com:port=com1,baud=19200', '-server', 'npipe:pipe=a'];
    expect(() => parseKdOptions(late, {})).toThrow(new UsageError('-server: must be the first argument'));
    expect(() => parseKdOptions(['-WX'], {})).toThrow(UsageError);
    for (const option of ['-b', '-bonc']) expect(parseKdOptions([option], {}).breakOnConnect).toBe(true);
    expect(parseKdOptions(['-v'], {}).breakOnConnect).toBe(false);
  });
});

describe('lineCutter', () => {
  it('gives the same lines whatever the chunks', () => {
    const text = Buffer.from('bc *\r\n.echo für\n\x06\nrest');
    for (let size = 1; size <= text.length; size++) {
      const lines: string[] = [];
      const cut = lineCutter((line) => lines.push(line));
      for (let at = 0; at < text.length; at += size) cut(text.subarray(at, at + size));
      expect(lines).toEqual(['bc *', '.echo für', '\x06']);
    }
  });

  it('takes a lone CTRL+C without ENTER', () => {
    const lines: string[] = [];
    lineCutter((line) => lines.push(line))(Buffer.from('\x03'));
    expect(lines).toEqual(['\x03']);
  });
});
