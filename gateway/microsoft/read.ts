/**
 * Reads a configuration of Microsoft's tool whole, or lists everything that is wrong with it: a FHIR version other than R4, an unknown key, method, setting or
 * parameter, a path or case that is not FHIRPath or calls what may not be called. Bounded in every length. Never repeats a key of the file's parameters.
 */
import type { Fault } from '../core/errors.ts'
import type { Configuration, Rule } from './configuration.ts'
import { isMembers, type Members } from './document.ts'
import { readParameters, unknown } from './parameters.ts'
import { readRule } from './rule.ts'

export type ReadConfiguration = { readonly configuration: Configuration } | { readonly faults: readonly Fault[] }

const KEYS: readonly string[] = ['fhirVersion', 'processingErrors', 'fhirPathRules', 'parameters']
const MOST_RULES = 5000

export function readConfiguration(document: Members): ReadConfiguration {
  const member = (name: string): unknown => Object.entries(document).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
  const { parameters, faults: inParameters } = readParameters(member('parameters'))
  const { rules, faults: inRules } = readRules(member('fhirPathRules'))
  const skips = String(member('processingErrors') ?? 'raise').toLowerCase()
  const faults = [
    ...faultsOfKeys(document),
    ...faultsOfVersion(member('fhirVersion')),
    ...(['raise', 'skip'].includes(skips) ? [] : [{ path: '/processingErrors', message: 'must be raise or skip' }]),
    ...inRules,
    ...inParameters
  ]
  if (faults.length > 0) return { faults }
  return { configuration: { rules, parameters, processingErrors: skips === 'skip' ? 'skip' : 'raise' } }
}

function faultsOfKeys(document: Members): Fault[] {
  const known = new Set(KEYS.map((key) => key.toLowerCase()))
  return Object.entries(document).flatMap(([key, value]) => {
    if (known.has(key.toLowerCase()) || isTheirMisprint(key, value)) return []
    return [{ path: `/${key}`, message: unknown(key, KEYS) }]
  })
}

/** Their documentation's sample writes `processingError`, which their tool does not read: harmless where it asks for what happens anyway. */
function isTheirMisprint(key: string, value: unknown): boolean {
  return key.toLowerCase() === 'processingerror' && String(value).toLowerCase() === 'raise'
}

function faultsOfVersion(version: unknown): Fault[] {
  const isR4 = version === undefined || version === null || version === '' || String(version).toUpperCase() === 'R4'
  return isR4 ? [] : [{ path: '/fhirVersion', message: 'must be R4, or empty: no other version is read here' }]
}

function readRules(value: unknown): { readonly rules: readonly Rule[]; readonly faults: readonly Fault[] } {
  if (!Array.isArray(value)) return { rules: [], faults: [{ path: '/fhirPathRules', message: 'must be a list' }] }
  if (value.length > MOST_RULES) return { rules: [], faults: [{ path: '/fhirPathRules', message: `has more than ${MOST_RULES} rules` }] }
  const rules: Rule[] = []
  const faults = value.flatMap((entry: unknown, at): Fault[] => {
    if (!isMembers(entry)) return [{ path: `/fhirPathRules/${at}`, message: 'must be an object' }]
    const read = readRule(entry, at + 1)
    if ('rule' in read) rules.push(read.rule)
    return 'rule' in read ? [] : read.faults.map(({ path, message }) => ({ path: `/fhirPathRules/${at}${path}`, message }))
  })
  return { rules, faults }
}
