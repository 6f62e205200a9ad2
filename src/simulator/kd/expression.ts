import { evaluateSteps, type Question } from '../../kd-text/expression.js';

/** Answers what an expression asks of the target; undefined when nothing is known of it. */
export type Answer = (question: Question) => bigint | undefined;

/**
 * Evaluates a MASM expression whose questions are answered at once.
 * @throws ExpressionError in kd's words
 */
export function evaluateMasm(text: string, answer: Answer): bigint {
  const steps = evaluateSteps(text);
  let step = steps.next();
  while (!step.done) step = steps.next(answer(step.value));
  return step.value;
}
