import { readFileSync } from 'node:fs';
import path from 'node:path';
import { EXIT, Fault, messageOf } from '../../fault.js';
import type { Knowledge } from '../../report/build/build.js';
import { parsePoolTags } from '../../report/build/pool-tags.js';
import { type ModuleMap, parseModuleMap, resolver } from '../../stacks/attribute/module-map.js';
import { Wrappers } from '../../stacks/attribute/wrappers.js';
import { withSettings } from '../settings.js';
import type { KnowledgeOptions } from './options.js';
import { wrapperPatterns } from './wrapper-patterns.js';

/** Reads the files of `--map` and `--pooltag`, and wrappers that flags, environment or livedebug.toml name. @throws Fault that names the file and says what is wrong with it */
export async function readKnowledge({ map = [], pooltag, wrapper }: KnowledgeOptions): Promise<Knowledge> {
  const maps = map.map(readMap);
  const { wrapper: patterns } = await withSettings({ ...(wrapper !== undefined && { wrapper }) }, ['wrapper']);
  const wrappers = wrapperPatterns(patterns);
  return {
    ...(wrappers.length > 0 && { wrappers: new Wrappers(wrappers) }),
    ...(maps.length > 0 && { resolve: resolver(maps) }),
    ...(pooltag !== undefined && { poolTags: parsePoolTags(readText(pooltag, '--pooltag')) }),
  };
}

function readMap(argument: string): ModuleMap {
  // `C:\maps\mydrv.map` has no module before it, whatever its colon looks like; `mydrv=C:\maps\x.map` has.
  const [, module, file = argument] = /^([^\\/=]+)=(.+)$/.exec(argument) ?? [];
  const text = readText(file, '--map');
  const stem = path.win32.basename(file).replace(/\.[^.]*$/, '');
  const map = parseModuleMap(text, module) ?? parseModuleMap(text, module ?? stem);
  if (map) return map;
  throw new Fault(
    'map-unreadable',
    EXIT.usage,
    `'${file}' has no functions in it that could be read.`,
    'Give the map that the linker wrote (/MAP), or the output of nm.',
  );
}

function readText(file: string, option: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    throw new Fault(
      'file-unreadable',
      EXIT.usage,
      `'${file}' could not be read: ${messageOf(error)}.`,
      `Name another file with ${option}.`,
      { cause: error },
    );
  }
}
