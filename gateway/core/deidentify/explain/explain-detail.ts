/** Every rule of a profile and every element that leaves, in sentences made from the very plans the engine runs: what stands behind the page that is signed. */
import type { Engine } from '../compile/compile.ts'
import type { ObjectPlan } from '../compile/plan.ts'
import type { RecordProfile } from '../profile/profile.ts'
import { dictionary } from './dictionary.ts'

export interface Section {
  readonly heading: string
  readonly sentences: readonly string[]
}

export function explainDetail(engine: Engine): Section[] {
  const { profile } = engine
  return [
    {
      heading: 'What is done with each kind of value',
      sentences: Object.entries(profile.datatypes).map(([type, rule]) => `${type}: ${rule.verb}. ${rule.because} (${rule.source})`)
    },
    {
      heading: 'What is done at particular places',
      sentences: Object.entries(profile.elements).map(([path, rule]) => `${path}: ${rule.verb}. ${rule.because} (${rule.source})`)
    },
    {
      heading: 'What may leave, by resource type',
      sentences: [...engine.plans].map(
        ([type, plan]) => `${type}: ${namesOf(plan, '').join(', ')}. ${profile.resources[type]?.because ?? ''}`
      )
    },
    { heading: 'What is deliberately absent', sentences: absent(profile) },
    {
      heading: 'Resource types of which nothing leaves',
      sentences: Object.entries(profile.refused ?? {}).map(([type, why]) => `${type}: ${why}`)
    },
    {
      heading: 'How values become coarser',
      sentences: Object.entries(profile.hierarchies ?? {}).map(([name, rule]) => `${name}: ${rule.because} (${rule.source})`)
    },
    {
      heading: 'Derived fields',
      sentences: dictionary(engine).derived.map(
        (row) => `${row.name} (${row.stands}, on ${row.on.join(', ')}): ${row.because} (${row.source})`
      )
    },
    {
      heading: 'Extensions that may leave',
      sentences: profile.extensions.map(
        (rule) => `${rule.url} on ${rule.on.map((place) => (place === '*' ? 'any element' : place)).join(', ')}: ${rule.because}`
      )
    },
    {
      heading: 'Code systems whose codings may leave',
      sentences: profile.codeSystems.map(
        (row) => `${row.title} (${row.system})${row.on === undefined ? '' : `, only at ${row.on.join(', ')}`}: ${row.because}`
      )
    },
    {
      heading: 'Observations whose value is a date of birth or death, and goes',
      sentences: profile.vitalDateCodes.map((row) => `${row.code} (${row.system}): ${row.because}`)
    },
    {
      heading: 'For subjects too few others look like',
      sentences: Object.entries(profile.generalized).map(([path, rule]) => `${path}: ${rule.verb}. ${rule.because}`)
    }
  ]
}

function absent(profile: RecordProfile): string[] {
  return Object.entries(profile.resources).flatMap(([type, rule]) =>
    Object.entries(rule.absent).map(([path, why]) => `${type}.${path}: ${why}`)
  )
}

function namesOf(plan: ObjectPlan, above: string): string[] {
  return plan.fields.flatMap((field) => {
    if (field.rule.verb === 'remove') return []
    const name = above === '' ? field.name : `${above}.${field.name}`
    return field.child !== null && field.type.includes('.') ? namesOf(field.child, name) : [name]
  })
}
