/**
 * What a recipient could look a subject up by, as one text per level of the risk gate: level 0 as released, level 1 as generalized. Subjects with equal
 * texts look alike. Both are read from the Patient as it leaves at that level, so that no trait that leaves is overlooked.
 */
import type { Json } from '../digest.ts'
import type { Resource } from '../fhir/resource.ts'
import type { Engine } from './compile/compile.ts'
import type { Lifetime } from './lifetime.ts'
import { type Members, membersOf } from './values/values.ts'

/** `out` is the released Patient, null when none is; `patient` the source, for ages tell a year of birth even where the Patient stays in. */
export function riskClasses(engine: Engine, out: Resource | null, patient: Resource | null, lifetime: Lifetime): [string, string] {
  // under an expert's certificate dates are shifted: what can be looked up is about the year
  const date = engine.profile.mode === 'expert-determination' ? (text: string): string => text.slice(0, 4) : (text: string): string => text
  const birth = birthOf(engine, { out, patient, lifetime }, date)
  const died = deathOf(out, date)
  const level0 = [
    birth,
    `${text(out?.['gender'])}${sexAtBirth(out)}`,
    areasOf(out, fineArea),
    omb(out, 'us-core-race'),
    omb(out, 'us-core-ethnicity')
  ]
  if (died !== null) level0.push(died)
  return [level0.join('|'), coarseClass(engine, out, birth, date)]
}

/** At level 1 no age leaves, so a birth that only ages tell is coarse enough as a decade. */
function coarseClass(engine: Engine, out: Resource | null, birth: string, date: (text: string) => string): string {
  const coarse = out === null ? null : (JSON.parse(engine.coarsePatient(JSON.stringify(out))) as Resource) // of our own making
  const shown = text(coarse?.['birthDate'])
  const level1 = [
    shown === '-' ? decadeOf(birth) : date(shown),
    `${text(coarse?.['gender'])}${sexAtBirth(coarse)}`,
    areasOf(coarse, coarseArea)
  ]
  const [race, ethnicity, died] = [omb(coarse, 'us-core-race'), omb(coarse, 'us-core-ethnicity'), deathOf(coarse, date)]
  if (race !== '-' || ethnicity !== '-') level1.push(race, ethnicity)
  if (died !== null) level1.push(died)
  return level1.join('|')
}

function decadeOf(birth: string): string {
  return /^\d{4}(?:-|$)/.test(birth) ? `${birth.slice(0, 3)}0s` : birth
}

/** Obituaries tell the year; the fact alone stays in generalized records. Without a year the fact counts all the same. */
function deathOf(out: Resource | null, date: (text: string) => string): string | null {
  const day = out?.['deceasedDateTime']
  if (typeof day === 'string') return date(day)
  return out?.['deceasedBoolean'] === true || out?.['_deceasedDateTime'] !== undefined ? 'died' : null
}

const BIRTHSEX = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex'
const AS_GENDER: ReadonlyMap<Json | undefined, Json> = new Map([
  ['F', 'female'],
  ['M', 'male']
])

/** Sex at birth, where it says anything but the gender. */
function sexAtBirth(out: Resource | null): string {
  const extensions = out?.['extension']
  if (!Array.isArray(extensions)) return ''
  const codes = extensions.map((item) => {
    const extension = membersOf(item)
    return extension?.['url'] === BIRTHSEX ? extension['valueCode'] : undefined
  })
  const other = codes.filter((code) => typeof code === 'string' && AS_GENDER.get(code) !== out?.['gender'])
  return other.length === 0 ? '' : ` at birth ${[...new Set(other)].sort().join('+')}`
}

/** All addresses that leave, in an order of their own: a second one tells more, not less. */
function areasOf(out: Resource | null, one: (address: Members) => string): string {
  const addresses = Array.isArray(out?.['address']) ? out['address'] : []
  const texts = addresses.map((item) => one(membersOf(item) ?? {}))
  return texts.length === 0 ? one({}) : [...new Set(texts)].sort().join('+')
}

/** The state beside a 000 tells which of the small areas it is. */
function fineArea(address: Members): string {
  const places = ['city', 'district'].map((name) => address[name]).filter((place) => typeof place === 'string')
  return [text(address['postalCode']), ...places, text(address['state'])].join(' ')
}

function coarseArea(address: Members): string {
  const smaller = ['postalCode', 'city', 'district'].some((name) => address[name] !== undefined)
  return smaller ? fineArea(address) : text(address['state'])
}

interface Known {
  readonly out: Resource | null
  readonly patient: Resource | null
  readonly lifetime: Lifetime
}

/** What the records tell of the birth: the year, or an age over 89. */
export function birthTold(engine: Engine, known: Known): string {
  return birthOf(engine, known, (date) => date.slice(0, 4))
}

function birthOf(engine: Engine, { out, patient, lifetime }: Known, date: (text: string) => string): string {
  if (lifetime.known90) return '90+'
  const shown = out?.['birthDate']
  if (typeof shown === 'string') return date(shown)
  if (!engine.showsAge || lifetime.over90) return '-'
  const born = patient?.['birthDate']
  return typeof born === 'string' ? born.slice(0, 4) : '-'
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '-'
}

/** The OMB categories of a race or ethnicity extension of our own making, sorted. */
function omb(out: Resource | null, name: string): string {
  const extensions = out?.['extension']
  if (!Array.isArray(extensions)) return '-'
  const found = extensions.find(
    (item) => typeof item === 'object' && item !== null && !Array.isArray(item) && String(item['url']).endsWith(`/${name}`)
  )
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return '-'
  const parts = Array.isArray(found['extension']) ? found['extension'] : []
  const codes = parts.flatMap((part) => {
    const coding = typeof part === 'object' && part !== null && !Array.isArray(part) ? part['valueCoding'] : undefined
    return typeof coding === 'object' && coding !== null && !Array.isArray(coding) && typeof coding['code'] === 'string'
      ? [coding['code']]
      : []
  })
  return codes.length === 0 ? '-' : codes.sort().join('+')
}
