import { formatAddress } from '../../../kd-text/address.js';
import { evaluate } from '../expressions/expression.js';
import type { ShellCommand } from '../shell-context.js';
import { addressText } from '../text/place-text.js';

/** `? expression` */
export const evaluateCommand: ShellCommand = {
  words: ['?'],
  async run(context, _word, rest) {
    const { bits } = context.known.architecture;
    const value = await evaluate(rest, context);
    const signed = BigInt.asIntN(bits, value);
    context.screen.line(`Evaluate expression: ${signed} = ${formatAddress(addressText(value), bits)}`);
  },
};

/** `.formats expression`: one value in every form. */
export const formatsCommand: ShellCommand = {
  words: ['.formats'],
  async run(context, _word, rest) {
    const { bits } = context.known.architecture;
    const value = await evaluate(rest, context);
    const bytes = Buffer.from(addressText(value), 'hex').subarray(bits === 32 ? 4 : 0);
    const characters = [...bytes]
      .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
      .join('');
    const octal = value.toString(8).padStart(bits === 32 ? 11 : 22, '0');
    const binary = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join(' ');
    context.screen.lines([
      'Evaluate expression:',
      `  Hex:     ${formatAddress(addressText(value), bits)}`,
      `  Decimal: ${BigInt.asIntN(bits, value)}`,
      `  Octal:   ${octal}`,
      `  Binary:  ${binary}`,
      `  Chars:   ${characters}`,
    ]);
  },
};
