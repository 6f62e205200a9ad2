/** The public server of Microsoft: what a symbol path means that asks a server and names none. */
export const MICROSOFT_SERVER = 'https://msdl.microsoft.com/download/symbols';

/** Where symbol files may be, in the order in which they are looked up. */
export interface SymbolPath {
  readonly places: readonly SymbolPlace[];
}

/** One element of a symbol path. */
export interface SymbolPlace {
  /** A folder of files; a store, laid out by name and key; or a server with such a store. */
  readonly kind: 'folder' | 'store' | 'server';
  /** The folder, or the server's address without a slash at its end. */
  readonly at: string;
  /** Caches before it, nearest first; '' stands for the default one. What is found behind is copied into them. */
  readonly caches: readonly string[];
}

/**
 * Reads a symbol path in Microsoft's syntax: folders, `srv*CACHE*…*STORE`, `symsrv*symsrv.dll*…` and `cache*FOLDER`, with `;` between.
 * `srv*` alone is Microsoft's server. Every text is a path: what cannot be meant otherwise is a folder.
 */
export function parseSymbolPath(text: string): SymbolPath {
  const places: SymbolPlace[] = [];
  let before: readonly string[] = [];
  for (const element of bare(text).split(';').map(bare)) {
    if (element === '') continue;
    const [kind = '', ...rest] = element.split('*').map(bare);
    if (/^cache$/i.test(kind))
      before = [...before, ...(rest.length === 0 ? [''] : rest.filter((each) => !isServer(each)))];
    else if (/^srv$/i.test(kind)) places.push(...storePlaces(rest, before));
    else if (/^symsrv$/i.test(kind)) places.push(...storePlaces(rest.slice(1), before));
    else if (isServer(element)) places.push(...storePlaces([element], before));
    else places.push({ kind: 'folder', at: element, caches: before });
  }
  // A cache with nothing behind it is still a store.
  if (places.length === 0) for (const each of before) places.push({ kind: 'store', at: each, caches: [] });
  return { places };
}

/**
 * The last part is where the files come from, those before it are caches; servers among them are only asked. Where the last part is left
 * empty and there is no server, they come from Microsoft's. A server without any cache is given the default one.
 * Source: ".symfix", whose path is `srv*`, and "Symbol path for Windows debuggers".
 */
function storePlaces(parts: readonly string[], before: readonly string[]): SymbolPlace[] {
  const last = parts.at(-1) ?? '';
  const caches = [...before, ...parts.slice(0, -1).filter((each) => !isServer(each))];
  const kept = caches.length === 0 ? [''] : caches;
  const named = parts.filter(isServer).map((each) => each.replace(/\/+$/, ''));
  const servers = named.length === 0 && last === '' ? [MICROSOFT_SERVER] : named;
  const places = servers.map((at): SymbolPlace => ({ kind: 'server', at, caches: kept }));
  return isServer(last) || last === '' ? places : [...places, { kind: 'store', at: last, caches }];
}

export function isServer(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** People quote what has blanks in it, and the whole of it for a shell that takes no quotes away. */
function bare(text: string): string {
  return text
    .trim()
    .replace(/^(["'])((?:(?!\1).)*)\1$/, '$2')
    .trim();
}
