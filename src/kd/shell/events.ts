import { formatAddress } from '../../kd-text/address.js';
import { kdDate } from '../../kd-text/date.js';
import { ESTABLISHED, formatConnectedTo, WAITING_TO_RECONNECT } from '../../kd-text/listings/banner.js';
import { formatRetry } from '../../kd-text/retry.js';
import type { Screen } from '../console/screen.js';
import type { KnownTarget } from '../control/known-target.js';
import type { ModuleEvent } from '../control/state-change.js';
import type { Stop } from '../control/stop.js';
import type { TargetListener } from '../control/target-listener.js';
import type { LinkListener } from '../wire/delivery.js';
import { type EventFilters, isUntouched } from './filters.js';
import type { SymbolSettings } from './symbol-loader.js';
import { describeTarget, kernelBaseLine, kernelVersionLine } from './text/connect-text.js';
import { addressText } from './text/place-text.js';

/** What the shell does about events; everything else is only printed. */
export interface EventActions {
  stateChange(payload: Buffer, sync: boolean): void;
  onRestartedIds(type: number): void;
  stopped(stop: Stop): void;
  resumed(confirmed: boolean): void;
  /** The target wants a packet again that nobody sends. */
  repeatWanted(): void;
  /** The target shuts down, or has begun another boot: breakpoints are gone. */
  bootEvent(): void;
  /** The target has loaded an image. */
  loaded(): void;
  /** An image came or went: whether the target is to stay there. */
  stays(event: ModuleEvent): Promise<boolean>;
  /** The target has printed something. */
  printed(text: string): void;
  refused(): void;
  /** Asks whoever types; gives one line. */
  question(): Promise<string>;
}

export interface EventTexts {
  readonly settings: SymbolSettings;
  readonly initialBreak: () => boolean;
  readonly verbose: () => boolean;
  readonly processors: () => number;
  readonly filters: EventFilters;
}

/** Prints what a link tells. */
export function linkEvents(screen: Screen, actions: EventActions, texts: Pick<EventTexts, 'filters'>): LinkListener {
  return {
    stateChange: (payload, sync) => actions.stateChange(payload, sync),
    sync: (type) => actions.onRestartedIds(type),
    repeatWanted: () => actions.repeatWanted(),
    print: (bytes) => {
      const text = bytes
        .toString('latin1')
        .replace(/\r\n?|\n\r/g, '\n')
        .replaceAll('\0', '');
      if (texts.filters.named('out').mode !== 'i') screen.print(text);
      actions.printed(text);
    },
    prompt: async (text) => {
      screen.print(text.toString('latin1'));
      return actions.question();
    },
    retrying: (times) => screen.lines(formatRetry(times)),
    fileRefused: (name) => screen.line(`KD: the target asked for ${name}; it takes its own.`),
    foreign: (type) =>
      screen.line(
        type === 1
          ? 'The target speaks the 32-bit API of Windows NT 4 or 2000, which this kd does not.'
          : `A packet of unknown type ${type} was acknowledged and left alone.`,
      ),
  };
}

/** Prints what a target tells. */
export function targetEvents(screen: Screen, actions: EventActions, texts: EventTexts): TargetListener {
  const waiting = (): void => {
    screen.line(WAITING_TO_RECONNECT);
    actions.bootEvent();
  };
  return {
    connected: (known) => screen.lines(connectLines(known, texts)),
    stopped: (stop) => actions.stopped(stop),
    resumed: (confirmed) => actions.resumed(confirmed),
    module: (event) => {
      if (event.kind === 'load') actions.loaded();
      const filter = texts.filters.ofModule(event);
      const told = filter !== undefined && ['n', 'd'].includes(filter.mode) && !isUntouched(filter);
      if ((event.kind === 'load' && texts.verbose()) || told) screen.line(moduleLine(event));
    },
    stays: (event) => actions.stays(event),
    shutdown: () => {
      screen.freshLine();
      screen.line(`Shutdown occurred at (${kdDate(new Date())})...unloading all symbol tables.`);
      waiting();
    },
    rebooted: () => {
      screen.freshLine();
      waiting();
    },
    refused: (machine) => {
      screen.line(`The target is ${machine}: this kd debugs x86 and x64. It was told to go on.`);
      actions.refused();
    },
    note: (text) => screen.line(text),
  };
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
    texts.initialBreak() ? `${ESTABLISHED}  (Initial Breakpoint requested)` : ESTABLISHED,
    `Symbol search path is: ${texts.settings.symbolPath}`,
    `Executable search path is: ${texts.settings.imagePath}`,
    kernelVersionLine(known, texts.processors()),
    kernelBaseLine(known),
    'System Uptime: not available',
  ];
}
