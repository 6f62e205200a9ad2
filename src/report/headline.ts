import type { KnownStackCounts } from '../kd-text/frames/known-stacks.js';
import { UNCERTAIN_DRIVER } from '../stacks/attribute/attribution.js';
import type { Sampling } from './build/sampling.js';
import { count, fitted, number, plural } from './format.js';
import { nounOf, rowValue, wholeOf } from './measure.js';
import type { Report } from './model.js';
import { poolAnswer, poolRemarks } from './pool/pool-answer.js';
import type { ReportDriver } from './row-model.js';
import { sampledRemarks, sampledShare } from './sections/sampled-words.js';

/** Characters of a name within a sentence; a line of 60 columns must hold it. */
export const LONGEST_NAME = 58;

/** One sentence: which driver made how many of the allocations (or of what the log shows), and where. */
export function writeHeadline(report: Report): string {
  const [first] = report.drivers;
  const whole = wholeOf(report);
  if (!first || report.hits === 0) return report.pool ? poolAnswer(report.pool) : 'No stack was found.';
  const noun = nounOf(report);
  if (report.measure === 'outstanding' && whole === 0)
    return `All ${plural(noun)}${tagOf(report)} with a known address (${number(report.outstanding?.tracked ?? 0)}) were freed.`;
  const sampled = report.sampling && sampledAnswer(report, report.sampling);
  if (sampled) return sampled;
  const value = rowValue(first, report.measure);
  const what = report.measure === 'outstanding' ? `outstanding ${noun}` : noun;
  if (first.name === UNCERTAIN_DRIVER) return doubtful(report, `${shareOf(value, whole, what)}${tagOf(report)}`);
  const equals = report.drivers.filter((driver) => rowValue(driver, report.measure) === value);
  if (equals.length > 1) return `${tied(report, equals, noun)} ${shareOf(value, whole, what)}${tagOf(report)} each.`;
  return `${subject(first)} ${verb(report, noun)} ${shareOf(value, whole, what)}${tagOf(report)}, ${place(first, value)}.`;
}

/** The headline where several drivers have as many: the first in the alphabet is not blamed before the others. */
function tied(report: Report, equals: readonly ReportDriver[], noun: string): string {
  const [first, second] = equals as [ReportDriver, ReportDriver];
  const others = equals.length - 2;
  const names = [first, second].map(({ name }) =>
    name === UNCERTAIN_DRIVER ? 'drivers that are not certain' : fitted(name, LONGEST_NAME),
  );
  const who = others === 0 ? names.join(' and ') : `${names.join(', ')} and ${count(others, 'other driver')}`;
  return `${who} ${verb(report, noun, true)}`;
}

/** What must be known to read the numbers rightly: a sentence each. */
export function writeRemarks(report: Report): string[] {
  const { pool } = report;
  if (!pool) return stackRemarks(report);
  if (report.hits === 0) return poolRemarks(pool);
  return [...stackRemarks(report), poolAnswer(pool), ...poolRemarks(pool)];
}

function stackRemarks(report: Report): string[] {
  const { ambiguous, allocations, frees, repeats, breakIns, cut, hits, measure, bytes, outstanding } = report;
  const { crashes = 0, injected = 0 } = report;
  const other = hits - allocations - frees - repeats;
  const remarks: string[] = [];
  if (ambiguous > 0 && ambiguous < allocations)
    remarks.push(
      `${number(ambiguous)} of ${count(allocations, 'allocation')} may be frees: the log does not tell which.`,
    );
  if (frees > 0 && frees < hits) remarks.push(`${count(frees, 'free')} ${frees === 1 ? 'was' : 'were'} read, too.`);
  if (outstanding && outstanding.tracked > 0 && outstanding.count === 0)
    remarks.push(`All allocations with a known address (${number(outstanding.tracked)}) were freed.`);
  remarks.push(...uncertain(report));
  if (crashes > 0)
    remarks.push(
      `${count(crashes, 'stack')} ${crashes === 1 ? 'ends' : 'end'} in a crash of the target (a bug check or a non-maskable interrupt); the functions of the crash are not its caller.`,
    );
  if (injected > 0)
    remarks.push(
      `${count(injected, 'stack')} ${injected === 1 ? 'shows a failure' : 'show failures'} that Driver Verifier injected: nothing was allocated there.`,
    );
  if (measure !== 'hits' && other - injected > 0)
    remarks.push(
      `${count(other - injected, 'hit')} ${other - injected === 1 ? 'neither allocates nor frees' : 'neither allocate nor free'}.`,
    );
  if (report.exportsOnly.length > 0) {
    const names = report.exportsOnly.map(({ module }) => module).join(', ');
    remarks.push(
      `kd had no symbols of ${names}: names of functions there are the nearest export, and guesses; the modules are certain. With an image or PDB at hand, --symbols PATH names them properly.`,
    );
  }
  if (report.sampling) remarks.push(...sampledRemarks(report.sampling));
  if (report.knownStacks && report.knownStacks.taken > 0) remarks.push(knownRemark(report.knownStacks));
  if (cut > 0)
    remarks.push(
      `${count(cut, 'stack')} ${cut === 1 ? 'was' : 'were'} cut by the break-in that stopped the target there: counted, and attributed as far as ${cut === 1 ? 'it goes' : 'they go'}.`,
    );
  if (breakIns > 0)
    remarks.push(
      `${count(breakIns, 'stack')} of a break-in ${breakIns === 1 ? 'is not a hit and was' : 'are not hits and were'} not counted.`,
    );
  if (repeats > 0) remarks.push(`${count(repeats, 'stack')} printed again at the same stop counted once.`);
  if (bytes?.from === 'home-slots')
    remarks.push('Sizes come from home slots of x64, which are not always the arguments.');
  return remarks;
}

