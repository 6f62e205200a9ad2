export function playCast(): Promise<{ readonly exitCode: number | null; readonly text: string }>;
export function castOf(output: string, pipe: string): string;
