export interface FaultText {
  readonly code: string;
  /** The number of the exit code. */
  readonly exit: string;
  /** The file that makes it, from the root of the repository, with forward slashes. */
  readonly file: string;
  readonly message: string;
  readonly remedy: string;
}

export function readFaults(root?: string): FaultText[];
