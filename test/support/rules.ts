/** A profile that does one thing to one element, and what becomes of a value there: the whole engine, from profile to record. */
import { compileProfile, type Engine } from '../../gateway/core/deidentify/compile/compile.ts'
import type { Hierarchy, RecordProfile, Rule, Verb } from '../../gateway/core/deidentify/profile/profile.ts'
import type { Json } from '../../gateway/core/digest.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { releaseAll, safeHarbor } from './profile.ts'

const GROUNDS = { because: 'a test', source: 'a test' }

export function rule(verb: Verb, more: Omit<Partial<Rule>, 'verb'> = {}): Rule {
  return { verb, ...GROUNDS, ...more }
}

type HierarchyBody = Hierarchy extends infer One ? (One extends Hierarchy ? Omit<One, 'because' | 'source'> : never) : never

export function hierarchy(body: HierarchyBody): Hierarchy {
  return { ...GROUNDS, ...body }
}

/** safe-harbor with these rules at element paths, which are kept; of another mode where said. */
export function profileWith(
  elements: Readonly<Record<string, Rule>>,
  more: Partial<Pick<RecordProfile, 'hierarchies' | 'labels' | 'mode' | 'datatypes' | 'generalized'>> = {}
): RecordProfile {
  const base = safeHarbor()
  const resources = { ...base.resources }
  for (const path of Object.keys(elements)) {
    const [type = '', ...names] = path.split('.')
    const row = resources[type] ?? { because: 'a test', keep: [], absent: {} }
    resources[type] = { ...row, keep: [...row.keep, names.join('.')] }
  }
  return {
    ...base,
    ...more,
    datatypes: { ...base.datatypes, ...more.datatypes },
    elements: { ...base.elements, ...elements },
    resources,
    derived: []
  }
}

const PATIENT = { resourceType: 'Patient', id: 'p1', birthDate: '1960-05-04' } as const

/** The record as it leaves, of a subject born in 1960 whose dates go back 100 days; undefined when it is withheld. */
export function released(profile: RecordProfile, record: Resource, patient: Resource = PATIENT): Resource | undefined {
  return releasing(compileProfile(profile, null))(record, patient)
}

/** The same of many records, compiled once. */
export function releasing(engine: Engine): (record: Resource, patient?: Resource) => Resource | undefined {
  return (record, patient = PATIENT) => {
    const records = record.resourceType === 'Patient' ? [record] : [patient, record]
    return releaseAll(engine, records).released.find(({ type }) => type === record.resourceType)?.resource
  }
}

/** What becomes of an Observation's member under a rule, under an expert's profile where nothing else is said. */
export function observing(verb: Rule, name: string, more: Parameters<typeof profileWith>[1] = {}): (value: Json) => Json | undefined {
  const release = releasing(compileProfile(profileWith({ [`Observation.${name}`]: verb }, { mode: 'expert-determination', ...more }), null))
  return (value) => release(observation({ [name]: value }))?.[name]
}

export function observation(more: { readonly [name: string]: Json }): Resource {
  return { resourceType: 'Observation', id: 'o1', status: 'final', code: LOINC, subject: { reference: 'Patient/p1' }, ...more }
}

const LOINC = { coding: [{ system: 'http://loinc.org', code: '8302-2' }] }
