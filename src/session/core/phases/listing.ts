import { parseSymbolRow } from '../../../kd-text/listings/symbols.js';
import { conventionOf } from '../hit-commands.js';
import { tagPlace } from '../hit-tag.js';
import type { KnownBreaks } from '../ours.js';
import { fitting } from '../pool-breaks/break-commands.js';
import { isPoolFunction, listLines, seekLines } from '../pool-breaks/functions.js';
import { readBreaks } from '../pool-breaks/pool-break.js';
import { X64, X86 } from '../pool-breaks/registers.js';
import type { Transition } from '../transition.js';

/** Questions for listings: each time the functions that those before have called. */
const MOST_ROUNDS = 4;
const MOST_FUNCTIONS = 8;

/**
 * With the target halted, and hits to be caught by PoolHitTag: has kd list the kernel's functions with its breaks, where more is asked
 * for than stacks. Once per boot: what was found of this kernel at this address stays true.
 * @returns whether kd was asked
 */
export function listsCode(transition: Transition): boolean {
  const { state, plan, event } = transition;
  const { ours, target } = state;
  if (ours.catching !== 'pool-hit-tag' || plan.detail === undefined) return false;
  const at = tagPlace(ours.resolved);
  if (ours.breaks && ours.breaks.at === at) return false;
  delete ours.breaks;
  const left = plan.haltLimitMs - (event.at - (target.haltedSince ?? event.at));
  if (at === undefined || (plan.listingMs ?? 0) >= left) {
    ours.breaks = {
      at: at ?? '',
      breaks: [],
      lacks: ['the kernel’s code is not read, as that would take longer than the halt limit leaves'],
    };
    return false;
  }
  ours.listing = { at, since: event.at, rounds: 0, asked: [], lines: [] };
  transition.ask('unassemble', seekLines());
  return true;
}

/** kd has listed something. @returns whether it was asked for more */
export function listed(transition: Transition, answer: readonly string[]): boolean {
  const { ours } = transition.state;
  const { listing } = ours;
  if (!listing) return false;
  const lines = [...listing.lines, ...answer];
  const convention = conventionOf(lines);
  const processor = convention === 'x86' ? X86 : X64;
  const read =
    listing.rounds === 0 || convention === undefined
      ? { breaks: [], wanted: namesIn(answer) }
      : readBreaks({ processor, lines, addresses: transition.plan.detail === 'frees' });
  const wanted = read.wanted.filter((name) => !listing.asked.includes(name));
  const more = convention === undefined || listing.rounds >= MOST_ROUNDS ? [] : wanted;
  if (more.length > 0) {
    const now = listing.rounds === 0 ? more : more.slice(0, MOST_FUNCTIONS);
    ours.listing = { ...listing, rounds: listing.rounds + 1, asked: [...listing.asked, ...now], lines };
    transition.ask('unassemble', listLines(now, listing.rounds > 0));
    return true;
  }
  delete ours.listing;
  const { breaks: told, lacks } = fitting(read.breaks);
  ours.breaks = { at: listing.at, breaks: told, lacks: [...lacks, ...lacksOf(read.breaks, convention)] };
  const sized = told.filter(({ bytes }) => bytes !== undefined).length;
  const addressed = told.filter(({ blocks }) => blocks.length > 0).length;
  const { length: breaks } = read.breaks;
  transition.tell('code-read', {
    ms: transition.event.at - listing.since,
    functions: listing.asked.length,
    breaks,
    sized,
    addressed,
  });
  return false;
}

function namesIn(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const symbol = parseSymbolRow(line)?.symbol;
    return symbol !== undefined && isPoolFunction(symbol) ? [symbol] : [];
  });
}

function lacksOf(breaks: KnownBreaks['breaks'], convention: 'x64' | 'x86' | undefined): string[] {
  if (convention === undefined) return ['sizes are shown on x86 and x64 only'];
  if (breaks.length === 0) return ['kd lists no break of PoolHitTag in the kernel’s pool functions, so no sizes'];
  return breaks.flatMap(({ lacks }) => lacks);
}
