import { type BcdObject, identifierOf, parseBcdListing, startsSystem } from './bcd-listing.js';
import { isOn } from './bcd-words.js';
import { MARK } from './boot-ini.js';
import type { DebugPort } from './boot-ini-edit.js';
import { netCommand, netFindings, type WantedNet } from './check-net.js';
import { bad, compare, type Finding, good, open } from './findings.js';

const SAVE_ALL = 'Save all of it: bcdedit /enum all > bcd.txt';

/** A serial port, or what is known of the way over the network. */
export type WantedDebugger = DebugPort & { readonly net?: WantedNet };

/** Looks in what `bcdedit /enum all` or `bcdedit /dbgsettings` printed for the debug entry and the settings of the debugger. */
export function checkBcdListing(text: string, wanted: WantedDebugger): Finding[] {
  const objects = parseBcdListing(text);
  if (objects.length === 0)
    return [bad('This is not a bcdedit listing. Save one in an elevated command prompt: bcdedit /enum all > bcd.txt')];
  const systems = objects.filter(startsSystem);
  const entry = debuggedOf(systems, objects);
  return [
    ...entryFindings(systems, entry, objects),
    ...settingsFindings(objects, entry, wanted),
    ...(wanted.net ? [] : emsFindings(objects, entry, wanted)),
  ];
}

/** The entry that is meant: ours, the one that the target starts by itself, or the first with debugging. */
function debuggedOf(systems: readonly BcdObject[], objects: readonly BcdObject[]): BcdObject | undefined {
  const debugged = systems.filter((object) => isOn(object.get('debug')) === true);
  const byDefault = find(objects, '{bootmgr}')?.get('default')?.toLowerCase();
  return (
    debugged.find((object) => object.get('description')?.endsWith(MARK)) ??
    debugged.find((object) => object.get('identifier')?.toLowerCase() === byDefault) ??
    debugged[0]
  );
}

function entryFindings(
  systems: readonly BcdObject[],
  entry: BcdObject | undefined,
  objects: readonly BcdObject[],
): Finding[] {
  if (entry) return [good(`${nameOf(entry)} starts with debugging.`)];
  if (systems.length === 0 && objects.some((object) => object.has('debugtype')))
    return [open(`The listing shows no boot entry, so whether one has debug Yes is not known. ${SAVE_ALL}`)];
  const unclear = systems.find((object) => isOn(object.get('debug')) === undefined);
  if (unclear)
    return [
      bad(`debug is '${unclear.get('debug')}' in '${unclear.get('description')}': a word this program does not know.`),
    ];
  return [bad('No entry of Windows has debug Yes: the target starts without a kernel debugger.')];
}

/** What an entry says of its own comes before what {dbgsettings} says for all. What another entry says counts for nothing. */
function settingsFindings(
  objects: readonly BcdObject[],
  entry: BcdObject | undefined,
  wanted: WantedDebugger,
): Finding[] {
  const global =
    find(objects, '{dbgsettings}') ??
    objects.find((object) => object.has('debugtype') && !startsSystem(object) && !object.has('identifier'));
  const settings = entry?.has('debugtype') ? new Map([...(global ?? []), ...entry]) : global;
  if (!settings) return [bad(`The listing has no {dbgsettings}. ${SAVE_ALL}`)];
  const type = settings.get('debugtype') ?? 'nothing';
  const right = wanted.net ? 'NET' : 'Serial';
  if (type.toLowerCase() !== right.toLowerCase()) {
    const other = type.toLowerCase() === 'net' ? '. For a target on a network say --net' : '';
    const own = entry?.has('debugtype') ? entry : undefined;
    return [
      bad(
        own === undefined
          ? `debugtype is ${type}, not ${right}: run ${commandFor(wanted)}${other}`
          : `debugtype is ${type}, not ${right}, in ${nameOf(own)}, whatever {dbgsettings} says: run bcdedit /deletevalue ${own.get('identifier')} debugtype${other}`,
      ),
    ];
  }
  if (wanted.net) return netFindings(settings, wanted.net);
  return [
    compare('port', `COM${number(settings.get('debugport'), 1)}`, `COM${wanted.port}`),
    compare('rate', String(number(settings.get('baudrate'), 115_200)), String(wanted.baud)),
  ];
}

function commandFor({ net, port, baud }: WantedDebugger): string {
  return net ? netCommand(net) : `bcdedit /dbgsettings serial debugport:${port} baudrate:${baud}`;
}

/** Emergency Management Services and the debugger cannot share a port. Source: "Boot Parameters to Enable EMS Redirection". */
function emsFindings(objects: readonly BcdObject[], entry: BcdObject | undefined, wanted: DebugPort): Finding[] {
  const settings = find(objects, '{emssettings}');
  const port = settings?.get('emsport');
  const inEntry = entry !== undefined && isOn(entry.get('ems')) === true;
  // bootems alone is how Windows comes; without a port of its own it does nothing.
  const atBoot = port !== undefined && isOn(settings?.get('bootems')) === true;
  if (!inEntry && !atBoot) return [];
  if (port !== undefined && number(port, 0) !== wanted.port) return [];
  const where = inEntry ? `ems is on in ${nameOf(entry)}` : 'bootems is on';
  const remedy = inEntry ? `bcdedit /ems ${entry.get('identifier')} off` : 'bcdedit /bootems {bootmgr} off';
  return [
    bad(
      port === undefined
        ? `${where}, and the listing does not say on which port: if it is COM${wanted.port}, the debugger cannot use that. Run ${remedy}`
        : `${where}, and Emergency Management Services use COM${wanted.port}: the debugger cannot share it. Run ${remedy}`,
    ),
  ];
}

function find(objects: readonly BcdObject[], identifier: string): BcdObject | undefined {
  return objects.find((object) => identifierOf(object) === identifier);
}

function nameOf(entry: BcdObject): string {
  return `'${entry.get('description')}' ${entry.get('identifier')}`;
}

function number(text: string | undefined, otherwise: number): number {
  const value = Number(text?.replace(/^com/i, ''));
  return text === undefined || Number.isNaN(value) ? otherwise : value;
}
