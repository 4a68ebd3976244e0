/** A small feed whose quality is measured: what is promised of it, its records, and the figures they come to. */
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { type Figures, figuresOf, type Promised } from '../../gateway/core/quality/figures.ts'
import { compileQuality, measureSubject } from '../../gateway/core/quality/measure.ts'
import { type Names, noNames } from '../../gateway/core/quality/names.ts'
import { newTally, type Tally } from '../../gateway/core/quality/tally.ts'

export const TYPES = ['Patient', 'Observation', 'Encounter', 'Condition']
export const ALL: Promised = {
  validity: { min: 0.9, below: 'refuse' },
  completeness: { 'Observation.code': { min: 1, below: 'hold' }, 'Observation.value[x]': { min: 0.5, below: 'warn' } },
  timeliness: { median: { max: 2, below: 'warn' }, p95: { max: 10, below: 'hold' } },
  duplicates: { max: 0.1, below: 'hold' },
  references: { min: 0.8, below: 'warn' },
  plausibility: { min: 0.9, below: 'hold' }
}
/** 2026-01-31 */
export const ARRIVED = 20_484
export const PATIENT: Resource = { resourceType: 'Patient', id: 'p', birthDate: '1960-05-04' }

export function tallied(records: readonly Resource[], promised: Promised = ALL): Tally {
  const tally = newTally(Object.keys(promised.completeness ?? {}).length)
  const came = new Set(records.map(({ resourceType, id }) => `\n${resourceType}\n${id}`))
  const measure = measureSubject({ looked: compileQuality(TYPES, promised), party: 'h', ownBases: ['https://own.example/fhir'], came })
  for (const resource of records)
    measure.see({
      identity: { party: 'h', base: '', type: resource.resourceType, id: resource.id ?? '' },
      resource,
      arrived: ARRIVED,
      tally
    })
  measure.end()
  return tally
}

export function figures(records: readonly Resource[], shared: Names = noNames()): Figures {
  return figuresOf(tallied(records), { received: records.length, rejected: 0 }, ALL, shared)
}

export const observation = (id: string, more: object = {}): Resource => ({ resourceType: 'Observation', id, status: 'final', ...more })
export const on = (id: string, effectiveDateTime: string): Resource => observation(id, { effectiveDateTime })
