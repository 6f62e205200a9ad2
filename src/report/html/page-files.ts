import { readFileSync } from 'node:fs';

/** What `npm run build` makes of page/: the same files, whether this runs from dist/ or from src/. */
const folder = new URL('../../../dist/report/page/', import.meta.url);

let files: { readonly script: string; readonly style: string } | undefined;

/** Script and style of the page. */
export function pageFiles(): { readonly script: string; readonly style: string } {
  files ??= {
    script: readFileSync(new URL('page.js', folder), 'utf8').trim(),
    style: readFileSync(new URL('page.css', folder), 'utf8').trim(),
  };
  return files;
}
