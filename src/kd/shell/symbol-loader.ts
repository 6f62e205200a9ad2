import { loadSymbols } from '../symbols/load.js';
import { ServerMemory } from '../symbols/locate-options.js';
import { parseSymbolPath } from '../symbols/symbol-path.js';
import type { Screen } from './screen.js';
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
  let servers = new ServerMemory();
  let asked = '';
  return async (module, known, { online, signal }) => {
    const read = (offset: number, length: number): Promise<Buffer> =>
      known.memory.read(module.base + BigInt(offset), length, true);
    // Another path is another chance for a server that did not answer.
    if (asked !== settings.symbolPath + settings.imagePath) servers = new ServerMemory();
    asked = settings.symbolPath + settings.imagePath;
    const paths = { symbols: parseSymbolPath(settings.symbolPath), images: parseSymbolPath(settings.imagePath) };
    const loaded = await loadSymbols(module, read, paths, {
      ...{ servers, signal, offline: !online, defaultCache: cache, indexFolder: cache },
      // Exports are read over the wire, 50 KB of them for a kernel: only for somebody who asks for a name.
      exports: online,
      progress: (bytes, total, name) => {
        if (settings.noisy) screen.line(`SYMSRV:  ${name}: ${bytes}${total === undefined ? '' : ` of ${total}`} bytes`);
      },
    });
    if (settings.noisy) for (const note of loaded.notes) screen.line(`DBGHELP: ${note}`);
    if (online && loaded.symbols.source === 'exports')
      screen.line(`*** ERROR: Symbol file could not be found.  Defaulted to export symbols for ${module.file} - `);
    if (online && loaded.symbols.source === 'none')
      screen.line(`*** ERROR: Module load completed but symbols could not be loaded for ${module.file}`);
    return loaded;
  };
}
