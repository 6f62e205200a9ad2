/** What the page uses of the library, which has no types of its own. */
declare module 'd3-flame-graph' {
  import type { Selection } from 'd3-selection';

  export interface ChartNode<Data> {
    readonly id: number;
    readonly data: Data;
    readonly value: number;
    readonly depth: number;
    readonly x0: number;
    readonly x1: number;
    readonly parent: ChartNode<Data> | null;
    readonly children?: readonly ChartNode<Data>[];
    highlight?: boolean;
  }

  export interface FlameGraph<Data> {
    (selection: Selection<HTMLElement, Data, null, undefined>): void;
    width(pixels: number): this;
    cellHeight(pixels: number): this;
    transitionDuration(milliseconds: number): this;
    minFrameSize(pixels: number): this;
    inverted(rootOnTop: boolean): this;
    resetHeightOnZoom(reset: boolean): this;
    sort(compare: (a: ChartNode<Data>, b: ChartNode<Data>) => number): this;
    setColorMapper(colour: (node: ChartNode<Data>) => string): this;
    setLabelHandler(label: (node: ChartNode<Data>) => string): this;
    setDetailsHandler(handler: (text: string | null) => void): this;
    setSearchMatch(match: (node: ChartNode<Data>, term: string) => boolean): this;
    setSearchHandler(handler: (found: readonly ChartNode<Data>[], sum: number, whole: number) => void): this;
    onClick(handler: (node: ChartNode<Data>) => void): this;
    onHover(handler: (node: ChartNode<Data>) => void): this;
    search(term: string): void;
    clear(): void;
    zoomTo(node: ChartNode<Data>): void;
    resetZoom(): void;
    update(data?: Data): this;
  }

  const flamegraph: <Data>() => FlameGraph<Data>;
  // biome-ignore lint/style/noDefaultExport: it is what the library exports.
  export default flamegraph;
}
