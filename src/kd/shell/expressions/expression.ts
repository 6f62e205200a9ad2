import { ExpressionError, evaluateSteps, type Question } from '../../../kd-text/expression.js';
import { canonical } from '../../control/architecture.js';
import { CommandError, type Scene } from '../shell-context.js';
import { isTemporary, register } from './pseudo-registers.js';

/**
 * Evaluates what stands where an address or a value belongs, in kd's MASM syntax (src/kd-text/expression.ts), by the target's
 * registers, memory and symbols. On x86 a number has 32 bits, unless it is written in two halves.
 * @throws CommandError in kd's words; LinkError
 */
export async function evaluate(text: string, scene: Scene): Promise<bigint> {
  const { architecture } = scene.known;
  const steps = evaluateSteps(text, (value) => canonical(architecture, value));
  let answer: bigint | undefined;
  for (;;) {
    const step = inWordsOfCommands(() => steps.next(answer));
    if (step.done) return canonical(architecture, step.value);
    answer = await answerOf(step.value, scene);
  }
}

function inWordsOfCommands<Result>(act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw error instanceof ExpressionError ? new CommandError(error.message) : error;
  }
}

async function answerOf(question: Question, scene: Scene): Promise<bigint | undefined> {
  switch (question.ask) {
    case 'name':
      return named(question.name, scene);
    case 'register':
      return register(question.name, scene);
    case 'memory':
      return read(question, scene);
    case 'c++':
      throw new CommandError('C++ expressions are not supported by this kd.');
  }
}

async function named(name: string, scene: Scene): Promise<bigint | undefined> {
  const { known, symbols } = scene;
  if (isTemporary(name) || known.architecture.registers.has(name.toLowerCase())) return register(name, scene);
  const symbol = await symbols.addressOf(name);
  if (symbol !== undefined || name.includes('!')) return symbol;
  return (await known.modules.all()).find((each) => each.name.toLowerCase() === name.toLowerCase())?.base;
}

async function read(
  question: Extract<Question, { ask: 'memory' }>,
  { stacks, known }: Scene,
): Promise<bigint | undefined> {
  const { architecture, memory } = known;
  const address = canonical(architecture, question.address);
  const length = question.bytes === 'pointer' ? architecture.pointerBytes : question.bytes;
  await stacks.ahead(address, length);
  const bytes = await memory.read(address, length);
  if (bytes.length < length) return undefined;
  return bytes.toReversed().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
