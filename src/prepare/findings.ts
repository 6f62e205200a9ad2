/** One thing looked at. */
export interface Finding {
  readonly ok: boolean;
  /** Nothing says whether it is right: what was given does not show it. */
  readonly open?: true;
  readonly text: string;
}

export function compare(what: string, found: string, wanted: string): Finding {
  return found === wanted
    ? good(`The ${what} is ${found}.`)
    : bad(`The ${what} is ${found}; the session wants ${wanted}.`);
}

export function good(text: string): Finding {
  return { ok: true, text };
}

export function bad(text: string): Finding {
  return { ok: false, text };
}

export function open(text: string): Finding {
  return { ok: true, open: true, text };
}
