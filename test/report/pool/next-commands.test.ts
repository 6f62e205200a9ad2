import { expect, it } from 'vitest';
import { tagArgument } from '../../../src/report/pool/next-commands.js';
import { readPool, usedTable } from './pool-text.js';

const commandsOf = (tag: string) =>
  readPool([{ lines: usedTable([tag, [1, 64]]) }, { lines: usedTable([tag, [2, 640]]) }])?.next.map(
    ({ command }) => command,
  );

it('gives the tag that grows to the next commands', () => {
  expect(commandsOf('Tape')).toEqual([
    '!poolfind Tape 0',
    'findstr /m /l Tape %SystemRoot%\\System32\\drivers\\*.sys',
    'livedebug start --tag Tape',
    'livedebug start --tag Tape --strategy pool-hit-tag',
  ]);
});

it('types tags as values where kd would not take their characters', () => {
  expect(commandsOf('Ddk')?.[0]).toBe('!poolfind 0x206b6444 0');
  expect(commandsOf('A b')).toContain('findstr /m /l /c:"A b" %SystemRoot%\\System32\\drivers\\*.sys');
  expect(commandsOf('\u00e4\u00f6')).toEqual(['!poolfind 0x2020f6e4 0']);
});

it('quotes tags as the shell of the host needs it', () => {
  expect(tagArgument('Ddk', 'linux')).toBe('--tag Ddk');
  expect(tagArgument('A b', 'linux')).toBe("--tag 'A b'");
  expect(tagArgument("a'$", 'linux')).toBe("--tag 'a'\\''$'");
  expect(tagArgument('A b', 'win32')).toBe('--tag "A b"');
  expect(tagArgument('-UMD', 'win32')).toBe('--tag=-UMD');
});

it('asks for a later table where there is but one', () => {
  const next = readPool([{ lines: ['0: kd> !poolused 2 T*', ...usedTable(['Tape', [1, 64]])] }])?.next;
  expect(next?.[0]).toMatchObject({ at: 'kd', command: '!poolused 2 T*' });
  expect(next?.[1]).toMatchObject({ at: 'host', command: 'livedebug compare EARLIER LATER' });
});
