/**
 * A profile compiled for an agreement: one specialised transform per resource type. Decides once, at compile time, what every element of every
 * type becomes; refuses (type-not-agreed, no-rule) the types that have no transform.
 */

import type { DerivedField } from '../../derive/derive.ts'
import type { Json } from '../../digest.ts'
import type { Code } from '../../errors.ts'
import type { Resource } from '../../fhir/resource.ts'
import { TYPES } from '../../fhir/types.ts'
import { elementAllowed } from '../../minimum-necessary/elements.ts'
import type { Words } from '../../scrub/words/words.ts'
import { createCoarsener } from '../coarsen.ts'
import type { Context } from '../context.ts'
import { createScrubbing, type Scrubbing } from '../free-text.ts'
import { agesCollapse, type RecordProfile } from '../profile/profile.ts'
import { count, type Tally } from '../tally.ts'
import { createTraits, type ReadTraits } from '../traits.ts'
import { MASKED, MASKED_90 } from '../values/absent.ts'
import type { Surrogates } from '../values/surrogate.ts'
import { createVerbs, type Verbs } from '../values/verbs.ts'
import { boundCodes } from '../values/vocabulary.ts'
import { emitResource } from './emit.ts'
import { type ObjectPlan, planResource } from './plan.ts'
import { createRuled } from './ruled.ts'
import type { Sources } from './writer.ts'

/** Builds a new record of what may leave; undefined when nothing may. Faults are left in the context. */
export type Transform = (record: Resource, context: Context) => Resource | undefined

export interface Engine {
  readonly profile: RecordProfile
  readonly plans: ReadonlyMap<string, ObjectPlan>
  readonly transforms: ReadonlyMap<string, Transform>
  /** Why a type has no transform. */
  refusal(this: void, type: string): Code
  /** Types named under the agreement's secret. */
  readonly shared: ReadonlySet<string>
  readonly verbs: Verbs
  readonly derived: readonly DerivedField[]
  /** Some released record carries the age at its event. */
  readonly showsAge: boolean
  /** Surrogates under an agreement's secret, as long as somebody holds that secret. */
  readonly sharedNames: WeakMap<Uint8Array, Surrogates>
  readonly tally: Tally | null
  /** Null: no text is scrubbed, and where a rule would, it is removed. */
  readonly scrubbing: Scrubbing | null
  /** Level 1 of a released Patient's line. */
  coarsePatient(this: void, line: string): string
  /** What a subject could be found by; null where the profile declares nothing (`risk`). */
  readonly traits: ReadTraits | null
}

/**
 * `resources` is the agreement's list (type → elements); null means all the profile covers. `tally` counts what is done, null (the default) costs
 * nothing. `loadWords` gives the dictionaries of core/scrub, and is called where a rule scrubs; without them such a rule removes. Takes about 30 ms: compile once per agreement and thread.
 */
export function compileProfile(
  profile: RecordProfile,
  resources: Readonly<Record<string, string[]>> | null,
  tally: Tally | null = null,
  loadWords: (() => Words) | null = null
): Engine {
  const allowed = resources === null ? null : elementAllowed(resources)
  const verbs = createVerbs(profile)
  const bound = boundCodes()
  const sources: Sources = {
    bound,
    systemsAt: verbs.systemsAt,
    ruled: createRuled(profile, verbs, bound),
    tally,
    labels: profile.labels ?? 'none',
    agesCollapse: agesCollapse(profile)
  }
  const plans = new Map<string, ObjectPlan>()
  const transforms = new Map<string, Transform>()
  for (const type of Object.keys(profile.resources)) {
    if (resources !== null && !Object.hasOwn(resources, type)) continue
    const plan = planResource(profile, type, (path) => allowed?.(type, path) ?? 'all')
    if (plan === null) continue
    plans.set(type, plan)
    transforms.set(type, compile(plan, verbs, sources))
  }
  const derived = profile.derived.map((field) => ({
    name: field.name,
    on: field.on.filter((type) => transforms.has(type))
  }))
  return {
    profile,
    plans,
    transforms,
    refusal: (type) => (Object.hasOwn(profile.resources, type) && TYPES.has(type) ? 'type-not-agreed' : 'no-rule'),
    shared: new Set(profile.shared),
    verbs,
    derived,
    showsAge: derived.some((field) => field.name === 'age-at-event' && field.on.length > 0),
    sharedNames: new WeakMap(),
    tally,
    scrubbing: createScrubbing(profile, loadWords),
    coarsePatient: createCoarsener({ profile, plans, verbs }, 'Patient'),
    traits: createTraits({ profile, plans, verbs })
  }
}

function compile(plan: ObjectPlan, verbs: Verbs, sources: Sources): Transform {
  const emission = emitResource(plan, sources)
  const constants = Object.assign([...emission.constants], {
    count,
    masked: MASKED satisfies Json,
    masked90: MASKED_90 satisfies Json
  })
  // the source is built from the type table's names alone (emit.ts), and policies are signed data, so nothing from outside becomes code
  const make = new Function('V', 'K', emission.source) as (verbs: Verbs, constants: unknown) => Transform
  return make(verbs, constants)
}
