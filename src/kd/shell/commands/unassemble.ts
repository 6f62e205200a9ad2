import { formatPlace } from '../../../kd-text/stop.js';
import { readOriginalBytes } from '../../control/known-target.js';
import { flowOf, namedOperands } from '../code-flow.js';
import { evaluate } from '../expressions/expression.js';
import { takeExpression } from '../expressions/take-expression.js';
import { CommandError, type ShellCommand } from '../shell-context.js';
import { addressText, disassemble, symbolAt } from '../text/place-text.js';

/** Instructions that `u` shows when nothing says how many. */
const DEFAULT_COUNT = 8;
const MOST = 0x1000;
const LONGEST_INSTRUCTION = 15;

/** `u [address] [L count]`: instructions; without an address those behind the last ones of this stop. */
export const unassembleCommand: ShellCommand = {
  words: ['u'],
  async run(context, _word, rest) {
    const { known, screen, stop, code: shownCode } = context;
    const range = /^(.*?)\s+[lL]\s*(\S+)\s*$/s.exec(` ${rest}`);
    const count = range?.[2] === undefined ? DEFAULT_COUNT : Number(await evaluate(range[2], context));
    if (count > MOST) throw new CommandError(`Range error in '${rest}'`);
    const { expression } = takeExpression(range?.[1] ?? rest);
    const next = shownCode.stop === stop ? shownCode.next : stop.pc;
    let address = expression === '' ? next : await evaluate(expression, context);
    const { bits } = known.architecture;
    const code = await readOriginalBytes(known, address, count * LONGEST_INSTRUCTION);
    const name = await symbolAt(context, address);
    if (name !== undefined) screen.line(`${name}:`);
    for (let at = 0, shown = 0; shown < count && at < code.length; shown++) {
      const { length, ...text } = disassemble(code.subarray(at), address, bits);
      const place = { symbol: '', address: addressText(address), bits, ...text };
      screen.line(formatPlace(place)[1]);
      at += Math.max(1, length);
      address += BigInt(Math.max(1, length));
    }
    Object.assign(shownCode, { stop, next: address });
    if (code.length === 0) throw new CommandError(`Memory access error at '${rest.trim()}'`);
  },
};

/** `uf ADDRESS`: a function, wherever its parts are, and the names of what it jumps to, calls and reads. */
export const unassembleFunctionCommand: ShellCommand = {
  words: ['uf'],
  async run(context, _word, rest) {
    const { screen, stop, known } = context;
    const { bits } = known.architecture;
    const begin = rest.trim() === '' ? stop.pc : await evaluate(rest, context);
    const flow = await flowOf(context, begin);
    if (flow.length === 0) throw new CommandError(`Memory access error at '${rest.trim()}'`);
    let next: bigint | undefined;
    for (const each of flow) {
      if (each.begins || each.address !== next) {
        if (next !== undefined) screen.line('');
        screen.line(`${(await symbolAt(context, each.address)) ?? addressText(each.address)}:`);
      }
      const { bytes, mnemonic } = each;
      const operands = await namedOperands(context, each);
      const place = { symbol: '', address: addressText(each.address), bits, bytes, mnemonic, operands };
      screen.line(formatPlace(place)[1]);
      next = each.address + BigInt(Math.max(1, each.length));
    }
  },
};
