import { formatBreakBox, formatBreakpointHit, formatException, formatPlace } from '../../../kd-text/stop.js';
import type { Stop } from '../../control/stop.js';
import type { Scene } from '../shell-context.js';
import { addressText, disassemble, symbolAt } from './place-text.js';

/** An instruction has at most so many bytes; the report of a stop carries as many and one more. */
const LONGEST_INSTRUCTION = 15;

/** What kd prints about a stop before it says where it is. @param box with the box of a break-in that somebody here asked for */
export function headLines({ reason, breakpoint, change }: Stop, box: boolean): string[] {
  if (reason === 'breakpoint' && breakpoint) return [formatBreakpointHit(breakpoint.id)];
  if (reason === 'step' || reason === 'processor-switch') return [];
  if (change.kind === 'command') return [`The target asks for a command: ${change.name} ${change.command}`];
  const exception = formatException(change.code.toString(16).padStart(8, '0'), change.firstChance);
  return reason === 'int3' && box ? [exception, ...formatBreakBox()] : [exception];
}

/** The symbol and the instruction at a place. */
export async function placeLines(scene: Scene, pc: bigint, stream: Buffer): Promise<string[]> {
  const { known } = scene;
  const { bits } = known.architecture;
  const code = stream.length > 0 ? stream : await known.memory.read(pc, LONGEST_INSTRUCTION);
  const { bytes, mnemonic, operands } = disassemble(code, pc, bits);
  return formatPlace({
    symbol: await symbolAt(scene, pc),
    address: addressText(pc),
    bits,
    bytes,
    mnemonic,
    ...(operands && { operands }),
  });
}
