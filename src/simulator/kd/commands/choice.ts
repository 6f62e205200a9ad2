import { ExpressionError } from '../../../kd-text/expression.js';
import { takeQuoted } from '../../../kd-text/split-commands.js';
import type { Command, Execute } from './index.js';

/** `j (condition) 'commands';'commands'` and `.if (condition) {commands} .elsif (condition) {…} .else {commands}`. */
export function choiceCommands(execute: Execute): Readonly<Record<string, Command>> {
  return {
    async j(kd, rest, from) {
      const [, condition, then = '', otherwise = ''] =
        /^(.*?)\s*'([^']*)'\s*;?\s*(?:'([^']*)')?\s*$/s.exec(rest) ?? syntaxError(`j ${rest}`);
      return execute(kd, (await kd.evaluate(condition ?? '')) === 0n ? otherwise : then, from);
    },
    async '.if'(kd, rest, from) {
      let text = rest.trim();
      for (;;) {
        const condition = takeBraced(text, '(', ')');
        const then = takeBraced(condition.rest, '{', '}');
        if ((await kd.evaluate(condition.inner)) !== 0n) return execute(kd, then.inner, from);
        text = then.rest;
        if (text.startsWith('.else')) return execute(kd, takeBraced(text.slice(5).trim(), '{', '}').inner, from);
        if (!text.startsWith('.elsif')) return 'done';
        text = text.slice(6).trim();
      }
    },
  };
}

function takeBraced(text: string, open: string, close: string): { inner: string; rest: string } {
  if (!text.startsWith(open)) syntaxError(text);
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const quoted = text[at] === '"' ? takeQuoted(text.slice(at)) : undefined;
    if (quoted) at = text.length - quoted.rest.length - 1;
    else if (text[at] === open) depth++;
    else if (text[at] === close && --depth === 0) return { inner: text.slice(1, at), rest: text.slice(at + 1).trim() };
  }
  return syntaxError(text);
}

function syntaxError(text: string): never {
  throw new ExpressionError(`Syntax error at '${text}'`);
}
