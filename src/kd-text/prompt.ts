/** One prompt of kd: which processor it stands at, and what kind of session it belongs to. */
export interface Prompt {
  /** `0: kd>` stands at processor 0; a uniprocessor target prints no number. */
  readonly processor?: number;
  /** `kd` a target at a standstill, `lkd` a local session, `user` user mode (`0:000>`), `none` no debuggee (`?:???>`). */
  readonly kind: 'kd' | 'lkd' | 'user' | 'none';
}

// `kd>`, `0: kd>`, `32.0: kd:x86>`, `16.kd:x86>`, `lkd>`, with what a remote view may put in front of it.
const PROMPT = /^(?:\[[^\]]*\]\s*)?(?:(?:\d+\.)?(\d*):?\s*(l?)kd(?::x86)?|\d+:(\d{3})(?::x86)?|(\?:\?\?\?))> ?/;

// `Break repeatedly, break Once, Ignore, terminate Process, or terminate Thread (boipt)? `
const QUESTION = /^Break repeatedly, break Once, Ignore.*?\(boipt?\)\? ?/;

/**
 * Takes the question of a failed assertion off the front of a line: it ends without a line end, as a prompt does, and what kd
 * prints once it is answered follows.
 */
export function splitQuestion(line: string): { readonly question: boolean; readonly rest: string } {
  const found = QUESTION.exec(line);
  return { question: found !== null, rest: found ? line.slice(found[0].length) : line };
}

/** Takes the prompts off the front of a line: kd prints them without a line end, so output and further prompts follow. */
export function splitPrompts(line: string): { readonly prompts: readonly Prompt[]; readonly rest: string } {
  const prompts: Prompt[] = [];
  let rest = line;
  for (let match = PROMPT.exec(rest); match; match = PROMPT.exec(rest)) {
    prompts.push(promptOf(match));
    rest = rest.slice(match[0].length);
  }
  return { prompts, rest };
}

function promptOf(match: RegExpExecArray): Prompt {
  const [, processor, local, user, none] = match;
  if (none) return { kind: 'none' };
  if (user) return { kind: 'user' };
  const kind = local ? 'lkd' : 'kd';
  return processor ? { kind, processor: Number(processor) } : { kind };
}

/** `kd> ` on a uniprocessor target, `2: kd> ` on any other. */
export function formatPrompt(processor: number | undefined): string {
  return processor === undefined ? 'kd> ' : `${processor}: kd> `;
}
