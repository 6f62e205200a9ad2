import type { LoadedImage, MachineArchitecture, Processor } from '../machine/machine.js';
import { pointerNames } from './context.js';
import { toWire, writeField } from './fields.js';
import { DR6_ONES } from './special-registers.js';

/** DBGKD_ANY_WAIT_STATE_CHANGE. */
export const STATE_CHANGE_BYTES = 240;
export const STATE = { exception: 0x3030, loadSymbols: 0x3031, commandString: 0x3032 } as const;
export const NT_STATUS = {
  breakpoint: 0x8000_0003,
  singleStep: 0x8000_0004,
  switchProcessor: 0x8000_0007,
  unsuccessful: 0xc000_0001,
  success: 0,
} as const;

/** What every state change says about its processor. */
export interface HaltedState {
  readonly architecture: MachineArchitecture;
  readonly machineType: number;
  readonly processor: Processor;
  readonly processors: number;
  /** Code around the program counter as the kernel shows it: up to 16 bytes. */
  readonly instructions: Buffer;
  /** What stands in for pc and selectors of a stop in user mode. */
  readonly user?: UserMode | undefined;
}

export interface UserMode {
  readonly pc: bigint;
  readonly selectors: Readonly<Record<'cs' | 'ds' | 'es' | 'fs', number>>;
}

export interface Exception {
  readonly code: number;
  readonly flags: number;
  readonly address: bigint;
  readonly firstChance: boolean;
  readonly information: readonly bigint[];
}

/** The state change of an exception. @param trace bytes that follow the structure */
export function exceptionReport(standing: HaltedState, exception: Exception, trace: Buffer): Buffer {
  const wide = standing.architecture === 'x64';
  const report = common(STATE.exception, standing);
  report.writeUInt32LE(exception.code >>> 0, 32);
  report.writeUInt32LE(exception.flags, 36);
  writeField(report, [48, 8], toWire(exception.address, wide));
  report.writeUInt32LE(exception.information.length, 56);
  for (const [index, value] of exception.information.slice(0, 15).entries())
    writeField(report, [64 + 8 * index, 8], toWire(value, wide));
  report.writeUInt32LE(exception.firstChance ? 1 : 0, 184);
  return Buffer.concat([report, trace]);
}

/** What a load-symbols stop tells: an image that came, or one that goes. `base` -1 on the way out means a reboot. */
export interface SymbolsNews {
  readonly path: string;
  readonly base: bigint;
  readonly checkSum: number;
  readonly size: number;
  readonly unload: boolean;
}

export function symbolsReport(standing: HaltedState, news: SymbolsNews): Buffer {
  const report = common(STATE.loadSymbols, standing);
  // Without a path there is no end of one either. The word of a reboot has none: else Microsoft's engine does not know it for one.
  const path = Buffer.from(news.path === '' ? '' : `${news.path}\0`, 'latin1');
  report.writeUInt32LE(path.length, 32);
  writeField(report, [40, 8], toWire(news.base, standing.architecture === 'x64'));
  report.writeUInt32LE(news.checkSum >>> 0, 56);
  report.writeUInt32LE(news.size >>> 0, 60);
  report[64] = news.unload ? 1 : 0;
  return Buffer.concat([report, path]);
}

export function newsOf(image: LoadedImage): SymbolsNews {
  return { path: image.path, base: image.base, checkSum: image.checkSum, size: image.size, unload: false };
}

function common(state: number, standing: HaltedState): Buffer {
  const { architecture, processor, machineType } = standing;
  const wide = architecture === 'x64';
  const report = Buffer.alloc(STATE_CHANGE_BYTES);
  report.writeUInt32LE(state, 0);
  report.writeUInt16LE(wide ? 15 : 6, 4);
  report.writeUInt16LE(processor.number, 6);
  report.writeUInt32LE(standing.processors, 8);
  writeField(report, [16, 8], toWire(processor.thread, wide));
  const pc = standing.user?.pc ?? processor.get(pointerNames(architecture).pc);
  writeField(report, [24, 8], toWire(pc, wide));
  if (machineType !== ARM64) controlReport(report, standing);
  return report;
}

/** IMAGE_FILE_MACHINE values, as GetVersion tells them. */
export const ARM64 = 0xaa64;
export const machineTypes: Readonly<Record<MachineArchitecture | 'arm64', number>> = {
  x86: 0x14c,
  x64: 0x8664,
  arm64: ARM64,
};

function controlReport(report: Buffer, { architecture, processor, instructions, user }: HaltedState): void {
  const wide = architecture === 'x64';
  const at = wide ? x64Report : x86Report;
  writeField(report, [192, wide ? 8 : 4], processor.debug.dr6 | DR6_ONES);
  writeField(report, [at.dr7, wide ? 8 : 4], processor.debug.dr7);
  writeField(report, [at.eflags, 4], processor.get('efl'));
  report.writeUInt16LE(instructions.length, at.count);
  // 1 = selectors are there, 2 = they are the kernel's usual ones.
  report.writeUInt16LE(user ? 1 : 3, at.flags);
  instructions.copy(report, at.stream, 0, 16);
  for (const [index, name] of (['cs', 'ds', 'es', 'fs'] as const).entries())
    report.writeUInt16LE(user?.selectors[name] ?? Number(processor.get(name) & 0xffffn), at.selectors + 2 * index);
}

const x86Report = { dr7: 196, eflags: 228, count: 200, flags: 202, stream: 204, selectors: 220 };
const x64Report = { dr7: 200, eflags: 208, count: 212, flags: 214, stream: 216, selectors: 232 };
