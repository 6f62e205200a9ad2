import flamegraph, { type ChartNode } from 'd3-flame-graph';
import { select } from 'd3-selection';
import { count, number, percent, size } from '../format.js';
import type { PageData } from '../html/page-data.js';
import { colourOf } from './colours.js';
import { byId } from './dom.js';
import { flameControls } from './flame-controls.js';
import { flameKeys } from './flame-keys.js';
import { type FlameNode, type FlameView, flameTree, type Shown } from './flame-tree.js';

export type Node = ChartNode<FlameNode>;

const HINT = 'Click or press Enter to zoom in, Escape to zoom out; arrow keys move.';
const ROW = 22;
/** Thinner frames are not drawn: nobody sees them, and zooming in brings them up. */
const THINNEST = 2;

/** The flame graph: drawn by d3-flame-graph, made usable by keyboard and screen reader here. */
export function flameGraph(data: PageData): (shown: Shown) => void {
  const place = byId('flame-graph');
  const status = byId('flame-status');
  const state = {
    shown: data as Shown,
    view: { weight: 0, outermostFirst: false } as FlameView,
    term: '',
    zoomed: false,
  };
  const amount = (value: number): string => {
    const weight = data.weights[state.view.weight];
    return weight?.unit === 'bytes' ? size(value) : number(value);
  };
  const describe = (node: Node): string => {
    const whole = rootOf(node).data.value;
    const title = data.weights[state.view.weight]?.title ?? '';
    const unit = data.weights[state.view.weight]?.unit === 'bytes' ? '' : ` ${title}`;
    return `${node.data.name}: ${amount(node.data.value)} of ${amount(whole)}${unit}, ${percent(node.data.value, whole)}`;
  };
  const say = (node: Node): void => {
    status.textContent = describe(node);
  };
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const chart = flamegraph<FlameNode>()
    .cellHeight(ROW)
    .transitionDuration(still ? 0 : 200)
    .minFrameSize(THINNEST)
    .inverted(true)
    .resetHeightOnZoom(true)
    .sort((a, b) => b.data.value - a.data.value)
    .setColorMapper((node) => colourOf(node.data.colour))
    .setLabelHandler(describe)
    .setDetailsHandler(() => {})
    .setSearchMatch((node, term) => term !== '' && node.data.name.toLowerCase().includes(term))
    .setSearchHandler((found, sum, whole) => {
      status.textContent = `${count(found.length, 'frame')} found: ${amount(sum)} of ${amount(whole)}, ${percent(sum, whole)}`;
    })
    .onHover(say)
    .onClick((node) => {
      state.zoomed = node.parent !== null;
      decorate();
      say(node);
    });

  const keys = flameKeys(place, {
    focused: say,
    zoom: (node) => chart.zoomTo(node),
    reset: () => chart.resetZoom(),
  });

  /** What the library does not draw: names and roles for those who cannot see, and what a search found. */
  function decorate(): void {
    const searching = state.term !== '';
    const frames = select(place).selectAll<SVGGElement, Node>('g');
    frames
      .attr('role', 'button')
      .attr('aria-label', describe)
      .classed('match', (node) => searching && node.highlight === true)
      .classed('miss', (node) => searching && node.highlight !== true);
    const svg = place.querySelector('svg');
    if (svg) {
      const height = Math.max(ROW, Number(svg.getAttribute('height')) - 2 * ROW);
      svg.setAttribute('height', String(height));
      svg.setAttribute('viewBox', `0 0 ${svg.getAttribute('width')} ${height}`);
      svg.setAttribute('role', 'group');
      svg.setAttribute('aria-label', 'Flame graph. Arrow keys move, Enter zooms in, Escape zooms out.');
    }
    keys.renew(frames.nodes().map((element) => ({ element, node: select<SVGGElement, Node>(element).datum() })));
    controls.zoomed(state.zoomed);
  }

  function redraw(): void {
    state.zoomed = false;
    status.textContent = HINT;
    const tree = flameTree(data, state.shown, state.view);
    // Drawn anew, the order in the document is that of the tree.
    select(place).selectAll('g').remove();
    chart.width(place.clientWidth).update(tree);
    place.classList.toggle('empty', tree.value === 0);
    if (state.term !== '') chart.search(state.term);
    decorate();
  }

  const controls = flameControls(data, {
    view: (view) => {
      state.view = { ...state.view, ...view };
      redraw();
    },
    search: (term) => {
      state.term = term.toLowerCase();
      if (term === '') chart.clear();
      else chart.search(state.term);
      if (term === '') status.textContent = HINT;
      decorate();
    },
    reset: () => chart.resetZoom(),
  });

  chart.width(place.clientWidth);
  select<HTMLElement, FlameNode>(place)
    .datum(flameTree(data, state.shown, state.view))
    .call(chart);
  decorate();
  status.textContent = HINT;
  let width = place.clientWidth;
  new ResizeObserver(() => {
    if (place.clientWidth === width || place.clientWidth === 0) return;
    width = place.clientWidth;
    chart.width(width).update();
    decorate();
  }).observe(place);

  return (shown) => {
    state.shown = shown;
    redraw();
  };
}

function rootOf(node: Node): Node {
  let root = node;
  while (root.parent) root = root.parent;
  return root;
}
