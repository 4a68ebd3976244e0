/** The data dictionary of a release: per resource type the elements that may be there, what was done to each and why; the derived fields; the code systems. Made from the plans the engine runs. */
import { DERIVED_URL } from '../../derive/derive.ts'
import type { Engine } from '../compile/compile.ts'
import type { ObjectPlan } from '../compile/plan.ts'

export interface DictionaryElement {
  readonly path: string
  readonly type: string
  readonly done: string
  readonly because: string
  readonly source: string
}

export interface Dictionary {
  readonly profile: {
    readonly name: string
    readonly version: number
    readonly mode: string
    readonly legalBasis: string
  }
  readonly types: readonly {
    readonly type: string
    readonly because: string
    readonly elements: readonly DictionaryElement[]
  }[]
  readonly derived: readonly {
    readonly name: string
    readonly stands: string
    readonly on: readonly string[]
    readonly because: string
    readonly source: string
  }[]
  readonly codeSystems: readonly {
    readonly system: string
    readonly title: string
    readonly because: string
  }[]
  /** what the whole dataset was made coarser by: quasi-identifier → what is left; absent where nothing is declared */
  readonly recoded?: Readonly<Record<string, string>>
  readonly ids: string
  readonly missing: string
}

export function dictionary(engine: Engine, recoded?: Readonly<Record<string, string>>): Dictionary {
  const { profile } = engine
  return {
    profile: {
      name: profile.name,
      version: profile.version,
      mode: profile.mode,
      legalBasis: profile.legalBasis
    },
    types: [...engine.plans].map(([type, plan]) => ({
      type,
      because: profile.resources[type]?.because ?? '',
      elements: elementsOf(plan)
    })),
    derived: derivedOf(engine),
    codeSystems: profile.codeSystems.map(({ system, title, because }) => ({
      system,
      title,
      because
    })),
    ...(recoded === undefined ? {} : { recoded }),
    ids: 'Every id is a surrogate: random for a Patient, else a keyed function under a random secret that is never disclosed. The same record has the same id in every release of the agreement.',
    missing: 'A required element of which nothing may leave carries the extension data-absent-reason with the code masked.'
  }
}

function elementsOf(plan: ObjectPlan): DictionaryElement[] {
  return plan.fields.flatMap((field) => {
    if (field.child !== null && field.type.includes('.')) return elementsOf(field.child)
    const { verb, because, source } = field.rule
    return [{ path: field.path, type: field.type, done: verb, because, source }]
  })
}

function derivedOf(engine: Engine): Dictionary['derived'] {
  return engine.profile.derived.flatMap((rule) => {
    const on = engine.derived.find((field) => field.name === rule.name)?.on ?? []
    if (on.length === 0) return []
    const stands = rule.name === 'length-of-stay' ? 'Encounter.length' : `extension ${DERIVED_URL}${rule.name}`
    return [
      {
        name: rule.name,
        stands,
        on,
        because: rule.because,
        source: rule.source
      }
    ]
  })
}
