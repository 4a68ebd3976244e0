/** Reads the file of --known: one FHIR resource, a Bundle, an array of resources, or NDJSON. Refuses any other. */
import { readFileSync } from 'node:fs'
import { RequestError } from '../../core/errors.ts'
import type { Known } from '../../core/scrub/known/known.ts'
import { knownOf } from '../../core/scrub/known/known-of.ts'

export function readKnown(path: string): Known {
  const text = readFileSync(path, 'utf8')
  const whole = parsed(text)
  const lines = whole === undefined ? text.split('\n').filter((line) => line.trim() !== '') : []
  const resources: unknown[] = whole === undefined ? lines.map(parsed) : Array.isArray(whole) ? whole : [whole]
  if (resources.length === 0 || !resources.every(isResource))
    throw new RequestError('bad-request', '--known must be a file of FHIR resources: JSON, or NDJSON.')
  return knownOf(resources)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isResource(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'resourceType' in value
}
