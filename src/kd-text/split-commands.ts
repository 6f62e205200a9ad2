/** Commands that take the rest of the line as their argument, semicolons and all. */
const greedy = /^(?:\.sympath\+?|\.reload|\.exepath\+?|as|\.hh)(?=$|[\s;])/;
/** `* to the end of the line`; `$$ to the next semicolon`, whatever quotes are in it. `$$<file` and its like run a script. */
const comment = /^(?:\*.*|\$\$(?![<>])[^;]*)/s;

/**
 * Splits a command line into its commands the way kd does: at each `;` outside of quotes and braces.
 * Empty commands and comments stay out, and a greedy command swallows what follows it.
 */
export function splitCommands(line: string): string[] {
  const commands: string[] = [];
  let rest = line;
  for (;;) {
    rest = rest.replace(/^[\s;]+/, '');
    const said = comment.exec(rest)?.[0] ?? '';
    rest = rest.slice(said.length);
    if (said !== '') continue;
    if (rest === '') return commands;
    let end = greedy.test(rest) ? rest.length : endOfCommand(rest);
    // The second choice of `j` stands behind a semicolon that is part of it.
    if (/^j\s/.test(rest) && /^;\s*'/.test(rest.slice(end))) end += 1 + endOfCommand(rest.slice(end + 1));
    commands.push(rest.slice(0, end).trim());
    rest = rest.slice(end);
  }
}

function endOfCommand(text: string): number {
  let quote = '';
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (quote !== '') {
      if (char === '\\' && quote === '"') at++;
      else if (char === quote) quote = '';
    } else if (char === '"' || (char === "'" && text.indexOf("'", at + 1) > 0)) quote = char;
    else if (char === '{') depth++;
    else if (char === '}') depth--;
    else if (char === ';' && depth <= 0) return at;
  }
  return text.length;
}

/** A command's word and what follows it: `bp nt!Foo "kb;g"` -> `bp` and `nt!Foo "kb;g"`. Letters glued to arguments are kept apart. */
export function commandWord(command: string): { word: string; rest: string } {
  const found = /^(\?\?|\?|\.[a-z_]+\+?|![a-z_.]+|~\S*|\|\S*|[a-z]+|\S+)\s*/i.exec(command);
  const word = found?.[1] ?? '';
  return { word, rest: command.slice(found?.[0].length ?? 0) };
}

/** Takes a leading quoted string with its escapes resolved, and what follows. */
export function takeQuoted(text: string): { quoted: string; rest: string } | undefined {
  const found = /^\s*"((?:[^"\\]|\\.)*)"?/s.exec(text);
  if (!found) return undefined;
  const quoted = (found[1] ?? '').replace(/\\(["\\])/g, '$1');
  return { quoted, rest: text.slice(found[0].length) };
}
