import { UNCERTAIN_DRIVER } from '../stacks/attribution.js';
import type { Report, ReportImage } from './model.js';
import { fitted } from './wording.js';

/** What to do with the answer. */
export interface NextStep {
  readonly text: string;
  /** To type: in kd where it begins so, else in a shell. */
  readonly command: string | null;
}

const LONGEST = 120;
/** A line of 60 columns must hold it. */
const LONGEST_NAME = 40;
/** A module as kd takes it for `lmvm`. */
const MODULE = new RegExp(`^[\\w.$-]{1,${LONGEST_NAME}}$`);
/** The first build of Windows Vista, which boots by BCD. */
const VISTA = 6000;

/** What a person can do next: whose driver it is, what else would show a leak, and how to undo what was prepared. */
export function nextSteps(report: Report): NextStep[] {
  if (report.hits === 0) return [];
  return [...aboutDriver(report), ...aboutDoubts(report), ...aboutLeak(report), ...aboutUndo(report)];
}

function aboutDriver({ drivers, images = [] }: Report): NextStep[] {
  const [first] = drivers;
  if (!first || first.name === UNCERTAIN_DRIVER || !MODULE.test(first.name)) return [];
  const command = `lmvm ${first.name}`;
  const image = images.find(({ module }) => module.toLowerCase() === first.name.toLowerCase());
  if (image) return [{ text: `${versionOf(image)}. Compare it with the target's, in kd:`, command }];
  if (first.name === 'nt')
    return [{ text: 'No driver is on these stacks: see the callers. Which kernel it is says, in kd:', command }];
  return [{ text: `File, version and maker of ${first.name}, in kd:`, command }];
}

/** `leakydrv.sys is version 5.2.3790.1 (Example Corporation, "Leaky driver")` */
function versionOf({ file, version, company, description }: ReportImage): string {
  const told = [company, description === '' ? '' : `"${description}"`].filter((part) => part !== '').join(', ');
  const number = version === '' ? 'has no version' : `is version ${version}`;
  return fitted(`${file} ${number}${told === '' ? '' : ` (${told})`}`, LONGEST);
}

function aboutDoubts({ uncertain, exportsOnly }: Report): NextStep[] {
  const steps: NextStep[] = [];
  if (uncertain > 0)
    steps.push({ text: 'Stacks that lack frames are whole when kd knows every module; in kd:', command: '.reload' });
  const [module] = exportsOnly;
  if (module)
    steps.push({
      text: `Proper names for ${fitted(module.module, LONGEST_NAME)}, from the folder of its image or PDB:`,
      command: 'livedebug report … --symbols FOLDER',
    });
  return steps;
}

/** Allocations alone are no leak. */
function aboutLeak({ measure, frees, tags }: Report): NextStep[] {
  const [tag] = tags;
  if (measure !== 'allocations' || frees > 0 || tags.length !== 1 || !tag) return [];
  const command = `livedebug start --tag ${argumentOf(tag.tag)} --track-frees`;
  return [{ text: 'Which of these allocations are never freed shows a session that looks at frees, too:', command }];
}

/** Special pool is prepared in the registry; PoolHitTag leaves nothing behind. */
function aboutUndo({ stops, tags, logs }: Report): NextStep[] {
  const prepared = stops.some(({ symbol }) => symbol?.endsWith('SpecialPool') === true);
  const [tag] = tags;
  if (!prepared || tags.length !== 1 || !tag) return [];
  const builds = logs.flatMap(({ targets }) => targets).map((text) => Number(/Version (\d+)/.exec(text)?.[1] ?? VISTA));
  const os = Math.max(VISTA, ...builds) === VISTA && builds.some((build) => build < VISTA) ? '2003' : 'vista+';
  return [
    {
      text: 'When you are done, undo.cmd of the kit takes the preparation back, on the target; if the kit was lost:',
      command: `livedebug target undo --tag ${argumentOf(tag.tag)} --os ${os}`,
    },
  ];
}

/** Blanks at the end of a tag need not be typed. */
function argumentOf(tag: string): string {
  const typed = tag.replaceAll('\\0', '').trimEnd();
  return /^[\w-]+$/.test(typed) ? typed : `"${typed.replaceAll('"', '\\"')}"`;
}
