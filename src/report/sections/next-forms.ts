import { clean } from '../../platform/clean-text.js';
import { emphasis, type TableLayout, wrapped } from '../formats/layout.js';
import { codeBlock, markdownText } from '../formats/markdown-parts.js';
import { h, type PageElement } from '../html/element.js';
import type { ReportCommand } from '../pool/model.js';

const TITLE = 'What next';
const WHERE = { host: 'here', kd: 'in kd', target: 'on the target' } as const;

/** What to type next, for the terminal. A command is never cut: it is there to be copied. */
export function nextLines(commands: readonly ReportCommand[], layout: TableLayout): string[] {
  if (commands.length === 0) return [];
  return [
    emphasis(TITLE, layout),
    ...commands.flatMap((each) => [
      `  ${clean(each.command)}`,
      ...wrapped(reason(each), layout.columns - 6).map((line) => `      ${line}`),
    ]),
    '',
  ];
}

/** The same for an issue or a wiki. */
export function nextMarkdown(commands: readonly ReportCommand[]): string[] {
  if (commands.length === 0) return [];
  return [`## ${TITLE}`, ...commands.flatMap((each) => [markdownText(`${reason(each)}:`), codeBlock([each.command])])];
}

/** The same for the page. */
export function nextElements(commands: readonly ReportCommand[]): PageElement[] {
  if (commands.length === 0) return [];
  return [
    h(
      'section',
      { class: 'card', id: 'next' },
      h('h2', {}, TITLE),
      h(
        'dl',
        { class: 'commands' },
        ...commands.flatMap((each) => [h('dt', {}, h('code', {}, each.command)), h('dd', {}, reason(each))]),
      ),
    ),
  ];
}

function reason({ at, why }: ReportCommand): string {
  return `${WHERE[at]}: ${why}`;
}
