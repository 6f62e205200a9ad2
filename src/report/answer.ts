import { nounOf, rowValue, wholeOf } from './measure.js';
import type { Report, ReportDriver } from './model.js';
import { count, fitted, number, plural } from './wording.js';

/** Characters of a name within a sentence; a line of 60 columns must hold it. */
export const LONGEST_NAME = 58;

/** One sentence: which driver made how many of the allocations (or of what the log shows), and where. */
export function answer(report: Report): string {
  const [first] = report.drivers;
  const whole = wholeOf(report);
  if (!first || report.hits === 0) return 'No stack was found.';
  const noun = nounOf(report);
  if (report.measure === 'outstanding' && whole === 0)
    return `All ${plural(noun)}${tagOf(report)} with a known address (${number(report.outstanding?.tracked ?? 0)}) were freed.`;
  const value = rowValue(first, report.measure);
  const what = report.measure === 'outstanding' ? `outstanding ${noun}` : noun;
  return `${subject(first)} ${verb(report, noun)} ${shareOf(value, whole, what)}${tagOf(report)}, ${place(first, value)}.`;
}

/** What must be known to read the numbers rightly: a sentence each. */
export function remarks(report: Report): string[] {
  const { ambiguous, allocations, frees, repeats, breakIns, cut, hits, measure, bytes, outstanding } = report;
  const other = hits - allocations - frees - repeats;
  const remarks: string[] = [];
  if (ambiguous > 0 && ambiguous < allocations)
    remarks.push(
      `${number(ambiguous)} of ${count(allocations, 'allocation')} may be frees: the log does not tell which.`,
    );
  if (frees > 0 && frees < hits) remarks.push(`${count(frees, 'free')} ${frees === 1 ? 'was' : 'were'} read, too.`);
  if (outstanding && outstanding.tracked > 0 && outstanding.count === 0)
    remarks.push(`All allocations with a known address (${number(outstanding.tracked)}) were freed.`);
  if (measure !== 'hits' && other > 0)
    remarks.push(
      `${count(other, 'hit')} ${other === 1 ? 'neither allocates nor frees' : 'neither allocate nor free'}.`,
    );
  if (report.exportsOnly.length > 0) {
    const names = report.exportsOnly.map(({ module }) => module).join(', ');
    remarks.push(
      `kd had no symbols of ${names}: names of functions there are the nearest export, and guesses; the modules are certain. With an image or PDB at hand, --symbols PATH names them properly.`,
    );
  }
  if (cut > 0)
    remarks.push(
      `${count(cut, 'stack')} ${cut === 1 ? 'was' : 'were'} cut by the break-in that stopped the target there: counted, and attributed as far as ${cut === 1 ? 'it goes' : 'they go'}.`,
    );
  if (breakIns > 0)
    remarks.push(
      `${count(breakIns, 'stack')} of a break-in ${breakIns === 1 ? 'is no hit and was' : 'are no hits and were'} not counted.`,
    );
  if (repeats > 0) remarks.push(`${count(repeats, 'stack')} printed again at the same stop counted once.`);
  if (bytes?.from === 'home-slots')
    remarks.push('Sizes come from home slots of x64, which are not always the arguments.');
  return remarks;
}

function verb({ measure }: Report, noun: string): string {
  if (measure === 'outstanding') return 'still holds';
  return noun === 'stack' ? 'is behind' : 'made';
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
  return `${much} ${fitted(first?.name ?? '', LONGEST_NAME)}`;
}

/** The heading of the column that holds the measure. */
export function measureTitle(report: Report): string {
  return report.measure === 'outstanding' ? 'outstanding' : plural(nounOf(report));
}
