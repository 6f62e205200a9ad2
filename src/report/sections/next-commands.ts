import { UNCERTAIN_DRIVER } from '../../stacks/attribute/attribution.js';
import { fitted } from '../format.js';
import type { Report, ReportImage } from '../model.js';
import type { ReportCommand } from '../pool/model.js';
import { tagArgument } from '../pool/next-commands.js';

const LONGEST = 120;
/** A line of 60 columns must hold it. */
const LONGEST_NAME = 40;
/** A module as kd takes it for `lmvm`. */
const MODULE = new RegExp(`^[\\w.$-]{1,${LONGEST_NAME}}$`);
/** The first build of Windows Vista, which boots by BCD. */
const VISTA = 6000;

/** What to type next: whose driver it is, what else would show a leak, how to undo what was prepared, and what tables of pool ask for. */
export function nextCommands(report: Report, platform: NodeJS.Platform = process.platform): ReportCommand[] {
  const ofStacks =
    report.hits === 0
      ? []
      : [
          ...aboutDriver(report),
          ...aboutDoubts(report),
          ...aboutLeak(report, platform),
          ...aboutUndo(report, platform),
        ];
  const typed = new Set(ofStacks.map(({ command }) => command));
  return [...ofStacks, ...(report.pool?.next ?? []).filter(({ command }) => !typed.has(command))];
}

function aboutDriver({ drivers, images = [] }: Report): ReportCommand[] {
  const [first] = drivers;
  if (!first || first.name === UNCERTAIN_DRIVER || !MODULE.test(first.name)) return [];
  const image = images.find(({ module }) => module.toLowerCase() === first.name.toLowerCase());
  return [{ at: 'kd', command: `lmvm ${first.name}`, why: image ? compared(image) : whose(first.name) }];
}

function whose(driver: string): string {
  return driver === 'nt'
    ? 'which kernel it is; no driver is on these stacks, so see the callers'
    : 'file, version and maker of the driver';
}

/** `to compare with leakydrv.sys here: version 5.2.3790.1 (Example Corporation, "Leaky driver")` */
function compared({ file, version, company, description }: ReportImage): string {
  const told = [company, description === '' ? '' : `"${description}"`].filter((part) => part !== '').join(', ');
  const number = version === '' ? 'it has no version' : `version ${version}`;
  return fitted(`to compare with ${file} here: ${number}${told === '' ? '' : ` (${told})`}`, LONGEST);
}

function aboutDoubts({ uncertain, exportsOnly }: Report): ReportCommand[] {
  const commands: ReportCommand[] = [];
  if (uncertain > 0)
    commands.push({ at: 'kd', command: '.reload', why: 'with every module known, no stack lacks frames any more' });
  const [module] = exportsOnly;
  if (module)
    commands.push({
      at: 'host',
      command: 'livedebug report … --symbols FOLDER',
      why: `proper names for ${fitted(module.module, LONGEST_NAME)}, from the folder of its image or PDB`,
    });
  return commands;
}

/** Allocations alone are no leak. */
function aboutLeak({ measure, frees, tags }: Report, platform: NodeJS.Platform): ReportCommand[] {
  const [tag] = tags;
  if (measure !== 'allocations' || frees > 0 || tags.length !== 1 || !tag) return [];
  const command = `livedebug start ${argumentOf(tag.tag, platform)} --track-frees`;
  return [{ at: 'host', command, why: 'which of these allocations are never freed' }];
}

/** Special pool is prepared in the registry; PoolHitTag leaves nothing behind. */
function aboutUndo({ stops, tags, logs }: Report, platform: NodeJS.Platform): ReportCommand[] {
  const prepared = stops.some(({ symbol }) => symbol?.endsWith('SpecialPool') === true);
  const [tag] = tags;
  if (!prepared || tags.length !== 1 || !tag) return [];
  const builds = logs.flatMap(({ targets }) => targets).map((text) => Number(/Version (\d+)/.exec(text)?.[1] ?? VISTA));
  const old = builds.length > 0 && builds.every((build) => build < VISTA);
  return [
    { at: 'target', command: 'undo.cmd', why: 'takes back what prepare.cmd of the same kit did, when you are done' },
    {
      at: 'host',
      command: `livedebug target undo ${argumentOf(tag.tag, platform)} --os ${old ? '2003' : 'vista+'}`,
      why: 'the same, where the kit was lost',
    },
  ];
}

/** Blanks at the end of a tag need not be typed. */
function argumentOf(tag: string, platform: NodeJS.Platform): string {
  return tagArgument(tag.replaceAll('\\0', '').trimEnd(), platform);
}
