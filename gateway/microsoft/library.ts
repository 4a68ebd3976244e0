/**
 * The FHIRPath library (fhirpath.js with its R4 model), for the expressions this gateway does not walk itself. Decides which functions may be called:
 * those of FHIRPath that look at nothing but the record. Refuses functions that print (trace), call out (resolve, memberOf …), or that nobody knows.
 * Its error messages may repeat values of a record, so none is passed on.
 */

import type { Path, UserInvocationTable } from 'fhirpath'
import fhirpath from 'fhirpath'
import model from 'fhirpath/fhir-context/r4'
import type { OfNodes, OfValue } from './configuration.ts'
import { dataOf, type Node, valueAt } from './tree.ts'

const FUNCTIONS: ReadonlySet<string> = new Set(
  `nodesByType nodesByName
  empty exists all allTrue anyTrue allFalse anyFalse subsetOf supersetOf count distinct isDistinct
  where select repeat ofType as is single first last tail skip take intersect exclude union combine
  iif not hasValue getValue extension htmlChecks elementDefinition children descendants
  toInteger convertsToInteger toDecimal convertsToDecimal toString convertsToString toBoolean convertsToBoolean toDate convertsToDate
  toDateTime convertsToDateTime toTime convertsToTime toQuantity convertsToQuantity
  indexOf lastIndexOf substring startsWith endsWith contains upper lower replace matches matchesFull replaceMatches length toChars trim split join
  abs ceiling exp floor ln log power round sqrt truncate lowBoundary highBoundary precision comparable type`
    .split(/\s+/)
    .filter((name) => name !== '')
)

/** A node of the syntax tree, as the library gives it. */
interface Syntax {
  readonly type: string
  readonly text?: string
  readonly children?: readonly Syntax[]
}

/** What is wrong with an expression, or null. */
export function faultOf(expression: string): string | null {
  try {
    const unknown = functionsIn(fhirpath.parse(expression)).find((name) => !FUNCTIONS.has(name))
    return unknown === undefined ? null : `calls ${unknown}(), which cannot be called here`
  } catch {
    return 'is not FHIRPath'
  }
}

function functionsIn(syntax: Syntax): string[] {
  const own = syntax.type === 'Functn' && syntax.text !== undefined ? [syntax.text] : []
  return [...own, ...(syntax.children ?? []).flatMap(functionsIn)]
}

/** A place in a record as the library names it. */
interface Found {
  readonly data: unknown
  /** what stands beside a primitive: its id and extensions */
  readonly _data: unknown
  readonly parentResNode: Found | null
  readonly propName?: string | null
  readonly index?: number | null
  readonly path: string | null
  readonly fhirNodeDataType: string | null
}

type Evaluate = (data: unknown) => unknown[]

/** The library's own shapes are looser than ours: results without `async` are lists, and its nodes have what Found names. */
function compiledBy(path: string | Path, functions: object): Evaluate {
  return fhirpath.compile(path, model, { userInvocationTable: functions as UserInvocationTable }) as Evaluate
}

/** Compiles a path once; what it finds in `from` (nodes of one complex type, or one resource) are nodes of their tree. */
export function compilePath(text: string): OfNodes {
  const found: Found[] = []
  const keep = (inputs: Found[]): unknown[] => {
    for (const input of inputs) found.push(input)
    return []
  }
  const table = { ...FINDERS, sallyportKeep: { fn: keep, arity: { 0: [] }, internalStructures: true } }
  const compiled = new Map<string, Evaluate>()
  return (from) => {
    const first = from[0]
    if (first === undefined) return []
    const path = first.isResource ? `(${text}).sallyportKeep()` : { base: first.definition, expression: `(${text}).sallyportKeep()` }
    const evaluate = compiled.get(first.definition) ?? compiledBy(path, table)
    compiled.set(first.definition, evaluate)
    found.length = 0
    evaluate(first.isResource ? dataOf(first) : from.map(dataOf))
    return nodesOf(found, from)
  }
}

/** Found places are matched with nodes from the root down: by the object they stand in, the key and the place in a list. */
function nodesOf(found: readonly Found[], from: readonly Node[]): Node[] {
  const roots = new Map(from.map((node) => [dataOf(node), node] as const))
  return found.flatMap((place) => {
    const node = nodeAt(place, roots)
    return node === null ? [] : [node]
  })
}

function nodeAt(place: Found, roots: ReadonlyMap<unknown, Node>): Node | null {
  if (!isObject(place) || place.parentResNode === undefined) return null // a literal stands nowhere
  if (place.parentResNode === null) return roots.get(place.data) ?? null
  const parent = nodeAt(place.parentResNode, roots)
  const name = place.propName ?? ''
  const index = place.index ?? null
  const at = parent?.children.filter((child) => child.name === name || child.slot === name) ?? []
  return (index === null ? at[0] : at[index]) ?? null
}

/** nodesByType and nodesByName anywhere in an expression: the nodes themselves and those below, without sub-resources. */
const FINDERS = {
  nodesByType: finder((place, type) => (place.fhirNodeDataType ?? place.path) === type),
  nodesByName: finder((place, name) => place.propName === name || place.propName === `${name}${capitalised(place.fhirNodeDataType ?? '?')}`)
}

function capitalised(type: string): string {
  return type.charAt(0).toUpperCase() + type.slice(1)
}

function finder(matches: (place: Found, of: string) => boolean): object {
  const below = (context: unknown, place: Found, of: string, out: Found[]): void => {
    if (matches(place, of)) out.push(place)
    for (const child of childrenOf(context, place)) if (!isResource(child)) below(context, child, of, out)
  }
  return {
    fn(this: unknown, inputs: Found[], of: string): Found[] {
      const out: Found[] = []
      for (const input of inputs) below(this, input, of, out)
      return out
    },
    arity: { 1: ['String'] },
    internalStructures: true
  }
}

function childrenOf(context: unknown, place: Found): Found[] {
  const data = isJsonObject(place.data) ? place.data : isJsonObject(place._data) ? place._data : {}
  const names = new Set(Object.keys(data).map((key) => (key.startsWith('_') ? key.slice(1) : key)))
  names.delete('resourceType')
  return [...names].flatMap((name) => fhirpath.util['makeChildResNodes'](context, place, name, model))
}

function isResource(place: Found): boolean {
  return isJsonObject(place.data) && 'resourceType' in place.data
}

/** The library makes objects of its own of numbers. */
function isJsonObject(value: unknown): value is object {
  return isObject(value) && Object.getPrototypeOf(value) === Object.prototype
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Compiles what is said of one value ($this); gives what it comes to. */
export function compileValue(text: string): OfValue {
  const compiled = new Map<string, Evaluate>()
  return (node) => {
    const evaluate = compiled.get(node.definition) ?? compiledBy({ base: node.definition, expression: text }, VALUE_FUNCTIONS)
    compiled.set(node.definition, evaluate)
    const value = valueAt(node)
    return evaluate(typeof value === 'number' ? fhirpath.FP_Decimal.getDecimal(value) : value)
  }
}

/** Named groups are written ${year} in .NET, where these configurations come from. */
const REPLACE_MATCHES = {
  fn: (inputs: readonly unknown[], pattern: string, replacement: string): unknown[] =>
    inputs.map((input) => String(input).replace(new RegExp(pattern, 'g'), replacement.replaceAll(/\$\{(\w+)\}/g, '$<$1>'))),
  arity: { 2: ['String', 'String'] }
}

const VALUE_FUNCTIONS = { replaceMatches: REPLACE_MATCHES }
