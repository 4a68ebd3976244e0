/**
 * A rule's path, taken apart: for which resource types it runs, and its operands (a | b), each a way this gateway walks itself (names, nodesByType and
 * nodesByName at the head, one type at the end) or else an expression for the FHIRPath library. Refuses nothing: read.ts has had the path parsed.
 * As in Microsoft's tool (AnonymizationFhirPathRule), the capitalised name a path begins with is the type of resource the whole rule runs for.
 */

/** Nodes found here. `head`: the resource itself, or the nodes of a type or name below it. `lookUp`: the head exactly as their look-up table sees it. */
export interface Walk {
  readonly head: { readonly by: 'self' | 'type' | 'name'; readonly of: string }
  readonly lookUp: boolean
  readonly steps: readonly string[]
}

/**
 * One operand of a path. `text` is what the library goes on with, null when the walk says it all; `whole` is the operand as written, for nodes the library
 * cannot begin with. `onlyType`: of what was found, only nodes of this type (`… as Age`, `….ofType(Age)`).
 */
export interface Operand {
  readonly walk: Walk
  /** the names the operand begins with, as far as it names: what it finds stands there or below, if `text` is not null */
  readonly reach: Walk
  readonly text: string | null
  readonly whole: string
  readonly onlyType: string | null
}

export interface Expression {
  /** '' for all: no type at the beginning, or Resource or DomainResource. */
  readonly resourceType: string
  /** the path is a type alone: the resource itself, with everything in it */
  readonly whole: boolean
  readonly operands: readonly Operand[]
}

const TYPE_AT_HEAD = /^([A-Z][A-Za-z]*)?\.?(.*)$/s
/** Exactly the forms their look-up table answers (TypeRuleRegex, NameRuleRegex): other forms go through FHIRPath there, which sees the node itself, too. */
const LOOKED_UP = /^nodesBy(Type|Name)\(['"]([A-Za-z0-9]+)['"]\)(?:\.([A-Za-z0-9]+))?$/
const HEAD = /^nodesBy(Type|Name)\(\s*['"]([A-Za-z0-9]+)['"]\s*\)/
const LAST_TYPE = /^(.*?)(?:\s+as\s+([A-Za-z.]+)|\.(?:ofType|as)\(\s*([A-Za-z.]+)\s*\))$/s
const EVERY_TYPE: ReadonlySet<string> = new Set(['Resource', 'DomainResource'])

export function parsePath(path: string): Expression {
  const text = path.trim()
  const [, type = '', rest = ''] = TYPE_AT_HEAD.exec(text) ?? []
  const resourceType = EVERY_TYPE.has(type) ? '' : type
  if (rest === '') return { resourceType, whole: true, operands: [] }
  const exact = LOOKED_UP.exec(text)
  if (exact !== null) return { resourceType, whole: false, operands: [lookedUp(exact)] }
  return { resourceType, whole: false, operands: splitUnion(unwrapped(rest)).map((operand) => readOperand(operand, type)) }
}

function lookedUp([whole, by, of = '', step]: RegExpExecArray): Operand {
  const head = { by: by === 'Type' ? 'type' : 'name', of } as const
  const walk = { head, lookUp: true, steps: step === undefined ? [] : [step] }
  return { walk, reach: walk, text: null, whole, onlyType: null }
}

/** Operands behind the first may repeat the type of the resource: `Patient.name | Patient.contact.name`. */
function readOperand(operand: string, type: string): Operand {
  const own = operand.startsWith(`${type}.`) && type !== '' ? operand.slice(type.length + 1) : operand
  const last = LAST_TYPE.exec(own)
  const onlyType = last === null ? null : bareType(last[2] ?? last[3] ?? '')
  const whole = unwrapped(last?.[1] ?? own)
  const headed = HEAD.exec(whole)
  const rest = (headed === null ? whole : whole.slice(headed[0].length)).replace(/^\./, '')
  const [steps, text] = leadingNames(rest)
  const head = headed === null ? SELF : ({ by: headed[1] === 'Type' ? 'type' : 'name', of: headed[2] ?? '' } as const)
  const reach = { head, lookUp: false, steps }
  if (text === '') return { walk: reach, reach, text: null, whole, onlyType }
  // of a name the library can go on; of the resource it is given, it begins anew
  const isStart = headed !== null && !text.includes('%')
  return { walk: isStart ? reach : { head: SELF, lookUp: false, steps: [] }, reach, text: isStart ? text : whole, whole, onlyType }
}

const SELF = { by: 'self', of: '' } as const

/** FHIR.Quantity and Quantity are the same type. */
function bareType(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/** The names a path begins with, and the text behind them ('' when it is names alone). */
function leadingNames(text: string): readonly [readonly string[], string] {
  const names = /^(?:\s*[A-Za-z_][A-Za-z0-9_]*\s*(?:\.|$))*/.exec(text)?.[0] ?? ''
  const rest = text.slice(names.length)
  return [
    names
      .split('.')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
    rest
  ]
}

/** The text without parentheses that hold all of it. */
function unwrapped(text: string): string {
  const trimmed = text.trim()
  if (!trimmed.startsWith('(') || closing(trimmed) !== trimmed.length - 1) return trimmed
  return unwrapped(trimmed.slice(1, -1))
}

/** Where the parenthesis that opens the text closes. */
function closing(text: string): number {
  let depth = 0
  for (const [at, character] of outsideStrings(text)) {
    if (character === '(') depth++
    else if (character === ')' && --depth === 0) return at
  }
  return -1
}

/** Cut at each | that stands in no parenthesis, bracket or string. */
function splitUnion(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (const [at, character] of outsideStrings(text)) {
    if ('([{'.includes(character)) depth++
    else if (')]}'.includes(character)) depth--
    else if (character === '|' && depth === 0) {
      parts.push(unwrapped(text.slice(from, at)))
      from = at + 1
    }
  }
  return [...parts, unwrapped(text.slice(from))]
}

/** The characters outside '…', "…" and `…`, each with its place. */
function* outsideStrings(text: string): Generator<readonly [number, string]> {
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (quote !== '') {
      if (character === '\\') at++
      else if (character === quote) quote = ''
    } else if (`'"\``.includes(character)) quote = character
    else yield [at, character]
  }
}
