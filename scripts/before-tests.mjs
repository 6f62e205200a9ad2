// What tests load and no source is: the scanner. With it the tests of test:unit need no build before them.
import { buildScanner } from './build-scanner.mjs';

export async function setup() {
  await buildScanner();
}
