/** Commands that let the target run, or step it: what kd prints after one belongs to another stop. */
const RESUMES = /(?:^|;)\s*(?:~\S*\s*)?(?:g|gh|gn|gN|gc|gu|p|pa|pc|pct|ph|pt|t|ta|tb|tc|tct|th|tt|wt)(?:\s|$|;)/;
const REBOOTS = /^\s*\.(?:reboot|crash|restart)\b/;

/** Whether what stands behind a prompt resumes the target. Commands inside quotes do so only later, at a breakpoint. */
export function resumesTarget(command: string): boolean {
  return RESUMES.test(command.replace(/"[^"]*"/g, '""')) || REBOOTS.test(command);
}

/** Commands that print stacks: `k` and its forms, alone or for other threads, and extensions that show what threads do. */
const STACKS =
  /(?:^|[;"'{\s])(?:~\S*?\s*)?k(?:[bcdnpPvLfMst]*)(?=[\s;"'}]|$)|!(?:analyze|process|thread|stacks|t|us|verifier|findstack|uniqstack|for_each\w*|running)\b/;

/** Whether what stands behind a prompt prints stacks: a command, or kd's complaint that quotes one. */
export function asksForStack(command: string): boolean {
  return STACKS.test(command);
}
