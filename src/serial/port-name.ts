/** The longest name that the serialport library can open on Windows; it cuts what is longer. */
const BINDING_LIMIT = 10;

/**
 * A port as the serialport library wants it. On Windows the library puts `\\.\` in front by itself, so that COM10 and
 * above open; a name that has it already would be asked for as `\\.\\\.\COM10`.
 * Source: @serialport/bindings-cpp, OpenBaton::Execute.
 * @returns undefined for a name that the library would cut, and for a path
 */
export function openableName(port: string, platform: NodeJS.Platform = process.platform): string | undefined {
  if (platform !== 'win32') return port;
  const name = port.replace(/^\\\\[.?]\\/, '');
  return name.length <= BINDING_LIMIT && !/[\\/]/.test(name) ? name : undefined;
}

/** `COM1`, whatever way it is spelled, for comparing names. */
export function plainName(port: string): string {
  return port.replace(/^\\\\[.?]\\/, '').toUpperCase();
}
