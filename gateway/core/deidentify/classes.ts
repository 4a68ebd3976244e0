/** What a recipient could look a subject up by, as one text per level of the risk gate: level 0 as released, level 1 as generalized. Subjects with equal texts look alike. */
import type { Json } from '../digest.ts'
import type { Resource } from '../fhir/resource.ts'
import type { Engine } from './compile.ts'
import type { Lifetime } from './lifetime.ts'
import { type Members, membersOf } from './values.ts'

/** `out` is the released Patient, null when none is; `patient` the source, for ages tell a year of birth even where the Patient stays in. */
export function riskClasses(engine: Engine, out: Resource | null, patient: Resource | null, lifetime: Lifetime): [string, string] {
  const birth = birthYear(engine, out, patient, lifetime)
  const sex = text(out?.['gender'])
  // the state beside a 000 tells which of the small areas it is
  const areas = allOf(out, (address) => `${text(address['postalCode'])} ${text(address['state'])}`)
  const states = allOf(out, (address) => text(address['state']))
  const level0 = [birth, `${sex}${sexAtBirth(out)}`, areas, omb(out, 'us-core-race'), omb(out, 'us-core-ethnicity')]
  const level1 = [birth.length === 4 ? `${birth.slice(0, 3)}0s` : birth, sex, states]
  const died = yearOfDeath(out)
  if (died !== null) {
    level0.push(died)
    level1.push('died')
  }
  return [level0.join('|'), level1.join('|')]
}

/** Obituaries tell the year; the fact alone stays in generalized records. Without a year the fact counts all the same. */
function yearOfDeath(out: Resource | null): string | null {
  const year = out?.['deceasedDateTime']
  if (typeof year === 'string') return year
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

/** One text of all addresses that leave, in an order of its own: a second one tells more, not less. */
function allOf(out: Resource | null, one: (address: Members) => string): string {
  const addresses = out?.['address']
  const texts = Array.isArray(addresses) ? addresses.map((item) => one(membersOf(item) ?? {})) : []
  return texts.length === 0 ? one({}) : [...new Set(texts)].sort().join('+')
}

function birthYear(engine: Engine, out: Resource | null, patient: Resource | null, lifetime: Lifetime): string {
  if (lifetime.known90) return '90+'
  const shown = out?.['birthDate']
  if (typeof shown === 'string') return shown
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
