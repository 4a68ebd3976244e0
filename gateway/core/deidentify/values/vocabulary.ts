/**
 * Which codings and units may leave: those of the profile's code systems, whose code is on the system's list or has its shape. Everything else is
 * the sender's own word and goes. Answers are remembered per engine (bounded), because feeds repeat the same few thousand codes millions of times.
 */
import { BOUND_CODES, PUBLISHED_CODES, UCUM_UNITS } from '../../../generated/terms.ts'
import type { Json } from '../../digest.ts'
import type { RecordProfile } from '../profile/profile.ts'
import { deepFreeze } from './absent.ts'
import { CHECK_DIGITS, CHECKED_TEXTS } from './check-digits.ts'

/** A kept coding, alone and as a CodeableConcept of one: frozen, shared by all records that hold it. */
export interface KeptCoding {
  readonly coding: Json
  readonly concept: Json
}

/** What becomes of a code of one system. */
export type CodeTest = (code: string) => KeptCoding | null
/** The test for codes of a system; asked once for a run of codings of the same system. */
export type SystemTest = (system: string) => CodeTest

export interface Vocabulary {
  /** The test for systems at an element path: some stand at some places only. Ask for it once per element. */
  systemsAt(this: void, path: string): SystemTest
  unit(this: void, text: string): boolean
}

type Test = (code: string) => boolean

const UCUM = 'http://unitsofmeasure.org'
/** Entries remembered: about 10 MB at worst. */
const MEMORY = 40_000

export function createVocabulary(profile: RecordProfile): Vocabulary {
  const units = new Set([...UCUM_UNITS.split('\t'), ...profile.units])
  const tests = systemTests(profile, units)
  let remembered = 0
  const remembering = (system: string, fits: Test): CodeTest => {
    const codes = new Map<string, KeptCoding | null>()
    return (code) => {
      const found = codes.get(code)
      if (found !== undefined) return found
      const kept = fits(code) ? keptCoding(system, code) : null
      if (remembered < MEMORY) {
        remembered++
        codes.set(code, kept)
      }
      return kept
    }
  }
  const systems = new Map([...tests].map(([system, fits]) => [system, remembering(system, fits)]))
  return {
    unit: (text) => units.has(text),
    systemsAt(path) {
      const elsewhere = systemsElsewhere(profile, path)
      return (system) => (elsewhere.has(system) ? none : (systems.get(system) ?? none))
    }
  }
}

const none: CodeTest = () => null

/** Systems the profile lets stand at other places, and not at this one. */
function systemsElsewhere(profile: RecordProfile, path: string): ReadonlySet<string> {
  const rows = profile.codeSystems.filter(({ on }) => on !== undefined && !on.some((place) => standsAt(path, place)))
  return new Set(rows.map((row) => row.system))
}

/** `place` is the path, or its last names. */
function standsAt(path: string, place: string): boolean {
  return path === place || path.endsWith(`.${place}`)
}

function keptCoding(system: string, code: string): KeptCoding {
  const coding = deepFreeze({ system, code })
  return { coding, concept: deepFreeze({ coding: [coding] }) }
}

function systemTests(profile: RecordProfile, units: ReadonlySet<string>): Map<string, Test> {
  const tests = new Map<string, Test>()
  if (profile.codeSystems.some((row) => row.system === 'hl7-r4')) {
    for (const row of PUBLISHED_CODES) {
      const [system = '', ...codes] = row.split('\t')
      const list = new Set(codes)
      tests.set(system, (code) => list.has(code))
    }
  }
  for (const { system, pattern } of profile.codeSystems) {
    if (system === UCUM) tests.set(system, (code) => units.has(code))
    else if (pattern !== undefined) tests.set(system, codeTest(system, pattern))
  }
  return tests
}

/** The shape the profile gives, and the check digit where the system has one. */
function codeTest(system: string, pattern: string): Test {
  const fits = wholeMatch(pattern)
  const agrees = CHECK_DIGITS.get(system)
  return agrees === undefined ? fits : (code) => fits(code) && agrees(code)
}

/** A pattern always means the whole text, and no code is longer than 100. */
export function wholeMatch(pattern: string): Test {
  const expression = new RegExp(`^(?:${pattern})$`, 'u')
  return (text) => text.length <= 100 && expression.test(text)
}

/** The same, and the check digits in it agree. */
export function checkedMatch(pattern: string, checked: string | undefined): Test {
  const fits = wholeMatch(pattern)
  const agrees = checked === undefined ? undefined : CHECKED_TEXTS.get(checked)
  return agrees === undefined ? fits : (text) => fits(text) && agrees(text)
}

/** Codes FHIR binds elements to, by path in the type table (`Patient.gender`, `Encounter.location.status`). */
export type BoundCodes = ReadonlyMap<string, ReadonlySet<string>>

export function boundCodes(): BoundCodes {
  return new Map(
    BOUND_CODES.map((row) => {
      const [path = '', ...codes] = row.split(' ')
      return [path, new Set(codes)]
    })
  )
}
