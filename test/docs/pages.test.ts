import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.js';
import { EXIT } from '../../src/fault.js';
import { allPages, firstCells, issueForms, readPage } from './pages.js';

const numbersOf = (cells: readonly string[]): number[] =>
  cells.flatMap((cell) => (cell.match(/\d+/g) ?? []).map(Number)).sort((a, b) => a - b);

describe('the pages', () => {
  it('begin with the README, which has at most 1,500 words', () => {
    const words = readPage('README.md')
      .text.split(/\s+/)
      .filter((word) => word !== '');
    expect(words.length).toBeLessThanOrEqual(1500);
  });

  it.each(allPages().filter(({ name }) => name.startsWith('docs/')))('$name says first who needs it', ({ text }) => {
    expect(text.slice(0, 400)).toMatch(/^# .+\n(?:.*\n){0,4}\*\*Who needs this:\*\* /);
  });

  it('have every exit code', () => {
    expect(numbersOf(firstCells(readPage('docs/exit-codes.md')))).toEqual(Object.values(EXIT).sort((a, b) => a - b));
  });

  it('have every command', () => {
    const { tokens } = readPage('docs/commands.md');
    const cells = firstCells({ tokens: tokens.filter(({ type }) => type === 'table').slice(0, 1) });
    const named = new Set(cells.flatMap((cell) => [...cell.matchAll(/`(\w+)/g)].map(([, name]) => name)));
    expect([...named].sort()).toEqual(commands.map(({ name }) => name).sort());
  });

  it('are without paths of the machine that wrote them', () => {
    for (const { name, text } of [...allPages(), ...issueForms()])
      expect(text.match(/\/(?:work|root|home\/\w+)\/\S*/g) ?? [], name).toEqual([]);
  });

  it('ask in an issue for version, doctor, events and a record of the line', () => {
    const form = issueForms().find(({ name }) => name.endsWith('session.yml'))?.text ?? '';
    for (const wanted of ['livedebug --version', 'livedebug doctor', 'events.ndjson', 'livedebug kd --record'])
      expect(form).toContain(wanted);
  });
});
