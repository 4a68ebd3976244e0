/**
 * One entry of fhirPathRules: its path, its method (in any case) and that method's settings, checked as Microsoft's tool checks them (RuleSettings), and compiled.
 * Refuses a setting the method does not have, a path or case the FHIRPath library cannot read, and lengths beyond what a person would write.
 */
import type { Fault } from '../core/errors.ts'
import { type GeneralizeSetting, type Json, METHODS, type MethodName, type PerturbSetting, type Rule } from './configuration.ts'
import { isMembers, type Members } from './document.ts'
import { parsePath } from './expression.ts'
import { compilePath, compileValue, faultOf } from './library.ts'

export type ReadRule = { readonly rule: Rule } | { readonly faults: readonly Fault[] }

const SETTINGS: ReadonlyMap<MethodName, readonly string[]> = new Map<MethodName, readonly string[]>([
  ['substitute', ['replaceWith']],
  ['perturb', ['span', 'rangeType', 'roundTo']],
  ['generalize', ['cases', 'otherValues']]
])
const LONGEST = 4000
const MOST_CASES = 1000
const MOST_PLACES = 28

/** `number`: from 1, by which messages name the rule. */
export function readRule(entry: Members, number: number): ReadRule {
  const method = METHODS.find((name) => name.toLowerCase() === String(entry['method']).toLowerCase())
  const path = typeof entry['path'] === 'string' ? singleQuoted(entry['path'].trim()) : ''
  const fault = path === '' ? 'must be a FHIRPath expression' : expressionFault(path)
  const faults: Fault[] = fault === null ? [] : [{ path: '/path', message: fault }]
  if (method === undefined) return { faults: [...faults, { path: '/method', message: `must be one of ${METHODS.join(', ')}` }] }
  faults.push(...faultsOfSettings(entry, method))
  if (faults.length > 0) return { faults }
  return { rule: ruleOf(entry, { number, path, method }) }
}

/** Their two functions may have double quotes, which FHIRPath does not know. */
function singleQuoted(path: string): string {
  return path.replaceAll(/(nodesBy(?:Type|Name)\(\s*)"([A-Za-z0-9]+)"/g, "$1'$2'")
}

function ruleOf(entry: Members, { number, path, method }: Pick<Rule, 'number' | 'path' | 'method'>): Rule {
  const expression = parsePath(path)
  return {
    number,
    path,
    method,
    expression,
    searches: expression.operands.map(({ text, whole }) =>
      text === null ? null : { onward: compilePath(text), whole: compilePath(whole) }
    ),
    replaceWith: (entry['replaceWith'] ?? null) as Json, // sound: it came from JSON
    perturb: method === 'perturb' ? perturbOf(entry) : null,
    generalize: method === 'generalize' ? generalizeOf(entry) : null
  }
}

function faultsOfSettings(entry: Members, method: MethodName): Fault[] {
  const known = SETTINGS.get(method) ?? []
  const unknown = Object.keys(entry).filter((key) => !['path', 'method', ...known].includes(key))
  const faults = unknown.map((key) => ({ path: `/${key}`, message: `is not a setting of ${method}` }))
  if (method === 'substitute' && entry['replaceWith'] === undefined) faults.push({ path: '/replaceWith', message: 'is missing' })
  if (method === 'perturb') faults.push(...faultsOfPerturb(entry))
  if (method === 'generalize') faults.push(...faultsOfGeneralize(entry))
  return faults
}

/** Numbers may be written as strings, as there. */
function numberOf(value: unknown): number {
  if (typeof value === 'string') return value.trim() === '' ? Number.NaN : Number(value)
  return typeof value === 'number' ? value : Number.NaN
}

function faultsOfPerturb({ span, roundTo, rangeType }: Members): Fault[] {
  const places = roundTo === undefined ? 0 : numberOf(roundTo)
  const isRange = rangeType === undefined || ['fixed', 'proportional'].includes(String(rangeType).toLowerCase())
  return [
    ...(numberOf(span) >= 0 && numberOf(span) < 1e15 ? [] : [{ path: '/span', message: 'must be a number, zero or more' }]),
    ...(Number.isInteger(places) && places >= 0 && places <= MOST_PLACES
      ? []
      : [{ path: '/roundTo', message: `must be a whole number from 0 to ${MOST_PLACES}` }]),
    ...(isRange ? [] : [{ path: '/rangeType', message: 'must be fixed or proportional' }])
  ]
}

function perturbOf({ span, roundTo, rangeType }: Members): PerturbSetting {
  const proportional = String(rangeType).toLowerCase() === 'proportional'
  return { span: numberOf(span), proportional, roundTo: roundTo === undefined ? 2 : numberOf(roundTo) }
}

function faultsOfGeneralize({ cases, otherValues }: Members): Fault[] {
  const isOther = otherValues === undefined || ['redact', 'keep'].includes(String(otherValues).toLowerCase())
  const faults: Fault[] = isOther ? [] : [{ path: '/otherValues', message: 'must be redact or keep' }]
  if (!isMembers(cases)) return [...faults, { path: '/cases', message: 'must be an object of conditions and values' }]
  if (Object.keys(cases).length > MOST_CASES) return [...faults, { path: '/cases', message: `has more than ${MOST_CASES} cases` }]
  const inCases = Object.entries(cases).flatMap(([condition, value], at) => [
    ...caseFault(`/cases[${at}]`, 'the condition', condition),
    ...caseFault(`/cases[${at}]`, 'the value', String(value))
  ])
  return [...faults, ...inCases]
}

function caseFault(path: string, what: string, text: string): Fault[] {
  const fault = expressionFault(text)
  return fault === null ? [] : [{ path, message: `${what} ${fault}` }]
}

function generalizeOf({ cases, otherValues }: Members): GeneralizeSetting {
  const all = Object.entries(isMembers(cases) ? cases : {})
  return {
    cases: all.map(([condition, value]) => ({ condition: compileValue(condition), value: compileValue(String(value)) })),
    otherValues: String(otherValues).toLowerCase() === 'keep' ? 'keep' : 'redact'
  }
}

function expressionFault(text: string): string | null {
  return text.length > LONGEST ? `is longer than ${LONGEST} characters` : faultOf(text)
}
