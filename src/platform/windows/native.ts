import { EXIT, Fault, messageOf } from '../../fault.js';

type Koffi = typeof import('koffi').default;

/**
 * Loads koffi, which calls functions of Windows without a compiler. An optional package: most of the program does without.
 * @throws Fault `no-koffi`
 */
export async function loadKoffi(): Promise<Koffi> {
  try {
    return (await import('koffi')).default;
  } catch (error) {
    throw new Fault(
      'no-koffi',
      EXIT.missing,
      `The optional package "koffi" cannot be loaded: ${messageOf(error).split('\n')[0]}.`,
      'Install livedebug again without --omit=optional.',
      { cause: error },
    );
  }
}
