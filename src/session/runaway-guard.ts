import { type ProcessUse, processUse } from '../platform/process-use.js';

// Watches how much memory and how many handles kd takes up. What follows is decided in core/phases/runaway.ts.

const SAMPLE_MS = 2000;
const WINDOW_MS = 10_000;
/** kd with a big symbol table takes up some 200 MB once; the reported leak takes that every second. */
const GROWTH_BYTES = 512 * 1024 * 1024;
const GROWTH_HANDLES = 20_000;

export interface UseSample extends ProcessUse {
  readonly at: number;
}

/** @returns what grew too fast over the samples, in words, or undefined */
export function growthOf(samples: readonly UseSample[]): string | undefined {
  const last = samples.at(-1);
  const first = last && samples.find(({ at }) => last.at - at <= WINDOW_MS);
  if (!last || !first || first === last) return undefined;
  const seconds = Math.max(1, Math.round((last.at - first.at) / 1000));
  const bytes = last.bytes - first.bytes;
  const handles = last.handles - first.handles;
  if (bytes > GROWTH_BYTES) return `${Math.round(bytes / 1048576)} MB more in ${seconds} s`;
  return handles > GROWTH_HANDLES ? `${handles} more handles in ${seconds} s` : undefined;
}

/** Watches what a kd takes up. Tells once, in words, when it runs away, or that it cannot be watched. */
export function watchUse(
  pid: number,
  isDue: () => boolean,
  onRunaway: (text: string) => void,
  onBlind: (text: string) => void,
): () => void {
  const samples: UseSample[] = [];
  const look = async (): Promise<void> => {
    if (!isDue()) return;
    try {
      samples.push({ ...(await processUse(pid)), at: performance.now() });
      const text = growthOf(samples);
      if (samples.length > WINDOW_MS / SAMPLE_MS + 1) samples.shift();
      if (text === undefined) return;
      onRunaway(text);
    } catch (error) {
      onBlind(error instanceof Error ? error.message : String(error));
    }
    clearInterval(timer);
  };
  const timer = setInterval(() => void look(), SAMPLE_MS);
  timer.unref();
  void look();
  return () => clearInterval(timer);
}
