import { createHash } from 'node:crypto';
import { fitted } from '../format.js';
import { LONGEST_NAME } from '../headline.js';
import { type Child, h, htmlOf, jsonForScript } from './element.js';
import { pageFiles } from './page-files.js';

export interface PageOptions {
  readonly title: string;
  /** Shown at the end of the page. */
  readonly generatedAt?: Date | undefined;
}

export interface PageBody {
  readonly answer: readonly Child[];
  readonly remarks: readonly string[];
  readonly links: readonly { readonly id: string; readonly title: string }[];
  readonly sections: readonly Child[];
  readonly reading: readonly string[];
  readonly data: unknown;
}

/** One file that holds all it needs and may load nothing: by its policy only the script and the style in it count. */
export function page(body: PageBody, { title, generatedAt }: PageOptions): string {
  const { script, style } = pageFiles();
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const name = fitted(title, 200);
  const head = [
    h('meta', { charset: 'utf-8' }),
    h('meta', { 'http-equiv': 'Content-Security-Policy', content: policy }),
    h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    h('meta', { name: 'color-scheme', content: 'light dark' }),
    h('title', {}, name),
    h('link', { rel: 'icon', href: 'data:,' }),
  ];
  const content = [
    h('a', { class: 'skip', href: '#answer' }, 'Skip to the answer'),
    header(name, body),
    h(
      'main',
      {},
      h('h1', { id: 'answer', tabindex: '-1' }, ...body.answer),
      ...(body.remarks.length > 0
        ? [h('ul', { class: 'remarks' }, ...body.remarks.map((remark) => h('li', {}, remark)))]
        : []),
      ...body.sections,
    ),
    h('footer', {}, ...body.reading.map((line) => h('p', {}, line)), ...madeAt(generatedAt)),
  ];
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head>${head.map(htmlOf).join('\n')}`,
    `<style>${style}</style></head>`,
    '<body>',
    ...content.map(htmlOf),
    `<script type="application/json" id="page-data">${jsonForScript(body.data)}</script>`,
    `<script>${script}</script>`,
    '</body></html>',
    '',
  ].join('\n');
}

function header(title: string, { links }: PageBody) {
  return h(
    'header',
    {},
    h('p', { class: 'title' }, h('strong', {}, 'livedebug'), h('span', {}, title)),
    h('nav', { 'aria-label': 'Parts of the page' }, ...links.map(({ id, title }) => h('a', { href: `#${id}` }, title))),
    h('div', { id: 'theme' }),
  );
}

function madeAt(time: Date | undefined): Child[] {
  return time === undefined
    ? []
    : [h('p', {}, `Written ${time.toISOString().slice(0, 16).replace('T', ' ')} UTC by livedebug.`)];
}

/** An answer with its names set as names: the driver it begins with, and the caller it ends with. */
export function emphasised(sentence: string, driver = '', caller = ''): Child[] {
  const head = fitted(driver, LONGEST_NAME);
  const name = fitted(caller, LONGEST_NAME);
  const at = sentence.lastIndexOf(name);
  const rest = sentence.slice(at + name.length);
  if (head === '' || name === '' || !sentence.startsWith(head) || at < head.length) return [sentence];
  if (rest !== '.' && !rest.startsWith(', through ')) return [sentence];
  return [h('code', {}, head), sentence.slice(head.length, at), h('code', {}, name), rest];
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;
}
