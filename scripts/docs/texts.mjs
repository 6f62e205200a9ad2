// What an expression of the source can come to, as text: `${file} is full.` is "<file> is full.". Conditions are followed both ways,
// and constants, properties, arguments and return values are looked up, so that a text is found wherever it stands.
import ts from 'typescript';

/** How deep calls and names are followed. */
const DEEPEST = 12;

/**
 * @typedef {ReadonlyMap<ts.Node, Bound>} Env what parameters are bound to, by their declarations
 * @typedef {{ node: ts.Expression, env: Env }} Bound
 * @typedef {ReadonlyMap<string, number>} Choices which way was taken at each condition: texts of one fault take the same ways
 */

export class Texts {
  /** @param {ts.TypeChecker} checker */
  constructor(checker) {
    this.checker = checker;
  }

  /** All texts of an expression, each with the ways that were taken to it. */
  of(node, env = new Map(), choices = new Map(), depth = 0) {
    return this.reduce(node, env, choices, depth).flatMap((end) => this.#written(end, node, depth));
  }

  /** What an expression comes down to: literals, templates, objects, or what cannot be followed any further. */
  reduce(node, env, choices, depth = 0) {
    const here = [{ node, env, choices }];
    if (depth > DEEPEST) return here;
    const go = (next, nextEnv = env, nextChoices = choices) => this.reduce(next, nextEnv, nextChoices, depth + 1);
    if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isNonNullExpression(node))
      return go(node.expression);
    if (ts.isConditionalExpression(node))
      return this.#branch(node.condition.getText(), [node.whenTrue, node.whenFalse], env, choices, depth);
    if (isOr(node)) return this.#branch(`${node.getStart()}`, [node.left, node.right], env, choices, depth);
    if (ts.isIdentifier(node)) {
      const bound = this.#bound(node, env, choices, depth);
      return bound ?? here;
    }
    if (ts.isPropertyAccessExpression(node)) {
      const parameter = env.get(this.declarationOf(node));
      if (parameter) return go(parameter.node, parameter.env);
      const found = go(node.expression).flatMap((end) => this.#property(end, node.name.text, depth));
      return found.length > 0 ? found : here;
    }
    if (ts.isElementAccessExpression(node)) {
      const found = go(node.expression).flatMap((end) => this.#anyProperty(end, node.getText(), depth));
      return found.length > 0 ? found : here;
    }
    return here;
  }

  #branch(key, ways, env, choices, depth) {
    return ways.flatMap((way, index) => {
      const taken = choices.get(key);
      if (taken !== undefined && taken !== index) return [];
      return this.reduce(way, env, new Map([...choices, [key, index]]), depth + 1);
    });
  }

  /** What a name stands for: an argument, a constant, a part of either. */
  #bound(name, env, choices, depth) {
    const declaration = this.declarationOf(name);
    const argument = declaration && env.get(declaration);
    if (argument) return this.reduce(argument.node, argument.env, choices, depth + 1);
    if (!declaration) return undefined;
    if (ts.isVariableDeclaration(declaration) && declaration.initializer && isConstant(declaration))
      return this.reduce(declaration.initializer, env, choices, depth + 1);
    if (!ts.isBindingElement(declaration)) return undefined;
    const pattern = declaration.parent;
    const whole = env.get(pattern.parent)?.node ?? pattern.parent.initializer;
    if (!whole) return undefined;
    const key = (declaration.propertyName ?? declaration.name).getText();
    const index = pattern.elements.indexOf(declaration);
    const found = this.reduce(whole, env, choices, depth + 1).flatMap((end) =>
      ts.isArrayLiteralExpression(end.node) && end.node.elements[index]
        ? this.reduce(end.node.elements[index], end.env, end.choices, depth + 1)
        : this.#property(end, key, depth),
    );
    return found.length > 0 ? found : undefined;
  }

