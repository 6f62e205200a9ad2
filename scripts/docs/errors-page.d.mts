import type { FaultText } from './faults.mjs';

export function errorsPage(faults: readonly FaultText[]): string;
