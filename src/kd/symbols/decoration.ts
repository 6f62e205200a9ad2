import { MACHINE_X86 } from './image/image.js';

/**
 * A name as kd shows it. Only 32-bit x86 decorates the names of C: `_Name@16` (stdcall), `@Name@8` (fastcall), `_Name` (cdecl).
 * Of C++ the plain ones are said in words, `?Run@Queue@io@@QAEXXZ` as `io::Queue::Run`; templates and operators stay.
 */
export function undecorated(name: string, machine: number): string {
  if (name.startsWith('?')) return plainCxx(name);
  if (machine !== MACHINE_X86) return name;
  const bare = /^[_@](.+?)(?:@\d+)?$/.exec(name)?.[1];
  return bare ?? name;
}

function plainCxx(name: string): string {
  const path = /^\?([A-Za-z_$][\w$]*(?:@[A-Za-z_$][\w$]*)*)@@/.exec(name)?.[1];
  return path === undefined ? name : path.split('@').reverse().join('::');
}
