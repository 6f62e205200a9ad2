import { canonical } from '../../control/architecture.js';
import { CommandError, type ShellContext } from '../shell-context.js';

/** A stretch of the target's memory that holds entries. */
export interface TagTable {
  readonly address: bigint;
  readonly entries: number;
}

/** Where the kernel counts its pool tags. */
export interface TagTables {
  /** One for each processor that has its own; a tag has the same place in each. */
  readonly processors: readonly bigint[];
  /** Of each of them. */
  readonly entries: number;
  /** Where tags go that found no place. */
  readonly expansion: TagTable | undefined;
}

/** Variables of the kernel that lie no farther apart are read at once. */
const NEAR_BYTES = 512n;
/** More entries than any kernel has. */
const MOST_ENTRIES = 0x10_0000;

const OTHERS = 'Microsoft’s kd, or poolmon on the target, has the answer.';

/** What is said of a table that is not understood. */
export const UNKNOWN_TABLE = `The layout of this kernel’s pool tag table is none that this kd knows, and nothing is counted. ${OTHERS}`;

/** @throws CommandError where they are not to be found; LinkError */
export async function findTables(context: ShellContext): Promise<TagTables> {
  const { known, symbols, stop } = context;
  const { pointerBytes } = known.architecture;
  const places = new Map<string, bigint>();
  for (const name of ['Table', 'TableSize', 'TableExpansion', 'TableExpansionSize']) {
    const address = await symbols.addressOf(`nt!PoolTrack${name}`);
    if (address !== undefined) places.set(name, address);
  }
  const array = await symbols.addressOf('nt!ExPoolTagTables');
  if (!places.has('Table') || !places.has('TableSize'))
    throw new CommandError(
      `nt!PoolTrackTable and nt!PoolTrackTableSize are not among the kernel’s symbols: .sympath says where those are looked for. ${OTHERS}`,
    );
  await readAhead(context, [...places.values(), ...(array === undefined ? [] : [array])]);
  const value = async (name: string): Promise<bigint> => {
    const place = places.get(name);
    return place === undefined ? 0n : pointerAt(context, place);
  };
  const first = await value('Table');
  const entries = Number(BigInt.asUintN(32, await value('TableSize')));
  if (first < known.architecture.firstKernel || entries < 2 || entries > MOST_ENTRIES)
    throw new CommandError(UNKNOWN_TABLE);
  const processors = new Set([first]);
  for (let number = 0; array !== undefined && number < stop.change.processors; number++) {
    const address = await pointerAt(context, array + BigInt(number * pointerBytes));
    if (address !== 0n) processors.add(address);
  }
  return {
    processors: [...processors],
    entries,
    expansion: expansionOf(await value('TableExpansion'), await value('TableExpansionSize')),
  };
}

function expansionOf(address: bigint, size: bigint): TagTable | undefined {
  const entries = Number(BigInt.asUintN(32, size));
  return address === 0n || entries === 0 || entries > MOST_ENTRIES ? undefined : { address, entries };
}

/** One packet instead of five, where the variables lie together. */
async function readAhead({ known, stop }: ShellContext, places: readonly bigint[]): Promise<void> {
  const [from, to] = places.reduce(
    ([low, high], each) => [each < low ? each : low, each > high ? each : high] as const,
    [places[0] as bigint, places[0] as bigint] as const,
  );
  const bytes = to - from + BigInt(stop.change.processors * known.architecture.pointerBytes);
  if (bytes <= NEAR_BYTES) await known.memory.read(from, Number(bytes));
}

async function pointerAt({ known }: ShellContext, address: bigint): Promise<bigint> {
  const { pointerBytes } = known.architecture;
  const bytes = await known.memory.read(address, pointerBytes);
  if (bytes.length < pointerBytes) throw new CommandError(`Memory access error at '${address.toString(16)}'`);
  return canonical(known.architecture, pointerBytes === 4 ? BigInt(bytes.readUInt32LE(0)) : bytes.readBigUInt64LE(0));
}

/**
 * The same bytes of the tables of all processors.
 * @throws UnreadableTable where they are not there; LinkError
 */
export async function readEntries(
  { known }: ShellContext,
  tables: readonly bigint[],
  from: number,
  bytes: number,
): Promise<Buffer[]> {
  const read: Buffer[] = [];
  for (const table of tables) {
    const place = table + BigInt(from);
    const part = await known.memory.read(place, bytes);
    if (part.length < bytes) throw new UnreadableTable(place, bytes, part.length);
    read.push(part);
  }
  return read;
}

/** A part of a table that is not there; where its layout is only supposed, there may be none. */
export class UnreadableTable extends CommandError {
  constructor(place: bigint, wanted: number, there: number) {
    super(
      `The pool tag table cannot be read: of ${wanted} bytes at ${place.toString(16)} there are ${there}. Nothing is counted.`,
    );
  }
}
