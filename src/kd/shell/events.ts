import { formatAddress } from '../../kd-text/address.js';
import { kdDate } from '../../kd-text/date.js';
import { ESTABLISHED, formatConnectedTo, WAITING_TO_RECONNECT } from '../../kd-text/listings/banner.js';
import { formatRetry } from '../../kd-text/retry.js';
import { formatShutdown } from '../../kd-text/session-time.js';
import type { Screen } from '../console/screen.js';
import type { KnownTarget } from '../control/known-target.js';
import type { ModuleEvent } from '../control/state-change.js';
import type { TargetEvent } from '../control/target-event.js';
import { type EventFilters, isUntouched } from './filters.js';
import type { SymbolSettings } from './symbol-loader.js';
import { describeTarget, kernelBaseLine, kernelVersionLine } from './text/connect-text.js';
import { addressText } from './text/place-text.js';

// What kd prints of what a target tells. What is done about it is in kd-run.ts; a stop is told by stop-handler.ts.

/** What the words of an event depend on. */
export interface EventTexts {
  readonly settings: SymbolSettings;
  readonly filters: EventFilters;
  /** Somebody wants the target to stop as soon as it is connected. */
  readonly initialBreak: boolean;
  /** Images are told of as they come. */
  readonly verbose: boolean;
  readonly processors: number;
}

/** The text of a DbgPrint, with this host's line ends. */
export function printedText(text: Buffer): string {
  return text
    .toString('latin1')
    .replace(/\r\n?|\n\r/g, '\n')
    .replaceAll('\0', '');
}

/** Prints what a target tells. */
export function printEvent(event: TargetEvent, screen: Screen, texts: EventTexts): void {
  switch (event.kind) {
    case 'connected':
      screen.lines(connectLines(event.known, texts));
      break;
    case 'resumed':
      if (!event.confirmed)
        screen.line('The target has not acknowledged that it goes on: it may be halted. CTRL+C asks it.');
      break;
    case 'module':
      printModule(event.event, screen, texts);
      break;
    case 'shutdown':
      screen.freshLine();
      screen.line(formatShutdown(new Date()));
      screen.line(WAITING_TO_RECONNECT);
      break;
    case 'rebooted':
      screen.freshLine();
      screen.line(WAITING_TO_RECONNECT);
      break;
    case 'refused':
      screen.line(`The target is ${event.machine}: this kd debugs x86 and x64. It was told to go on.`);
      break;
    case 'printed':
      if (texts.filters.named('out').mode !== 'i') screen.print(printedText(event.text));
      break;
    case 'asked':
      screen.print(event.text.toString('latin1'));
      break;
    case 'retrying':
      screen.lines(formatRetry(event.times));
      break;
    case 'file-refused':
      screen.line(`KD: the target asked for ${event.name}; it takes its own.`);
      break;
    case 'foreign-packet':
      screen.line(foreignText(event.type));
      break;
    case 'note':
      screen.line(event.text);
      break;
    case 'stopped':
    case 'recovered':
    case 'ids-restarted':
      break;
  }
}

function printModule(event: ModuleEvent, screen: Screen, { filters, verbose }: EventTexts): void {
  const filter = filters.ofModule(event);
  const told = filter !== undefined && ['n', 'd'].includes(filter.mode) && !isUntouched(filter);
  if ((event.kind === 'load' && verbose) || told) screen.line(moduleLine(event));
}

function foreignText(type: number): string {
  return type === 1
    ? 'The target speaks the 32-bit API of Windows NT 4 or 2000, which this kd does not.'
    : `A packet of unknown type ${type} was acknowledged and left alone.`;
}

/** ``ModLoad: fffff880`04e00000 fffff880`04e52000   \SystemRoot\system32\foo.sys``: a 32-bit base comes sign-extended. */
function moduleLine({ kind, base, size, path }: ModuleEvent): string {
  const wide = base >> 32n !== 0n && base >> 32n !== 0xffff_ffffn;
  const [start, end] = [base, base + BigInt(size)].map((at) =>
    formatAddress(addressText(wide ? at : at & 0xffff_ffffn), wide ? 64 : 32),
  );
  return `${kind === 'load' ? 'ModLoad' : 'Unload module'}: ${start} ${end}   ${path}`;
}

function connectLines(known: KnownTarget, texts: EventTexts): string[] {
  return [
    formatConnectedTo(describeTarget(known), kdDate(new Date())),
    texts.initialBreak ? `${ESTABLISHED}  (Initial Breakpoint requested)` : ESTABLISHED,
    `Symbol search path is: ${texts.settings.symbolPath}`,
    `Executable search path is: ${texts.settings.imagePath}`,
    kernelVersionLine(known, texts.processors),
    kernelBaseLine(known),
    'System Uptime: not available',
  ];
}
