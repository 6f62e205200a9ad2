import { formatAddress } from '../../../kd-text/address.js';
import { kdDate } from '../../../kd-text/date.js';
import { formatKernelVersion, formatLab, type TargetDescription } from '../../../kd-text/listings/banner.js';
import { canonical } from '../../control/architecture.js';
import { readKernelData, readTimes } from '../../control/kernel-data.js';
import type { KnownTarget } from '../../control/known-target.js';
import { addressText } from './place-text.js';

/** kd's names for Windows, by the first build that has it. Windows 11 is still `Windows 10` to kd. */
const WINDOWS: readonly (readonly [build: number, name: string])[] = [
  [10_240, 'Windows 10'],
  [9600, 'Windows 8.1'],
  [9200, 'Windows 8'],
  [7600, 'Windows 7'],
  [6000, 'Windows Vista'],
  [3790, 'Windows Server 2003'],
  [2600, 'Windows XP'],
  [2195, 'Windows 2000'],
];

export function describeTarget({ version, architecture }: KnownTarget): TargetDescription {
  return {
    name: WINDOWS.find(([build]) => version.build >= build)?.[1] ?? 'Windows',
    build: version.build,
    architecture: architecture.bits === 64 ? 'x64' : 'x86 compatible',
    pointer64: architecture.bits === 64,
  };
}

/** `Windows 7 Kernel Version 7601 (Service Pack 1) MP (2 procs) Free x64` */
export function kernelVersionLine(known: KnownTarget, processors: number, servicePack?: number): string {
  const line = formatKernelVersion(describeTarget(known), processors, servicePack);
  return line
    .replace(' UP ', known.version.multiprocessor ? ' MP (1 procs) ' : ' UP ')
    .replace(' Free ', known.version.checked ? ' Checked ' : ' Free ');
}

/** `Kernel base = 0x80400000 PsLoadedModuleList = 0x80610044` */
export function kernelBaseLine({ version, architecture }: KnownTarget): string {
  const [base, list] = [version.kernelBase, version.loadedModuleList].map((address) =>
    formatAddress(addressText(canonical(architecture, address)), architecture.bits),
  );
  return `Kernel base = 0x${base} PsLoadedModuleList = 0x${list}`;
}

/** What `.time` prints: this host's time where the target tells none. */
export async function timeLines({ memory, architecture }: KnownTarget): Promise<string[]> {
  const times = await readTimes(memory, architecture);
  return [`Debug session time: ${kdDate(times?.now ?? new Date())}`, uptimeLine(times)];
}

function uptimeLine(times: { readonly uptimeMs: number } | undefined): string {
  return `System Uptime: ${times ? uptimeText(times.uptimeMs) : 'not available'}`;
}

/** What `vertarget` prints. What the banner leaves out to keep the target's halt short is read here. */
export async function vertargetLines(known: KnownTarget, processors: number): Promise<string[]> {
  const data = await readKernelData(known.memory, known.architecture, known.version);
  const times = await readTimes(known.memory, known.architecture);
  const product = data.productType === undefined ? [] : [`Product: ${PRODUCTS[data.productType] ?? 'WinNt'}`];
  const lab = data.lab === undefined ? [] : formatLab(data.lab, 'today');
  return [
    kernelVersionLine(known, processors, data.servicePack),
    ...product,
    ...lab,
    kernelBaseLine(known),
    ...(times ? [`Debug session time: ${kdDate(times.now)}`] : []),
    uptimeLine(times),
  ];
}

const PRODUCTS: Readonly<Record<number, string>> = { 1: 'WinNt', 2: 'LanManNt', 3: 'Server' };

/** `0 days 0:09:20.555` */
export function uptimeText(ms: number): string {
  const [seconds, minutes, hours] = [Math.floor(ms / 1000), Math.floor(ms / 60_000), Math.floor(ms / 3_600_000)];
  const two = (value: number): string => String(value).padStart(2, '0');
  const thousandths = String(Math.floor(ms % 1000)).padStart(3, '0');
  return `${Math.floor(hours / 24)} days ${hours % 24}:${two(minutes % 60)}:${two(seconds % 60)}.${thousandths}`;
}
