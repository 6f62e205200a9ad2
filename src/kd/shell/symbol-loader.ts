import type { Screen } from '../console/screen.js';
import { type LoadedSymbols, loadSymbols } from '../symbols/load.js';
import { ServerMemory } from '../symbols/locate/locate-options.js';
import type { StoreKey } from '../symbols/locate/store-key.js';
import { parseSymbolPath } from '../symbols/locate/symbol-path.js';
import { WantedPdbs, wordOf } from '../symbols/locate/wanted-pdbs.js';
import type { LoadSymbols } from './target-symbols.js';

/** What `.sympath`, `.exepath` and `!sym` have set. */
export interface SymbolSettings {
  symbolPath: string;
  imagePath: string;
  /** `!sym noisy`: everything that was tried is said. */
  noisy: boolean;
}

/**
 * Loads symbols along kd's symbol path, and says in kd's words when there are none but exports.
 * @param cache the folder for servers that are named without one, and for indices
 */
export function symbolLoader(settings: SymbolSettings, cache: string, screen: Screen): LoadSymbols {
  const wanted = new WantedPdbs(cache);
  let servers = new ServerMemory();
  let asked = '';
  return async (module, known, { online, signal }) => {
    const read = (offset: number, length: number): Promise<Buffer> =>
      known.memory.read(module.base + BigInt(offset), length, true);
    // Another path is another chance for a server that did not answer.
    if (asked !== settings.symbolPath + settings.imagePath) servers = new ServerMemory();
    asked = settings.symbolPath + settings.imagePath;
    const paths = { symbols: parseSymbolPath(settings.symbolPath), images: parseSymbolPath(settings.imagePath) };
    let pdb: StoreKey | undefined;
    let loaded: LoadedSymbols | undefined;
    try {
      loaded = await loadSymbols(module, read, paths, {
        servers,
        signal,
        offline: !online,
        defaultCache: cache,
        indexFolder: cache,
        // Exports are read over the wire, 50 KB of them for a kernel: only for somebody who asks for a name.
        exports: online,
        seeks: (key) => {
          pdb = key;
        },
        progress: (bytes, total, name) => {
          const of = total === undefined ? '' : ` of ${total}`;
          if (settings.noisy) screen.line(`SYMSRV:  ${name}: ${bytes}${of} bytes`);
        },
      });
    } finally {
      if (settings.noisy) for (const note of loaded?.notes ?? []) screen.line(`DBGHELP: ${note}`);
      if (online && loaded) screen.lines(lacking(loaded.symbols.source, module.file));
      if (pdb && loaded?.symbols.source === 'pdb') wanted.remove(wordOf(pdb));
      // A target that stands still for the kernel's symbols is not to do so once more.
      else if (pdb && online && module.name === 'nt') {
        wanted.add(wordOf(pdb));
        screen.line(`*** Before the next stop: livedebug symbols fetch ${wordOf(pdb)}`);
      }
    }
    return loaded;
  };
}

function lacking(source: LoadedSymbols['symbols']['source'], file: string): string[] {
  if (source === 'exports')
    return [`*** ERROR: Symbol file could not be found.  Defaulted to export symbols for ${file} - `];
  return source === 'none' ? [`*** ERROR: Module load completed but symbols could not be loaded for ${file}`] : [];
}
