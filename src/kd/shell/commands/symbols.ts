import { kdDate } from '../../../kd-text/date.js';
import { formatConnectedTo } from '../../../kd-text/listings/banner.js';
import { formatSymbolRow } from '../../../kd-text/listings/symbols.js';
import { evaluate } from '../expressions/expression.js';
import { CommandError, type ShellCommand } from '../shell-context.js';
import { describeTarget } from '../text/connect-text.js';
import { addressText } from '../text/place-text.js';

/** `x nt!*Pool*`: symbols by pattern. */
export const examineCommand: ShellCommand = {
  words: ['x'],
  async run({ screen, symbols, known }, _word, rest) {
    const pattern = rest.trim().split(/\s+/).at(-1) ?? '';
    if (pattern === '') throw new CommandError('x needs a pattern, e.g. x nt!*SpecialPool*');
    for (const { address, name, isFunction } of await symbols.match(pattern)) {
      const row = { address: addressText(address), symbol: name };
      screen.line(formatSymbolRow(row, known.architecture.bits, isFunction ? 'function' : 'data'));
    }
  },
};

/** `ln address`: the symbol at or before an address. */
export const nearestCommand: ShellCommand = {
  words: ['ln'],
  async run(context, _word, rest) {
    const address = rest.trim() === '' ? context.stop.pc : await evaluate(rest, context);
    const name = await context.symbols.nameAt(address);
    if (name === undefined) return;
    const digits = addressText(address);
    const shown =
      context.known.architecture.bits === 32 ? digits.slice(8) : `${digits.slice(0, 8)}\`${digits.slice(8)}`;
    context.screen.line(`(${shown})   ${name}`);
  },
};

/** `.reload`: symbols are looked for again. This kd knows the target's modules without it, and reads nothing for it. */
export const reloadCommand: ShellCommand = {
  words: ['.reload'],
  async run({ symbols, known, screen, stop, code }) {
    symbols.forget();
    // The engine begins again where the target stands.
    Object.assign(code, { stop, next: stop.pc });
    screen.lines([
      formatConnectedTo(describeTarget(known), kdDate(new Date())),
      'Loading Kernel Symbols',
      '.'.repeat(Math.max(1, known.modules.known.length - 1)),
      'Loading User Symbols',
      '',
    ]);
  },
};

/** `.sympath [path]`, `.sympath+ path`, `.exepath …`: shows or sets where symbol and image files are. */
export const pathCommand: ShellCommand = {
  words: ['.sympath', '.sympath+', '.exepath', '.exepath+'],
  async run({ screen, settings, symbols }, word, rest) {
    const key = word.startsWith('.sym') ? 'symbolPath' : 'imagePath';
    const given = rest.trim();
    if (given !== '') {
      settings[key] = word.endsWith('+') && settings[key] !== '' ? `${settings[key]};${given}` : given;
      symbols.forget();
    }
    const name = key === 'symbolPath' ? 'Symbol' : 'Executable image';
    screen.line(`${name} search path is: ${settings[key]}`);
  },
};

/** `.symfix [folder]`, `.symfix+ [folder]`: Microsoft's server, with a store of one's own or the default one. */
export const symfixCommand: ShellCommand = {
  words: ['.symfix', '.symfix+'],
  async run(context, word, rest) {
    const { settings, symbols } = context;
    const folder = rest.trim();
    const path = folder === '' ? 'srv*' : `cache*${folder};srv*`;
    settings.symbolPath = word.endsWith('+') && settings.symbolPath !== '' ? `${settings.symbolPath};${path}` : path;
    symbols.forget();
  },
};

/** `!sym noisy`, `!sym quiet` */
export const symCommand: ShellCommand = {
  words: ['!sym'],
  async run({ screen, settings }, _word, rest) {
    const wanted = rest.trim().toLowerCase();
    if (wanted !== '' && wanted !== 'noisy' && wanted !== 'quiet') throw new CommandError(`Syntax error at '${rest}'`);
    if (wanted !== '') settings.noisy = wanted === 'noisy';
    screen.line(`${settings.noisy ? 'noisy' : 'quiet'} mode - symbol prompts off`);
  },
};