  #property({ node, env, choices }, name, depth) {
    if (!ts.isObjectLiteralExpression(node)) return [];
    return node.properties.flatMap((property) => {
      if (ts.isSpreadAssignment(property))
        return this.reduce(property.expression, env, choices, depth + 1).flatMap((end) =>
          this.#property(end, name, depth),
        );
      if (property.name?.getText() !== name || !ts.isPropertyAssignment(property)) return [];
      return this.reduce(property.initializer, env, choices, depth + 1);
    });
  }

  // Which one is taken depends on what happens: each is a way of its own.
  #anyProperty({ node, env, choices }, key, depth) {
    if (!ts.isObjectLiteralExpression(node)) return [];
    return node.properties
      .filter((property) => ts.isPropertyAssignment(property))
      .flatMap((property, index) => {
        const taken = choices.get(key);
        if (taken !== undefined && taken !== index) return [];
        return this.reduce(property.initializer, env, new Map([...choices, [key, index]]), depth + 1);
      });
  }

  /** @param asked what the end was reached from: its name says what is meant */
  #written({ node, env, choices }, asked, depth) {
    if (ts.isStringLiteralLike(node) || ts.isNumericLiteral(node)) return [{ text: node.text, choices }];
    // String.raw
    if (ts.isTaggedTemplateExpression(node) && ts.isNoSubstitutionTemplateLiteral(node.template))
      return [{ text: node.template.rawText, choices }];
    if (ts.isTemplateExpression(node)) {
      const isSentence = [node.head, ...node.templateSpans.map((span) => span.literal)].some(({ text }) =>
        / /.test(text),
      );
      return node.templateSpans.reduce(
        (before, span) =>
          before.flatMap(({ text, choices: made }) =>
            this.#embedded(span.expression, env, made, depth, isSentence).map((part) => ({
              text: text + part.text + span.literal.text,
              choices: part.choices,
            })),
          ),
        [{ text: node.head.text, choices }],
      );
    }
    const words = this.#words(asked, choices);
    if (words) return words;
    const returned = ts.isCallExpression(node) ? this.#returned(node, env, choices, depth) : undefined;
    return returned ?? [{ text: nameOf(node) === 'messageOf' ? '<reason>' : placeholder(asked), choices }];
  }

  /** The words that an expression may be, by its type. */
  #words(node, choices) {
    const type = this.checker.getTypeAtLocation(node);
    const members = type.isUnion() ? type.types : [type];
    if (!members.every((member) => member.isStringLiteral())) return undefined;
    const name = node.getText();
    // Whoever asks `kind === 'usb'` elsewhere in the same fault gets the answer that goes with the word.
    const answers = (word) => members.map(({ value }) => [`${name} === '${value}'`, value === word ? 0 : 1]);
    return members
      .filter((_, index) => (choices.get(name) ?? index) === index)
      .map(({ value }, index) => ({ text: value, choices: new Map([...choices, [name, index], ...answers(value)]) }));
  }

  /** A part of a sentence. One word or another (is, are) is no other sentence: the first stands for both. */
  #embedded(node, env, choices, depth, isSentence) {
    const texts = this.of(node, env, choices, depth + 1);
    if (isSentence && texts.length > 2) return [{ text: placeholder(node), choices }];
    if (ts.isIdentifier(node) && texts.some(({ text }) => text === placeholder(node)))
      return [{ text: placeholder(node), choices }];
    return isSentence && texts.every(({ text }) => /^[a-z]+$/.test(text)) ? texts.slice(0, 1) : texts;
  }

  /** What a small function of ours returns, where that is a text. */
  #returned(call, env, choices, depth) {
    const called = call.expression;
    // `…`.replace(…) is nearly what stands there.
    if (ts.isPropertyAccessExpression(called) && ts.isTemplateExpression(called.expression))
      return this.#written({ node: called.expression, env, choices }, called.expression, depth + 1);
    if (nameOf(call) in NAMES) return undefined;
    const declaration = this.declarationOf(called);
    if (depth > DEEPEST || !declaration || !ts.isFunctionDeclaration(declaration) || !declaration.body)
      return undefined;
    const last = declaration.body.statements.at(-1);
    if (!last || !ts.isReturnStatement(last) || !last.expression) return undefined;
    if (!declaration.body.statements.slice(0, -1).every(ts.isVariableStatement)) return undefined;
    const ends = this.reduce(last.expression, bind(declaration, call, env), choices, depth + 1);
    if (!ends.every(({ node }) => ts.isStringLiteralLike(node) || ts.isTemplateExpression(node))) return undefined;
    return ends.flatMap((end) => this.#written(end, end.node, depth + 1));
  }

  /** Where what a name stands for is declared, across files. */
  declarationOf(node) {
    let symbol = this.checker.getSymbolAtLocation(node);
    if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = this.checker.getAliasedSymbol(symbol);
    return symbol?.valueDeclaration;
  }
}

/** The parameters of a function, bound to the arguments of a call. */
export function bind(declaration, call, env) {
  const bound = new Map();
  for (const [index, parameter] of declaration.parameters.entries()) {
    const node = call.arguments?.[index] ?? parameter.initializer;
    if (node) bound.set(parameter, { node, env });
  }
  return bound;
}

function isOr(node) {
  return (
    ts.isBinaryExpression(node) &&
    [ts.SyntaxKind.QuestionQuestionToken, ts.SyntaxKind.BarBarToken].includes(node.operatorToken.kind)
  );
}

function isConstant(declaration) {
  return (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
}

/** What stands in a text for something that is known only when it happens. */
const NAMES = { messageOf: 'reason', message: 'reason', formatMs: 'time', seconds: 'time', formatBytes: 'size' };

function placeholder(node) {
  const name = NAMES[nameOf(node)] ?? nameOf(node);
  return name === undefined
    ? '<…>'
    : `<${name
        .replace(/([a-z])([A-Z])/g, '$1 $2')
        .replace(/_/g, ' ')
        .toLowerCase()}>`;
}

/** What an expression is about: `path` of `redact(path)`, `file` of `where.file`, `names` of `names.join(', ')`. */
function nameOf(node) {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  if (ts.isElementAccessExpression(node)) return nameOf(node.expression);
  if (ts.isBinaryExpression(node)) return nameOf(node.left) ?? nameOf(node.right);
  if (ts.isParenthesizedExpression(node) || ts.isAwaitExpression(node)) return nameOf(node.expression);
  if (ts.isConditionalExpression(node)) return nameOf(node.whenTrue) ?? nameOf(node.whenFalse);
  if (!ts.isCallExpression(node)) return undefined;
  const called = node.expression;
  if (ts.isIdentifier(called) && (called.text in NAMES || node.arguments.length === 0)) return called.text;
  // `/…/.exec(text)` is about the text.
  const isOfArgument = ts.isPropertyAccessExpression(called) && ts.isRegularExpressionLiteral(called.expression);
  if (ts.isPropertyAccessExpression(called) && !isOfArgument && called.getText() !== 'JSON.stringify')
    return nameOf(called.expression) ?? called.name.text;
  return node.arguments[0] ? nameOf(node.arguments[0]) : undefined;
}
