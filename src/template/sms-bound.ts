import {
  AssignTag,
  BreakTag,
  CaseTag,
  CommentTag,
  ContinueTag,
  ForTag,
  IfTag,
  InlineCommentTag,
  Output,
  RawTag,
  type Template as Node,
  type Token,
  TypeGuards,
  UnlessTag,
  Value,
} from 'liquidjs';
import { type ArgumentBound, filteredBound } from './filter-bounds.js';
import type { ParsedText } from './liquid-engine.js';
import { everyNode, mostRounds, pathOf, settingOf } from './node-parts.js';
import { printable } from './render-part.js';
import { fixedSamples, type SampleFacts } from './samples.js';
import {
  ANYTHING,
  anyText,
  boundOf,
  either,
  joined,
  NOTHING,
  repeated,
  type TextBound,
} from './text-bound.js';

/** In UTF-16 units. An action's name has 100 characters, an emoji with its variation selector being one. */
const LONGEST_VARIABLE = 512;
const LONGEST_ACTION_NAME = 300;

const SILENT = [AssignTag, BreakTag, CommentTag, ContinueTag, InlineCommentTag];
const ROUNDS_TO_SETTLE = 4;

/**
 * How long the text of an SMS can get whatever its caller sends: the longest branch of each condition, each loop
 * as often as it may go round, each value at its longest after its filters. What cannot be told has no bound. A
 * rendered text never takes more segments than its bound says, unless it stopped being the same template.
 */
export function smsBound(part: ParsedText, facts: SampleFacts): TextBound {
  return new BoundReading(facts, part).text(part.templates);
}

class BoundReading {
  readonly #given: ReadonlyMap<string, TextBound>;
  /** What tags set. Where in the text does not matter: a name may hold all that it is ever set to. */
  readonly #set = new Map<string, TextBound>();

  readonly #filters: object;

  constructor(facts: SampleFacts, { templates, engine }: ParsedText) {
    this.#filters = engine.filters;
    const { code = '', challengeId, expiresInMinutes, tenant } = fixedSamples(facts);
    const given = { code, challengeId, expiresInMinutes: String(expiresInMinutes), tenant };
    this.#given = new Map(Object.entries(given).map(([name, text]) => [name, boundOf(text)]));
    this.#settle(templates);
  }

  /** White space at the end of the whole is not sent. */
  text(nodes: readonly Node[]): TextBound {
    const last = nodes.at(-1);
    if (!last || !TypeGuards.isHTMLToken(last.token)) return this.#sequence(nodes);
    const end = boundOf(printable(last.token.getContent()).trimEnd());
    return joined(this.#sequence(nodes.slice(0, -1)), end);
  }

  #sequence(nodes: readonly Node[]): TextBound {
    return joined(...nodes.map((node) => this.#node(node)));
  }

  #node(node: Node): TextBound {
    if (TypeGuards.isHTMLToken(node.token)) return boundOf(printable(node.token.getContent()));
    if (node instanceof Output) return this.#value(node.value);
    if (node instanceof IfTag || node instanceof UnlessTag) {
      const branches = [...node.branches.map(({ templates }) => templates), node.elseTemplates ?? []];
      return either(...branches.map((branch) => this.#sequence(branch)));
    }
    if (node instanceof CaseTag) return this.#case(node);
    if (node instanceof ForTag) {
      const rounds = repeated(this.#sequence(node.templates), mostRounds(node));
      return either(rounds, this.#sequence(node.elseTemplates));
    }
    if (node instanceof RawTag) return boundOf(printable(rawText(node)));
    return SILENT.some((tag) => node instanceof tag) ? NOTHING : ANYTHING;
  }

  /** LiquidJS renders every branch that applies; of different literals one does at most, unless `blank` is asked for. */
  #case({ branches, elseTemplates }: CaseTag): TextBound {
    const bounds = branches.map(({ templates }) => this.#sequence(templates));
    const values = branches.flatMap((branch) => branch.values.map(literalOf));
    const blank = values.filter((value) => String(value).trim() === '');
    const exclusive =
      !values.includes(undefined) && new Set(values).size === values.length && blank.length <= 1;
    const shown = exclusive ? either(...bounds) : joined(...bounds);
    return either(shown, this.#sequence(elseTemplates));
  }

  #value({ initial, filters }: Value): TextBound {
    const [term, ...more] = initial.postfix;
    // All operators give true or false.
    const start = !term || more.length > 0 ? boundOf('false') : this.#term(term);
    // LiquidJS has the escaping of outputs among their filters, under no name that a template could use.
    const named = filters.filter(({ name }) => Object.hasOwn(this.#filters, name));
    return named.reduce(
      (value, { name, args }) =>
        filteredBound(
          name,
          value,
          args.flatMap((argument) => (Array.isArray(argument) ? [] : [this.#argument(argument)])),
        ),
      start,
    );
  }

  #argument(token: Token): ArgumentBound {
    return { bound: this.#term(token), literal: literalOf(token) };
  }

  #term(token: Token): TextBound {
    if (TypeGuards.isPropertyAccessToken(token)) return this.#variable(pathOf(token));
    const literal = literalOf(token);
    if (literal !== undefined) return boundOf(String(literal));
    return TypeGuards.isLiteralToken(token) ? boundOf('false') : ANYTHING;
  }

  #variable([root = '', ...properties]: readonly string[]): TextBound {
    const set = this.#set.get(root);
    if (set) return properties.length > 0 ? ANYTHING : either(set, this.#given.get(root) ?? NOTHING);
    if (root === 'variables') return anyText(LONGEST_VARIABLE);
    if (root === 'action' && properties[0] === 'name') return anyText(LONGEST_ACTION_NAME);
    return properties.length > 0 ? ANYTHING : (this.#given.get(root) ?? ANYTHING);
  }

  /** What is set from what was set may grow with every round of a loop, and is given up when it goes on. */
  #settle(nodes: readonly Node[]): void {
    const settings = everyNode(nodes).flatMap((node) => settingOf(node) ?? []);
    for (const { name, from } of settings) this.#set.set(name, from instanceof Value ? NOTHING : ANYTHING);
    if (settings.some(({ from }) => !(from instanceof Value))) this.#set.set('forloop', ANYTHING);
    for (let round = 1, grew = true; grew; round += 1) {
      grew = false;
      for (const { name, from } of settings) {
        const before = this.#set.get(name) ?? NOTHING;
        const after = either(before, from instanceof Value ? this.#value(from) : ANYTHING);
        const final = round < ROUNDS_TO_SETTLE ? after : ANYTHING;
        this.#set.set(name, final);
        grew ||= JSON.stringify(before) !== JSON.stringify(final);
      }
    }
  }
}

function literalOf(token: Token): string | number | undefined {
  if (TypeGuards.isQuotedToken(token) || TypeGuards.isNumberToken(token)) return token.content;
  return undefined;
}

/** Its type keeps to itself what it prints as it stands. */
function rawText(node: RawTag): string {
  const { tokens } = node as unknown as { readonly tokens: readonly Token[] };
  return tokens.map((token) => token.getText()).join('');
}
