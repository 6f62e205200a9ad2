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

/**
 * The forms that can be printed. x86 shapes since Windows 2000's kd; x64 shapes in the old (to about 2018)
 * and, where numbered, in the new column width.
 */
export const DIALECTS = {
  x86K: dialect('child ret site', 8, 'ChildEBP RetAddr  '),
  x86KNumbered: dialect('number child ret site', 8, ' # ChildEBP RetAddr  '),
  x86Kb: dialect('child ret args site', 8, 'ChildEBP RetAddr  Args to Child              '),
  x86KbNumbered: dialect('number child ret args site', 8, ' # ChildEBP RetAddr  Args to Child              '),
  x86KcNumbered: dialect('number site', undefined, ' # '),
  x64K: dialect('child ret site', 16, 'Child-SP          RetAddr           Call Site'),
  x64KNumbered: dialect('number child ret site', 16, ' # Child-SP          RetAddr               Call Site', {
    retPadding: 4,
  }),
  x64Kb: dialect('ret args site', 16, `RetAddr           : ${ARGS_X64}: Call Site`, { colons: true }),
  x64KbNumbered: dialect('number ret args site', 16, ` # RetAddr               : ${ARGS_X64}: Call Site`, {
    colons: true,
    retPadding: 4,
  }),
  x64KbNoArgs: dialect('number ret site', 16, ' # RetAddr               : Call Site', { colons: true, retPadding: 4 }),
  x64Kv: dialect('child ret args site', 16, `Child-SP          RetAddr           : ${ARGS_X64}: Call Site`, {
    colons: true,
  }),
  x64KvNumbered: dialect(
    'number child ret args site',
    16,
    ` # Child-SP          RetAddr               : ${ARGS_X64}: Call Site`,
    { colons: true, retPadding: 4 },
  ),
  x64Kc: dialect('site', undefined, 'Call Site'),
  x64KcNumbered: dialect('number site', undefined, ' # Call Site'),
} as const satisfies Record<string, StackDialect>;

export type DialectName = keyof typeof DIALECTS;

/** The stack in the output of `!analyze -v`. */
const STACK_TEXT: StackDialect = { ...dialect('child ret args site', undefined, 'STACK_TEXT:  '), either: true };

/** How many arguments kd prints per frame: three stack words on x86, the four home slots on x64 and ARM. */
export function argumentCount(of: StackDialect): number {
  return of.colons ? 4 : 3;
}

const FIELD: Readonly<Record<string, StackColumn>> = {
  '#': 'number',
  Memory: 'memory',
  ChildEBP: 'child',
  'Child-SP': 'child',
  RetAddr: 'ret',
  'Args to Child': 'args',
  'Call Site': 'site',
};
const FIELDS = /#|Memory|ChildEBP|Child-SP|RetAddr|Args to Child|Call Site/g;
const ORDER: readonly StackColumn[] = ['number', 'memory', 'child', 'ret', 'args', 'site'];

/** Reads a header by its fields, for `parseStackHeader`: the line without prompts. Undefined if it is anything else. */
export function dialectOfHeader(line: string): StackDialect | undefined {
  if (line.trimEnd() === 'STACK_TEXT:') return STACK_TEXT;
  if (line.replace(FIELDS, '').replaceAll(':', '').trim() !== '') return undefined;
  const names: readonly string[] = line.match(FIELDS) ?? [];
  const columns = names.map((name) => FIELD[name] as StackColumn);
  if (!columns.every((column, i) => i === 0 || ORDER.indexOf(column) > ORDER.indexOf(columns[i - 1] as StackColumn)))
    return undefined;
  const has = (column: StackColumn): boolean => columns.includes(column);
  const ebp = names.includes('ChildEBP');
  const colons = line.includes(':');
  // A number alone is the header of `kc` on x86; everything else names a return address or the call site.
  if (ebp ? !has('ret') || has('site') || colons : !has('site') && !(columns.length === 1 && has('number')))
    return undefined;
  if (has('child') && !has('ret')) return undefined;
  if (has('args') && !(ebp || colons)) return undefined;
  if (colons && !has('ret')) return undefined;
  return {
    columns: has('site') ? columns : [...columns, 'site'],
    width: ebp ? 8 : undefined,
    colons,
    retPadding: !ebp && has('ret') && /RetAddr {15}/.test(line) ? 4 : 0,
    header: line,
  };
}
