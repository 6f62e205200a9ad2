import { type Architecture, canonical } from './architecture.js';
import type { TargetMemory } from './memory.js';
import type { Version } from './version.js';

// What KDDEBUGGER_DATA64 and KUSER_SHARED_DATA say. What cannot be read is missing, and nothing here is needed to go on.

/** What KDDEBUGGER_DATA64 and KUSER_SHARED_DATA tell about the target. What cannot be read is missing. */
export interface KernelData {
  /** Where a break-in stops: the address of the kernel's hard-coded int3. */
  readonly breakpointWithStatus?: bigint;
  /** `7601.17514.amd64fre.win7sp1_rtm.101119-1850` */
  readonly lab?: string;
  readonly servicePack?: number;
  /** 1 workstation, 2 domain controller, 3 server. */
  readonly productType?: number;
  readonly suiteMask?: number;
}

/** The tag that shows that the block is one. */
const KDBG = 0x4742_444b;
const OFFSETS = { tag: 0x10, breakpointWithStatus: 0x20, lab: 0x208, servicePack: 0x268 };
const LAB_LENGTH = 0x40;

/** KUSER_SHARED_DATA as the kernel maps it, and its fields. */
const SHARED: Readonly<Record<32 | 64, bigint>> = { 32: 0xffdf_0000n, 64: 0xffff_f780_0000_0000n };
const SHARED_FIELDS = { interruptTime: 0x08, systemTime: 0x14, productType: 0x264, suiteMask: 0x2d0 };

async function readPointer(
  memory: TargetMemory,
  { pointerBytes, bits }: Architecture,
  address: bigint,
): Promise<bigint | undefined> {
  const bytes = await memory.read(address, pointerBytes, true);
  if (bytes.length < pointerBytes) return undefined;
  return bits === 32 ? BigInt(bytes.readUInt32LE(0)) : bytes.readBigUInt64LE(0);
}

/** The block's address and its beginning; undefined where there is none, or it is encoded. */
async function readBlock(
  memory: TargetMemory,
  architecture: Architecture,
  version: Version,
): Promise<{ readonly at: bigint; readonly head: Buffer } | undefined> {
  const at = await readPointer(memory, architecture, canonical(architecture, version.debuggerDataList));
  if (at === undefined) return undefined;
  const head = await memory.read(at, 0x28, true);
  return head.length < 0x28 || head.readUInt32LE(OFFSETS.tag) !== KDBG ? undefined : { at, head };
}

/** Where a break-in stops, if the target says so. */
export async function readBreakPlace(
  memory: TargetMemory,
  architecture: Architecture,
  version: Version,
): Promise<bigint | undefined> {
  const block = await readBlock(memory, architecture, version);
  return block && canonical(architecture, block.head.readBigUInt64LE(OFFSETS.breakpointWithStatus));
}

/** Reads the block once; its parts that lie apart are read one by one, because a serial line is slow. */
export async function readKernelData(
  memory: TargetMemory,
  architecture: Architecture,
  version: Version,
): Promise<KernelData> {
  const found = await readBlock(memory, architecture, version);
  if (!found) return {};
  const { at: block, head } = found;
  const field = async (offset: number): Promise<bigint | undefined> => {
    const bytes = await memory.read(block + BigInt(offset), 8, true);
    return bytes.length < 8 ? undefined : canonical(architecture, bytes.readBigUInt64LE(0));
  };
  const labAt = await field(OFFSETS.lab);
  const lab = labAt ? (await memory.read(labAt, LAB_LENGTH, true)).toString('latin1').replace(/\0.*$/s, '') : '';
  const packAt = await field(OFFSETS.servicePack);
  const pack = packAt ? await memory.read(packAt, 4, true) : Buffer.alloc(0);
  const shared = SHARED[architecture.bits];
  const product = await memory.read(shared + BigInt(SHARED_FIELDS.productType), 4, true);
  const suite = await memory.read(shared + BigInt(SHARED_FIELDS.suiteMask), 4, true);
  return {
    breakpointWithStatus: canonical(architecture, head.readBigUInt64LE(OFFSETS.breakpointWithStatus)),
    ...(/^[\x20-\x7e]+$/.test(lab) && { lab }),
    ...(pack.length === 4 && { servicePack: (pack.readUInt32LE(0) >>> 8) & 0xff }),
    ...(product.length === 4 && { productType: product.readUInt32LE(0) }),
    ...(suite.length === 4 && { suiteMask: suite.readUInt32LE(0) }),
  };
}

/** The target's clocks. */
export interface TargetTimes {
  /** Since boot, ms. */
  readonly uptimeMs: number;
  /** Its system time (UTC). */
  readonly now: Date;
}

const TICKS_PER_MS = 10_000n;
/** 100-ns ticks from 1601 to 1970. */
const EPOCH = 116_444_736_000_000_000n;

/** Reads the target's clocks; undefined where they cannot be read. */
export async function readTimes(memory: TargetMemory, architecture: Architecture): Promise<TargetTimes | undefined> {
  const bytes = await memory.read(SHARED[architecture.bits] + BigInt(SHARED_FIELDS.interruptTime), 0x18);
  if (bytes.length < 0x18) return undefined;
  const uptime = bytes.readBigUInt64LE(0) / TICKS_PER_MS;
  const now = (bytes.readBigUInt64LE(SHARED_FIELDS.systemTime - SHARED_FIELDS.interruptTime) - EPOCH) / TICKS_PER_MS;
  if (now < 0n || now > 8_000_000_000_000n) return undefined;
  return { uptimeMs: Number(uptime), now: new Date(Number(now)) };
}
