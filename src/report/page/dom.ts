import type { Child } from '../html/element.js';

const SVG = 'http://www.w3.org/2000/svg';
const SVG_TAGS = new Set(['svg', 'rect', 'title', 'g']);

/** An element of the page from its description: text goes in as text, whatever it looks like. */
export function domOf(child: Child): Node {
  if (typeof child === 'string') return document.createTextNode(child);
  const element = SVG_TAGS.has(child.tag)
    ? document.createElementNS(SVG, child.tag)
    : document.createElement(child.tag);
  for (const [name, value] of Object.entries(child.attributes)) element.setAttribute(name, value);
  element.append(...child.children.map(domOf));
  return element;
}

/** The element that the page's own HTML holds under this id. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

export function button(text: string, pressed: () => void): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.addEventListener('click', pressed);
  return made;
}

/** A control with its name before it. */
export function labelled(text: string, control: HTMLElement): HTMLLabelElement {
  const label = document.createElement('label');
  const name = document.createElement('span');
  name.textContent = text;
  label.append(name, control);
  return label;
}

export function searchField(placeholder: string, changed: (text: string) => void): HTMLInputElement {
  const field = document.createElement('input');
  field.type = 'search';
  field.placeholder = placeholder;
  field.autocomplete = 'off';
  field.spellcheck = false;
  let waiting = 0;
  field.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => changed(field.value.trim()), 120);
  });
  return field;
}

export function choice(options: readonly string[], changed: (index: number) => void): HTMLSelectElement {
  const select = document.createElement('select');
  for (const [index, text] of options.entries()) {
    const option = document.createElement('option');
    option.value = String(index);
    option.textContent = text;
    select.append(option);
  }
  select.addEventListener('change', () => changed(select.selectedIndex));
  return select;
}
