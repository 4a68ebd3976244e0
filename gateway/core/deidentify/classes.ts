/** What a recipient could look a subject up by, as one text per level of the risk gate: level 0 as released, level 1 as generalized. Subjects with equal texts look alike. */
import type { Json } from '../digest.ts'
import type { Resource } from '../fhir/resource.ts'
import type { Engine } from './compile.ts'
import type { Context } from './context.ts'

/** `out` is the released Patient, null when none is; `patient` the source, for ages tell a year of birth even where the Patient stays in. */
export function riskClasses(engine: Engine, out: Resource | null, patient: Resource | null, context: Context): [string, string] {
  const birth = birthYear(engine, out, patient, context)
  const sex = text(out?.['gender'])
  const address = first(out?.['address'])
  // the state beside a 000 tells which of the small areas it is
  const area = `${text(address?.['postalCode'])} ${text(address?.['state'])}`
  const level0 = [birth, sex, area, omb(out, 'us-core-race'), omb(out, 'us-core-ethnicity')].join('|')
  const level1 = [birth.length === 4 ? `${birth.slice(0, 3)}0s` : birth, sex, text(address?.['state'])].join('|')
  return [level0, level1]
}

function birthYear(engine: Engine, out: Resource | null, patient: Resource | null, context: Context): string {
  if (context.known90) return '90+'
  const shown = out?.['birthDate']
  if (typeof shown === 'string') return shown
  if (!engine.showsAge || context.over90) return '-'
  const born = patient?.['birthDate']
  return typeof born === 'string' ? born.slice(0, 4) : '-'
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '-'
}

function first(value: Json | undefined): { [key: string]: Json | undefined } | null {
  const item = Array.isArray(value) ? value[0] : undefined
  return typeof item === 'object' && item !== null && !Array.isArray(item) ? item : null
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
