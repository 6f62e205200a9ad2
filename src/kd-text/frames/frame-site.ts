/** What a call site says, taken apart. */
export interface CallSite {
  /** The call site as printed, without notes and source. */
  readonly site: string;
  readonly module?: string;
  readonly symbol?: string;
  /** Bytes from the symbol, or from the module's base where there is no symbol. */
  readonly offset?: number;
  /** 16 hexadecimal digits, where kd printed a bare address. */
  readonly address?: string;
  /** `path @ line`, as printed between brackets. */
  readonly source?: string;
  /** `(FPO: [Non-Fpo])`, `(CONV: stdcall)`, `(TrapFrame @ …)`, `(Inline Function @ …)`, `[No function listed.]`. */
  readonly notes?: readonly string[];
}

const NOTE =
  /(?<=\S) +(\((?:FPO|CONV|TrapFrame|TSS|EFRAME|Inline Function|Inline|EH|MS|No FPO)\b[^()]*(?:\([^()]*\)[^()]*)*\)|\[No function listed\.\])$/;
const SOURCE = /(?<!\(FPO:[^()]{0,60}) \[(\S.* @ \d+(?: ?\+ ?0x[0-9a-f]+)?)\]$/;
/** Characters beyond which notes are not looked for: keeps a damaged log from costing quadratic time. */
const LONGEST_WITH_NOTES = 16_384;
/** MEX has it in parentheses. */
const MEX_SOURCE = / \(((?:[A-Za-z]:)?[\\/].{1,400} @ \d+)\)$/;
/** A source whose end is on the next line: a mailer wrapped it. */
const CUT_SOURCE = /(?<=\S) \[(?:[A-Za-z]:)?[\\/.][^\]]*$/;
const BARE = /^0x([0-9a-f]{1,8})(?:`([0-9a-f]{8})|([0-9a-f]{0,8}))$/i;
const SYMBOL = /^(<Unloaded_[^>]+>|[^\s!+:()"'`,;=[\]\\]+)!(.*\S)$/;
const MODULE = /^(<Unloaded_[^>]+>|[^\s!+:()"'`,;=[\]\\]+?)(?:\+0x([0-9a-f]+))?$/i;
const OFFSET = /^(.+)\+0x([0-9a-f]+)$/i;

/**
 * Takes apart what stands after a frame's addresses.
 * @returns undefined where the text cannot be a call site: words, an instruction, memory contents, a line with a colon at its end
 */
export function parseCallSite(printed: string): CallSite | undefined {
  // What copies of web pages leave at the end of a line.
  let rest = printed.trimEnd();
  if (/<br ?\/?>$/i.test(rest)) rest = rest.slice(0, rest.lastIndexOf('<')).trimEnd();
  const notes: string[] = [];
  let source: string | undefined;
  while (rest.length <= LONGEST_WITH_NOTES) {
    const note = NOTE.exec(rest);
    const from = note ?? (source === undefined ? SOURCE.exec(rest) : null);
    if (from === null) break;
    if (note) notes.unshift(note[1] as string);
    else source = from[1] as string;
    rest = rest.slice(0, from.index).trimEnd();
  }
  const mex = source === undefined ? MEX_SOURCE.exec(rest) : null;
  if (mex) source = mex[1] as string;
  if (mex) rest = rest.slice(0, mex.index);
  else if (source === undefined) rest = rest.replace(CUT_SOURCE, '');
  const named = nameOf(rest);
  return named && { site: rest, ...named, ...(source && { source }), ...(notes.length > 0 && { notes }) };
}

function nameOf(site: string): Pick<CallSite, 'module' | 'symbol' | 'offset' | 'address'> | undefined {
  if (site === '[No function listed.]') return {};
  const bare = BARE.exec(site);
  if (bare) {
    const [, first = '', low, more = ''] = bare;
    return { address: (low === undefined ? first + more : first + low).toLowerCase().padStart(16, '0') };
  }
  const named = SYMBOL.exec(site);
  if (named) return site.endsWith(':') ? undefined : { module: named[1] as string, ...symbolOf(named[2] as string) };
  const module = MODULE.exec(site);
  if (!module || /^(?:[0-9a-f]{8}|[0-9a-f]{16}|[\d?-]+)$/i.test(site) || !/[\p{L}_]/u.test(module[1] as string))
    return undefined;
  return { module: module[1] as string, ...(module[2] !== undefined && { offset: Number.parseInt(module[2], 16) }) };
}

/** `Name+0x12`, `Name`, and what `kp` prints, `Name(int a = 0n1)+0x12`: the parameters are no part of the name. */
function symbolOf(text: string): { symbol: string; offset?: number } {
  // `Name+0x12()`, `Name()`: what windows of WinDbg show where no parameters are known.
  const plain = text.replace(/(\+0x[0-9a-f]+)\([^()]*\)$/i, '$1').replace(/(?<!operator ?)\(\)$/, '');
  const parts = OFFSET.exec(plain);
  const name = (parts?.[1] ?? plain).trim();
  // `kP` breaks the line after the parenthesis, and prints a parameter a line.
  if (/[^(\s]\($/.test(name)) return { symbol: name.slice(0, -1) };
  const listed = /^((?:.*operator ?\(\))?[^(]*[^(\s])\((?:[^()]*=.*|[^()]*[\s*&][^()]*)\)$/.exec(name);
  const symbol = listed?.[1] ?? name;
  return parts ? { symbol, offset: Number.parseInt(parts[2] as string, 16) } : { symbol };
}
