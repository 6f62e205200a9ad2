import type { FilterMode } from '../../../kd-text/event-kinds.js';
import { takeQuoted } from '../../../kd-text/split-commands.js';
import type { Screen } from '../../console/screen.js';
import type { EventFilters, FilterChange } from '../filters.js';
import { CommandError, type ShellCommand } from '../shell-context.js';

/**
 * `sx` lists, `sxr` resets; `sxe|sxd|sxn|sxi [-c "commands"] [-c2 "commands"] [-h] event[:argument]` sets what is done at an
 * exception or event, `sx-` its commands alone.
 */
export const filterCommand: ShellCommand = {
  words: ['sx', 'sxr', 'sxe', 'sxd', 'sxn', 'sxi'],
  async run({ filters, screen }, word, rest) {
    const only = word === 'sx' && /^-(?:\s|c)/.test(rest);
    if (word === 'sxr') reset(filters, screen);
    else if (word === 'sx' && !only) screen.lines(filters.rows());
    else {
      const { change, event, text } = read(only ? rest.slice(1).trimStart() : rest, only ? undefined : word[2]);
      if (event === '' || !filters.set(event, change)) throw new CommandError(`Syntax error at '${text.trim()}'`);
    }
  },
};

function reset(filters: EventFilters, screen: Screen): void {
  filters.reset();
  screen.line('sx state reset to defaults');
}

function read(text: string, letter: string | undefined): { change: FilterChange; event: string; text: string } {
  const change: Record<string, unknown> = {};
  let handling = false;
  let left = text.trim();
  for (let option = /^-(c2|c|h)\s*/i.exec(left); option; option = /^-(c2|c|h)\s*/i.exec(left)) {
    left = left.slice(option[0].length);
    if (option[1]?.toLowerCase() === 'h') {
      handling = true;
      continue;
    }
    const taken = takeQuoted(left);
    if (!taken) throw new CommandError(`Syntax error at '${left}'`);
    change[option[1]?.toLowerCase() === 'c' ? 'command' : 'secondCommand'] = taken.quoted;
    left = taken.rest.trim();
  }
  // With -h the letter says whether the exception counts as handled.
  if (handling) change.handled = letter === 'e';
  else if (letter !== undefined) change.mode = letter as FilterMode;
  return { change, event: left.trim(), text };
}
