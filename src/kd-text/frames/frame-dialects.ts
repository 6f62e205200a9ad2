/** The columns that kd's stack listings are made of, in the order they are printed. */
export type StackColumn = 'number' | 'memory' | 'child' | 'ret' | 'args' | 'site';

/** One form of stack listing: which columns it has, how wide its addresses are, and how kd spaces them. */
export interface StackDialect {
  readonly columns: readonly StackColumn[];
  /** Digits of an address; undefined where the header does not tell (`Child-SP` is printed for ARM too, which has 8). */
  readonly width: 8 | 16 | undefined;
  /** Columns after the return address stand between ` : `, as in the x64 forms with arguments. */
  readonly colons: boolean;
  /** Blanks after a return address, beyond the one that separates columns: 4 from about 2019 on, 0 before. */
  readonly retPadding: number;
  /** The header exactly as kd prints it, trailing blanks included. */
  readonly header: string;
  /** Columns stand apart by any number of blanks, and what follows a call site after two is its source. */
  readonly loose?: true;
  /** The header does not tell the width: frames have three words and no colons (x86), or four between colons (x64). */
  readonly either?: true;
}

const ARGS_X64 = `Args to Child${' '.repeat(59)}`;

function dialect(
  columns: string,
  width: StackDialect['width'],
  header: string,
  more: { colons?: boolean; retPadding?: number } = {},
): StackDialect {
  return {
    columns: columns.split(' ') as StackColumn[],
    width,
    header,
    colons: more.colons ?? false,
    retPadding: more.retPadding ?? 0,
  };
}

const WIDE = { retPadding: 4 } as const;
const ARGS_X86 = 'Args to Child              ';

/** `kb` and `kv` of x64 in their four forms. */
function x64WithArguments<Kind extends 'Kb' | 'Kv'>(kind: Kind, columns: string, child: string) {
  const header = (number: string, gap: number): string =>
    `${number}${child}RetAddr${' '.repeat(gap)}: ${ARGS_X64}: Call Site`;
  const numbered = `number ${columns}`;
  const wide = { colons: true, ...WIDE };
  return {
    [`x64${kind}`]: dialect(columns, 16, header('', 11), { colons: true }),
    [`x64${kind}Wide`]: dialect(columns, 16, header('', 15), wide),
    [`x64${kind}Numbered`]: dialect(numbered, 16, header(' # ', 11), { colons: true }),
    [`x64${kind}WideNumbered`]: dialect(numbered, 16, header(' # ', 15), wide),
  } as Record<`x64${Kind}${'' | 'Wide'}${'' | 'Numbered'}`, StackDialect>;
}

/**
 * The forms that can be printed: those of kd 6.12, and `Wide` those of the engine of today, 10.0.29507, whose column of return
 * addresses has four blanks more.
 */
export const DIALECTS = {
  x86K: dialect('child ret site', 8, 'ChildEBP RetAddr  '),
  x86KNumbered: dialect('number child ret site', 8, ' # ChildEBP RetAddr  '),
  x86Kb: dialect('child ret args site', 8, `ChildEBP RetAddr  ${ARGS_X86}`),
  x86KbNumbered: dialect('number child ret args site', 8, ` # ChildEBP RetAddr  ${ARGS_X86}`),
  x86KWide: dialect('child ret site', 8, 'ChildEBP RetAddr      ', WIDE),
  x86KWideNumbered: dialect('number child ret site', 8, ' # ChildEBP RetAddr      ', WIDE),
  x86KbWide: dialect('child ret args site', 8, `ChildEBP RetAddr      ${ARGS_X86}`, WIDE),
  x86KbWideNumbered: dialect('number child ret args site', 8, ` # ChildEBP RetAddr      ${ARGS_X86}`, WIDE),
  x86KcNumbered: dialect('number site', undefined, ' # '),
  x64K: dialect('child ret site', 16, 'Child-SP          RetAddr           Call Site'),
  x64KWide: dialect('child ret site', 16, 'Child-SP          RetAddr               Call Site', WIDE),
  x64KNumbered: dialect('number child ret site', 16, ' # Child-SP          RetAddr           Call Site'),
  x64KWideNumbered: dialect('number child ret site', 16, ' # Child-SP          RetAddr               Call Site', WIDE),
  ...x64WithArguments('Kb', 'ret args site', ''),
  ...x64WithArguments('Kv', 'child ret args site', 'Child-SP          '),
  x64KbNoArgs: dialect('number ret site', 16, ' # RetAddr               : Call Site', { colons: true, ...WIDE }),
  x64Kc: dialect('site', undefined, 'Call Site'),
  x64KcNumbered: dialect('number site', undefined, ' # Call Site'),
} as const satisfies Record<string, StackDialect>;

