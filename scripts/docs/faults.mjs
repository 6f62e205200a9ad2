// Every Fault that the source makes: its code, exit code, message and remedy. They are read out of src/ by the compiler, through the
// small factories that make them, so that the page of errors cannot say anything else than the program.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { bind, Texts } from './texts.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** How far a code is followed through functions that are given it. */
const DEEPEST = 4;

/** All faults, in the order of their codes; those that differ in nothing are named once for each file. */
export function readFaults(root = ROOT) {
  const source = new Source(root);
  const faults = new Map();
  for (const site of source.sites) for (const fault of source.faultsAt(site)) faults.set(JSON.stringify(fault), fault);
  return [...faults.values()].sort(
    (a, b) => compare(a.code, b.code) || compare(a.file, b.file) || a.order - b.order || compare(a.message, b.message),
  );
}

/** The source alone: what packages say of their types takes most of the compiler's time, and makes no text. */
function sourceProgram(root) {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.build.json'), ts.sys.readFile);
  const { fileNames, options: given } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const options = { ...given, incremental: false, noEmit: true, types: [] };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (names, from) =>
    names.map(({ text }) =>
      text.startsWith('.') ? ts.resolveModuleName(text, from, options, host) : { resolvedModule: undefined },
    );
  return ts.createProgram(fileNames, options, host);
}

class Source {
  constructor(root) {
    const folder = path.join(root, 'src');
    this.root = root;
    this.program = sourceProgram(root);
    this.texts = new Texts(this.program.getTypeChecker());
    /** Calls and constructions by the name of what they call: only few of them have to be resolved. */
    this.named = new Map();
    this.resolved = new Map();
    for (const file of this.program.getSourceFiles())
      if (!path.relative(folder, file.fileName).startsWith('..')) this.#collect(file);
    this.sites = (this.named.get('Fault') ?? []).filter((node) => this.#isFault(node));
  }

  #collect(node) {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const called = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression;
      if (ts.isIdentifier(called) || ts.isPrivateIdentifier(called))
        this.named.set(called.text, [...(this.named.get(called.text) ?? []), node]);
    }
    ts.forEachChild(node, (child) => this.#collect(child));
  }

  #isFault(node) {
    const called = this.texts.declarationOf(node.expression);
    return called !== undefined && ts.isClassDeclaration(called) && called.name?.text === 'Fault';
  }

  /** All calls of a function, constructions of a class. */
  #callsOf(declaration) {
    const known = this.resolved.get(declaration);
    if (known) return known;
    // `const fault = (…) => …` is called by the name of the constant.
    const named = declaration.name ? declaration : declaration.parent;
    const name =
      named?.name && (ts.isIdentifier(named.name) || ts.isPrivateIdentifier(named.name)) ? named.name.text : '';
    const calls = (this.named.get(name) ?? []).filter((call) => this.texts.declarationOf(call.expression) === named);
    this.resolved.set(declaration, calls);
    return calls;
  }

  /** What one `new Fault(…)` can make: once for every call of the function that it stands in. */
  faultsAt(site) {
    const file = path.relative(this.root, site.getSourceFile().fileName).split(path.sep).join('/');
    const order = site.getStart();
    return this.#callers(site, DEEPEST).flatMap((env) =>
      this.#made(site, env).map((made) => ({ ...made, file, order })),
    );
  }

  #made(site, env) {
    const [code, exit, message, remedy] = site.arguments;
    return this.texts.of(code, env, waysTo(site)).flatMap((coded) =>
      this.texts.reduce(exit, env, coded.choices).flatMap((ended) =>
        this.texts.of(message, env, ended.choices).flatMap((said) =>
          this.texts.of(remedy, env, said.choices).map((advised) => ({
            code: coded.text,
            exit: ts.isPropertyAccessExpression(ended.node) ? ended.node.name.text : ended.node.getText(),
            message: said.text,
            remedy: advised.text,
          })),
        ),
      ),
    );
  }

  /** What the parameters around a place are bound to, call by call; for methods also those of the class. */
  #callers(place, depth) {
    const within = ts.findAncestor(place.parent, (node) => ts.isFunctionLike(node) && this.#callsOf(node).length > 0);
    const owner = ts.findAncestor(place, ts.isClassDeclaration);
    const made = owner && this.#callsOf(owner);
    const classes = made?.length
      ? made.map((call) => bind(owner.members.find(ts.isConstructorDeclaration) ?? { parameters: [] }, call, new Map()))
      : [new Map()];
    if (!within || within.parameters.length === 0 || depth === 0) return classes;
    return this.#callsOf(within).flatMap((call) => {
      const around = call.getSourceFile() === place.getSourceFile() && owner ? classes : [new Map()];
      return this.#callers(call, depth - 1).flatMap((outer) =>
        around.map((env) => new Map([...env, ...outer, ...bind(within, call, new Map([...env, ...outer]))])),
      );
    });
  }
}

/** The ways that have been taken at the conditions around a place. */
function waysTo(place) {
  const ways = new Map();
  for (let node = place; !ts.isFunctionLike(node) && node.parent; node = node.parent)
    if (ts.isConditionalExpression(node.parent) && node !== node.parent.condition)
      ways.set(node.parent.condition.getText(), node === node.parent.whenTrue ? 0 : 1);
  return ways;
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
