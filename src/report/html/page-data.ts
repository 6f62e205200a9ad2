import { stackFacts } from '../build/stack-facts.js';
import { fitted, number } from '../format.js';
import type { Report } from '../model.js';
import type { ReportPlace, ReportStack } from '../row-model.js';
import { logName } from '../sections/log-sections.js';
import { type Weight, weightsOf } from '../weights.js';
import type { Colour } from './driver-colours.js';
import { driverColours } from './driver-colours.js';
import { cleanEachLine } from './element.js';

/** What the page's script gets to know: interned names, the stacks with most, and the sums of the rest. */
export interface PageData {
  readonly weights: readonly { readonly title: string; readonly unit: Weight['unit'] }[];
  /** The one of `weights` that the report is ranked by. */
  readonly measure: number;
  readonly names: readonly string[];
  readonly colours: readonly Colour[];
  readonly stacks: readonly PageStack[];
  /** Stacks that are not in the page, by driver and by the frames up to their caller: with them the totals are whole. */
  readonly rest: readonly {
    readonly driver: string;
    /** Numbers of names, innermost first; the allocator's alone where the stacks are the smallest of a driver, of several callers. */
    readonly frames: readonly number[];
    readonly colour: Colour;
    readonly stacks: number;
    readonly weights: readonly number[];
  }[];
  /** All stacks of the report. */
  readonly total: number;
}

export interface PageStack {
  /** One number for each of `weights`. */
  readonly weights: readonly number[];
  /** Numbers of names, innermost first. */
  readonly frames: readonly number[];
  readonly facts: string;
  readonly driver: string;
  readonly caller: string;
  readonly colour: Colour;
  readonly place: string;
  readonly text: string | null;
}

/** What keeps the page below five megabytes. */
const MOST_STACKS = 2_000;
const MOST_CALLERS = 2_000;
const MOST_FRAMES = 512;
const LONGEST_NAME = 400;
const NAMES_BUDGET = 1_500_000;
const FRAMES_BUDGET = 400_000;
const LONGEST_TEXT = 12_000;
const TEXTS_BUDGET = 1_200_000;

export type Texts = ReadonlyMap<number, string>;

/** Chooses what the page holds. Stacks come ranked, so what is left out is what matters least. */
export function pageData(report: Report, texts: Texts): PageData {
  const weights = weightsOf(report);
  const colourOf = driverColours(report.drivers);
  const names = new Names(colourOf);
  const stacks: PageStack[] = [];
  const spent = { frames: 0, texts: 0 };
  for (const [index, stack] of report.stacks.entries()) {
    if (index >= MOST_STACKS || spent.frames > FRAMES_BUDGET || names.size > NAMES_BUDGET) break;
    const text = kdText(texts.get(index), spent.texts);
    const frames = names.of(stack);
    spent.frames += frames.length;
    spent.texts += text?.length ?? 0;
    stacks.push({
      weights: weights.map(({ of }) => of(stack)),
      frames,
      facts: stackFacts(stack, report),
      driver: fitted(stack.driver, LONGEST_NAME),
      caller: fitted(stack.caller, LONGEST_NAME),
      colour: colourOf(stack.driver),
      place: siteOf(stack, report),
      text,
    });
  }
  return {
    weights: weights.map(({ title, unit }) => ({ title, unit })),
    measure: Math.max(
      0,
      weights.findIndex(({ id }) => id === report.measure),
    ),
    names: names.texts,
    colours: names.colours,
    stacks,
    rest: restOf(report.stacks.slice(stacks.length), weights, colourOf, names),
    total: report.stacks.length,
  };
}

/** Where kd's text of a stack stands in the logs. */
export function siteOf({ first, last, count }: ReportStack, { logs }: Report): string {
  const place = ({ log, line, offset }: ReportPlace): string => {
    // In a UTF-16 log the offset is one in the text, which no editor shows.
    const byte = logs[log]?.encoding === 'plain' ? ` (byte ${number(offset)})` : '';
    return `${fitted(logName(logs[log]?.name ?? ''), LONGEST_NAME)}, line ${number(line)}${byte}`;
  };
  return count > 1 ? `First: ${place(first)}. Last: ${place(last)}.` : `${place(first)}.`;
}

