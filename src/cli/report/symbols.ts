import type { Knowledge, ReadLog } from '../../report/build/build.js';
import { symbolCache } from '../../session/home.js';
import { placeResolver } from '../../stacks/attribute/module-places.js';
import type { TableFrame } from '../../stacks/stack-table.js';
import type { KnowledgeOptions } from './options.js';

/** A module that needs names, and how kd named some of its functions. */
type Wanted = Map<string, { symbol: string; offset: number }[]>;

/** Modules whose images are looked for. */
const MOST_IMAGES = 20;
/** More names of a module are not compared with its image. */
const SAMPLES = 200;

/** `--symbols` is worth its reading only once it is known which modules lack names. */
export async function namesFrom(
  { symbols }: KnowledgeOptions,
  knowledge: Knowledge,
  logs: readonly ReadLog[],
): Promise<Knowledge> {
  if (symbols === undefined) return knowledge;
  return withSymbols(knowledge, logs, symbols, (line) => process.stderr.write(`${line}\n`));
}

/**
 * Knowledge with the names of modules that kd had no symbols of, from images and PDBs along a symbol path.
 * @param notes is told which modules found none, and why
 */
async function withSymbols(
  knowledge: Knowledge,
  logs: readonly ReadLog[],
  symbolPath: string,
  notes: (line: string) => void,
): Promise<Knowledge> {
  const { findModuleNames, findVersions } = await import('../../kd/symbols/module-names.js');
  const { parseSymbolPath } = await import('../../kd/symbols/locate/symbol-path.js');
  const { ServerMemory } = await import('../../kd/symbols/locate/locate-options.js');
  const places = parseSymbolPath(symbolPath);
  const options = { servers: new ServerMemory(), defaultCache: symbolCache() };
  const known = new Map<string, Awaited<ReturnType<typeof findModuleNames>>['names']>();
  for (const [module, samples] of wantedIn(logs)) {
    const { names, why } = await findModuleNames(module, samples, places, options);
    if (names) known.set(module, names);
    else for (const line of why) notes(`No names for ${module}: ${line}.`);
  }
  const named = new Set(known.keys());
  return {
    ...knowledge,
    named,
    images: await findVersions(driversIn(logs), places),
    resolve(given) {
      const frame = knowledge.resolve?.(given) ?? given;
      const { module, symbol } = frame;
      const names = module === null ? undefined : known.get(module.toLowerCase());
      if (!names || module === null) return frame;
      const offset = frame.offset ?? 0;
      const found = symbol === null ? names.at(offset) : names.behind(symbol, offset);
      return found ? site(module, found.name, found.displacement) : frame;
    },
  };
}

/** Modules that may be blamed: those of most hits. */
function driversIn(logs: readonly ReadLog[]): readonly string[] {
  const hits = new Map<string, number>();
  for (const { findings } of logs) {
    const { drivers, counts } = findings.positions;
    for (const { driver, hits: each } of counts) {
      const name = drivers[driver] ?? '';
      hits.set(name, (hits.get(name) ?? 0) + each);
    }
  }
  const ranked = [...hits].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  return ranked.filter((name) => /^[\w.$-]+$/.test(name)).slice(0, MOST_IMAGES);
}

function site(module: string, symbol: string, offset: number): TableFrame {
  const text = `${module}!${symbol}${offset === 0 ? '' : `+0x${offset.toString(16)}`}`;
  return { text, module, symbol, offset: offset === 0 ? null : offset };
}

/** Modules that kd had only the exports of, or no name at all, as far as a stack passes them. */
function wantedIn(logs: readonly ReadLog[]): Wanted {
  const wanted: Wanted = new Map();
  for (const { findings } of logs) {
    const place = placeResolver(findings.modules.places);
    for (const each of findings.sites) {
      const { module, symbol, offset } = place(each);
      const name = module?.toLowerCase();
      if (name === undefined || (symbol !== null && !findings.modules.exportsOnly.has(name))) continue;
      const samples = wanted.get(name) ?? [];
      wanted.set(name, samples);
      if (symbol !== null && samples.length < SAMPLES) samples.push({ symbol, offset: offset ?? 0 });
    }
  }
  return wanted;
}