export type DialectName = keyof typeof DIALECTS;

/** What decides over the form of a stack that kd prints. */
export interface StackForm {
  readonly bits: 32 | 64;
  readonly kind: 'k' | 'kb' | 'kv';
  /** With frame numbers: `kn`. */
  readonly numbered: boolean;
  /** In the columns of the engine of today. */
  readonly wide: boolean;
}

/** The form in which an engine prints a stack. `kv` has on x86 the columns of `kb`. */
export function dialectOf({ bits, kind, numbered, wide }: StackForm): StackDialect {
  const form = `${wide ? 'Wide' : ''}${numbered ? 'Numbered' : ''}` as const;
  if (bits === 32) return DIALECTS[`x86K${kind === 'k' ? '' : 'b'}${form}`];
  return DIALECTS[`x64K${kind === 'k' ? '' : kind === 'kb' ? 'b' : 'v'}${form}`];
}

/** The stack in the output of `!analyze -v`. */
const STACK_TEXT: StackDialect = { ...dialect('child ret args site', undefined, 'STACK_TEXT:  '), either: true };

/** How many arguments kd prints per frame: three stack words on x86, the four home slots on x64 and ARM. */
export function argumentCount(of: StackDialect): number {
  return of.colons ? 4 : 3;
}

/** A list of return addresses with the functions that they lie in: unique stacks of MEX, logs of Driver Verifier. */
export const RETURNS: StackDialect = { ...dialect('ret site', undefined, ''), loose: true };

/** Names of the columns: those of kd, of kd for NT 4 (`FramePtr`), and of MEX (`Return`, `Source`). */
const FIELD: Readonly<Record<string, StackColumn>> = {
  '#': 'number',
  Memory: 'memory',
  ChildEBP: 'child',
  'Child-SP': 'child',
  FramePtr: 'child',
  RetAddr: 'ret',
  Return: 'ret',
  'Args to Child': 'args',
  Param: 'args',
  'Call Site': 'site',
  'Function Name': 'site',
};
const FIELDS =
  /#|Memory|ChildEBP|Child-SP|FramePtr|RetAddr|Return(?= )|Args to Child|Param(?=1 +Param2 +Param3)|Call Site|Function Name/g;
/** What is no column, or no more of one. */
const BESIDE = /(?<=Param)1 +Param2 +Param3|(?<=Call Site +)Source/g;
const ORDER: readonly StackColumn[] = ['number', 'memory', 'child', 'ret', 'args', 'site'];

/** Reads a header by its fields, for `parseStackHeader`: the line without prompts. Undefined if it is anything else. */
export function dialectOfHeader(line: string): StackDialect | undefined {
  if (line.trimEnd() === 'STACK_TEXT:') return STACK_TEXT;
  if (line.replace(BESIDE, '').replace(FIELDS, '').replace(/Param/, '').replaceAll(':', '').trim() !== '')
    return undefined;
  const names: readonly string[] = line.match(FIELDS) ?? [];
  const columns = names.map((name) => FIELD[name] as StackColumn);
  if (!columns.every((column, i) => i === 0 || ORDER.indexOf(column) > ORDER.indexOf(columns[i - 1] as StackColumn)))
    return undefined;
  const has = (column: StackColumn): boolean => columns.includes(column);
  const ebp = names.includes('ChildEBP');
  const loose = names.some((name) => name === 'FramePtr' || name === 'Return' || name === 'Function Name');
  const colons = line.includes(':');
  // A number alone is the header of `kc` on x86; everything else names a return address or the call site.
  if (ebp ? !has('ret') || has('site') || colons : !has('site') && !(columns.length === 1 && has('number')))
    return undefined;
  if (has('child') && !has('ret')) return undefined;
  if (has('args') && !(ebp || colons || loose)) return undefined;
  if (colons && !has('ret')) return undefined;
  return {
    columns: has('site') ? columns : [...columns, 'site'],
    width: ebp ? 8 : undefined,
    ...(loose && { loose }),
    colons,
    retPadding: has('ret') && (ebp ? /RetAddr {6}/ : /RetAddr {15}/).test(line) ? 4 : 0,
    header: line,
  };
}