function kdText(text: string | undefined, spent: number): string | null {
  if (text === undefined || spent > TEXTS_BUDGET) return null;
  const whole = cleanEachLine(text.slice(0, LONGEST_TEXT + 1)).trimEnd();
  return whole.length > LONGEST_TEXT ? `${whole.slice(0, LONGEST_TEXT)}\n… (the log has it whole)` : whole;
}

/** Sums of stacks that have the innermost frames in common. */
interface Branch {
  readonly driver: string;
  readonly frames: ReportStack['frames'];
  stacks: number;
  readonly weights: number[];
}

/** What is left of the stacks: merged where they call the allocator, and cut behind that; the smallest callers of a driver are cut as well. */
function restOf(
  stacks: readonly ReportStack[],
  weights: readonly Weight[],
  colourOf: (module: string) => Colour,
  names: Names,
): PageData['rest'] {
  const branches = new Map<string, Branch>();
  for (const stack of stacks) {
    const frames = toCaller(stack);
    const own = weights.map(({ of }) => of(stack));
    addBranch(branches, { driver: stack.driver, frames, stacks: stack.merged?.stacks ?? 1, weights: own });
  }
  const ranked = [...branches.values()].sort((a, b) => (b.weights[0] ?? 0) - (a.weights[0] ?? 0));
  const cut = new Map<string, Branch>();
  const rest: PageData['rest'][number][] = [];
  const add = ({ driver, frames, stacks, weights }: Branch): void => {
    const shown = { driver: fitted(driver, LONGEST_NAME), frames: names.of({ frames }) };
    rest.push({ ...shown, colour: colourOf(driver), stacks, weights });
  };
  for (const branch of ranked) {
    if (rest.length < MOST_CALLERS && names.size <= NAMES_BUDGET) add(branch);
    else addBranch(cut, { ...branch, frames: branch.frames.slice(0, -1) });
  }
  for (const branch of cut.values()) add(branch);
  return rest;
}

/** The frames up to the function that called the allocator. */
function toCaller({ frames, caller, merged }: ReportStack): ReportStack['frames'] {
  const isCaller = ({ text, module, symbol }: ReportStack['frames'][number]): boolean =>
    module !== null && symbol !== null ? caller === `${module}!${symbol}` : caller === text;
  const at = merged ? -1 : frames.findIndex(isCaller);
  return at < MOST_FRAMES ? frames.slice(0, at + 1) : [];
}

function addBranch(to: Map<string, Branch>, { driver, frames, stacks, weights }: Branch): void {
  const key = [driver, ...frames.map(({ text }) => text)].join('\n');
  const known = to.get(key);
  if (!known) {
    to.set(key, { driver, frames, stacks, weights: [...weights] });
    return;
  }
  known.stacks += stacks;
  for (const [i, weight] of weights.entries()) known.weights[i] = (known.weights[i] ?? 0) + weight;
}

/** Names of frames, each once. */
class Names {
  readonly texts: string[] = [];
  readonly colours: Colour[] = [];
  size = 0;
  readonly #known = new Map<string, number>();

  constructor(private readonly colourOf: (module: string | null) => Colour) {}

  of({ frames }: Pick<ReportStack, 'frames'>): number[] {
    const shown = frames.slice(0, MOST_FRAMES).map(({ text, module }) => this.#intern(text, this.colourOf(module)));
    const left = frames.length - shown.length;
    return left > 0 ? [...shown, this.#intern(`(${number(left)} more frames)`, this.colourOf(null))] : shown;
  }

  #intern(text: string, colour: Colour): number {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const shown = fitted(text, LONGEST_NAME);
    this.size += shown.length;
    this.#known.set(text, this.texts.length);
    this.colours.push(colour);
    return this.texts.push(shown) - 1;
  }
}
