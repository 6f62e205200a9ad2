import { describe, expect, it } from 'vitest';
import type { Phase } from '../../src/session/core/state.js';
import { readPage, tokensOf } from './pages.js';
import { walkSessions } from './walk-session.js';

const page = readPage('docs/session-states.md');
const seen = walkSessions(1000, 1);
/** The compiler sees to it that none is missing. */
const PHASES: Readonly<Record<Phase, true>> = {
  idle: true,
  starting: true,
  waiting: true,
  connected: true,
  breaking: true,
  halted: true,
  arming: true,
  collecting: true,
  releasing: true,
  leaving: true,
  released: true,
  lost: true,
  unknown: true,
};

const spans = (cell: string): string[] => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name as string);

/** Of each state in the table of states, what may follow it. */
function followers(): Map<string, Set<string>> {
  const table = page.tokens.find((token) => token.type === 'table' && token.header[0].text === 'state');
  const rows = (table as { rows: { text: string }[][] } | undefined)?.rows ?? [];
  return new Map(rows.map(([state, , next]) => [spans(state?.text ?? '')[0] ?? '', new Set(spans(next?.text ?? ''))]));
}

describe('docs/session-states.md', () => {
  it('has a row for every state', () => {
    expect([...followers().keys()].sort()).toEqual(Object.keys(PHASES).sort());
  });

  it('has every change of state that can be seen in random sessions', () => {
    expect(seen.size).toBeGreaterThan(60);
    const missing = [...seen].filter((change) => {
      const [from = '', to = ''] = change.split(' --> ');
      return !followers().get(from)?.has(to);
    });
    expect(missing).toEqual([]);
  });

  it('draws changes that happen', () => {
    const drawn = tokensOf(page, 'code').flatMap(({ lang, text }) =>
      lang === 'mermaid' ? [...(text as string).matchAll(/^ *(\w+ --> \w+)$/gm)].map(([, change]) => change) : [],
    );
    expect(drawn.length).toBeGreaterThan(15);
    expect(drawn.filter((change) => !seen.has(change as string))).toEqual([]);
  });
});