/** The same where hits were collected in bursts; undefined where most is known of none. */
function sampledAnswer(report: Report, sampling: Sampling): string | undefined {
  const [most] = sampling.drivers;
  const row = report.drivers.find(({ name }) => name === most?.name);
  if (!most || !row || row.name === UNCERTAIN_DRIVER) return undefined;
  const share = sampledShare(sampling, most.share, nounOf(report), tagOf(report));
  return `${subject(row)} ${verb(report, nounOf(report))} ${share}, ${place(row, rowValue(row, report.measure))}.`;
}

/** With no error found in so many checks, one of 3 in so many cannot be excluded: 95 % of the time it is less. */
const RULE_OF_THREE = 3;

function knownRemark({ taken, checked, different }: KnownStackCounts): string {
  const most = Math.min(100, Math.ceil((100 * RULE_OF_THREE) / Math.max(1, checked)));
  const found =
    checked === 0
      ? 'none was read whole to check that'
      : different === 0
        ? `${number(checked)} were read whole to check that, and none was different (an error of up to ${most} % cannot be excluded)`
        : `of ${number(checked)} that were read whole to check that, ${number(different)} ${different === 1 ? 'was' : 'were'} different (${Math.round((100 * different) / checked)} %): about that share of the others is wrong, too`;
  return `Of ${count(taken, 'stack')} only the first frames were read, and the rest taken from stacks that began so every time before (--known-stacks); ${found}.`;
}

/** The headline where most is known of none: it blames nobody, and says who is certain of the rest. */
function doubtful({ drivers, stacks, measure }: Report, share: string): string {
  const doubts = stacks.filter(({ doubt }) => doubt !== null && doubt !== undefined);
  const [only] = doubts;
  const why = doubts.length === 1 && only?.doubt ? doubtOf(only) : 'their stacks lack frames';
  const certain = drivers.find(({ name }) => name !== UNCERTAIN_DRIVER);
  const rest = certain
    ? `; of the others, most belong to ${fitted(certain.name, LONGEST_NAME)} (${number(rowValue(certain, measure))})`
    : '';
  return `The driver behind ${share} is not certain: ${why}${rest}.`;
}

function doubtOf({ doubt, first }: Report['stacks'][number]): string {
  const before = doubt?.next ? ` before ${fitted(doubt.next, LONGEST_NAME)}` : '';
  return `${doubt?.why ?? ''}${before} (line ${number(first.line)})`;
}

/** So many stacks are named whose driver is not certain. */
const NAMED = 3;

function uncertain({ uncertain: hits = 0, stacks }: Report): string[] {
  if (hits === 0) return [];
  const doubts = stacks.filter(({ doubt }) => doubt);
  const more = doubts.length > NAMED ? `; and ${count(doubts.length - NAMED, 'more stack')}` : '';
  const named = doubts.slice(0, NAMED).map(doubtOf).join('; ');
  const [whose, is] = hits === 1 ? ['lacks', 'its driver is'] : ['lack', 'their drivers are'];
  return [
    `${count(hits, 'stack')} ${whose} frames before the first driver that could be read, so that ${is} not certain: ${named}${more}.`,
  ];
}

function verb({ measure }: Report, noun: string, several = false): string {
  if (measure === 'outstanding') return several ? 'still hold' : 'still holds';
  if (noun === 'stack') return several ? 'are behind' : 'is behind';
  return 'made';
}

function shareOf(value: number, whole: number, noun: string): string {
  if (value === whole) return `${whole > 1 ? 'all ' : ''}${count(whole, noun)}`;
  return `${number(value)} of ${count(whole, noun)}`;
}

function tagOf({ tags }: Report): string {
  const [tag] = tags;
  return tag && tags.length === 1 ? ` of '${fitted(tag.tag, 16)}'` : '';
}

function subject(driver: ReportDriver): string {
  const name = fitted(driver.name, LONGEST_NAME);
  if (driver.userMode) return `${name}, in user mode and through a system call,`;
  return driver.name === 'nt' ? 'nt itself, with no other module on the stack,' : name;
}

function place({ callers }: ReportDriver, value: number): string {
  const [first] = callers;
  const much = first?.count === value ? 'in' : first && first.count * 2 > value ? 'most of them in' : 'most often in';
  const ways = first?.through ?? [];
  return `${much} ${fitted(first?.name ?? '', LONGEST_NAME)}${ways.length > 0 ? `, ${throughOf(ways)}` : ''}`;
}

/** So many modules on the way are named. */
const WAYS = 3;

/** `through Wdf01000` */
export function throughOf(ways: readonly string[]): string {
  const named = ways.slice(0, WAYS).map((way) => fitted(way, LONGEST_NAME));
  return `through ${named.join(', ')}${ways.length > WAYS ? ' and others' : ''}`;
}

/** The heading of the column that holds the measure. */
export function measureTitle(report: Report): string {
  return report.measure === 'outstanding' ? 'outstanding' : plural(nounOf(report));
}
