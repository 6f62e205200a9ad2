/**
 * A walk depends on a register that it was not given. Most do not: they begin at a function's first instruction, and find what they
 * need on the stack.
 */
export class RegisterUnknown extends Error {
  constructor() {
    super('The stack depends on a register that has not been read.');
  }
}

/** The value of a register, as far as the walk was given it. @throws RegisterUnknown */
export function given(value: bigint | undefined): bigint {
  if (value === undefined) throw new RegisterUnknown();
  return value;
}
