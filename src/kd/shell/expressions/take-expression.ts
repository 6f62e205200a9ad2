/**
 * Takes the first expression off a text: up to a blank that no operator stands beside, outside of parentheses, or to a quoted
 * string. `nt!Foo + 5 "kb"` gives `nt!Foo + 5`.
 */
export function takeExpression(text: string): { readonly expression: string; readonly rest: string } {
  const trimmed = text.trimStart();
  let depth = 0;
  let at = 0;
  for (; at < trimmed.length; at++) {
    const char = trimmed[at] as string;
    if (char === "'") at = Math.max(at, trimmed.indexOf("'", at + 1));
    else if (char === '(' || char === '[') depth++;
    else if (char === ')' || char === ']') depth--;
    else if (depth <= 0 && (char === '"' || (/\s/.test(char) && endsHere(trimmed, at)))) break;
  }
  return { expression: trimmed.slice(0, at).trim(), rest: trimmed.slice(at).trim() };
}

function endsHere(text: string, at: number): boolean {
  const before = text.slice(0, at).trimEnd().at(-1) ?? '';
  const after = text.slice(at).trimStart()[0] ?? '';
  return (
    !/[-+*/%&|^<>=~(]/.test(before) &&
    !/[+*/%&|^<>=)]/.test(after) &&
    !(after === '-' && /^\s*-\s/.test(text.slice(at)))
  );
}
