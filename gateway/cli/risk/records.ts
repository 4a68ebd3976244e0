/**
 * Values of a record by path: `address.postalCode` is the first that is there. Decides which FHIR records are rows: those of the type that the paths
 * begin with, Patient where they name none. What is no text, number, truth or date is no value.
 */

export interface Fields {
  /** the FHIR type of a row; null where paths name none */
  readonly type: string | null
  readonly paths: readonly { readonly name: string; readonly steps: readonly string[] }[]
}

/** 'mixed': paths of more than one type are no row. */
export function fieldsOf(names: readonly string[]): Fields | 'mixed' {
  const types = new Set(names.flatMap((name) => /^([A-Z][A-Za-z]+)\./.exec(name)?.[1] ?? []))
  if (types.size > 1) return 'mixed'
  return { type: [...types][0] ?? null, paths: names.map((name) => ({ name, steps: name.split('.') })) }
}

type Members = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Puts the values into `row`; false when the record is of another type, or of none where one is named, and no row. */
export function valuesOf(record: Members, { type, paths }: Fields, row: (string | null)[]): boolean {
  const own = record['resourceType']
  const fhir = typeof own === 'string'
  if (fhir ? own !== (type ?? 'Patient') : type !== null && !paths.some(({ name }) => Object.hasOwn(record, name))) return false
  paths.forEach(({ name, steps }, index) => {
    row[index] = Object.hasOwn(record, name) ? scalar(record[name]) : valueAt(record, steps, fhir && steps[0] === own ? 1 : 0)
  })
  return true
}

function valueAt(value: unknown, steps: readonly string[], step: number): string | null {
  if (Array.isArray(value)) {
    for (const item of value) {
      // FHIR has no list in a list, and how deep a sender's go is the sender's word
      const found = Array.isArray(item) ? null : valueAt(item, steps, step)
      if (found !== null) return found
    }
    return null
  }
  const name = steps[step]
  if (name === undefined) return scalar(value)
  return isRecord(value) && Object.hasOwn(value, name) ? valueAt(value[name], steps, step + 1) : null
}

function scalar(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) return null
  const text = value.toISOString()
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text
}

/** What is looked at of a Patient when nobody says what. */
export const PATIENT_PATHS = [
  'Patient.birthDate',
  'Patient.gender',
  'Patient.address.postalCode',
  'Patient.address.state',
  'Patient.maritalStatus.coding.code'
]

/** The columns a record has: members that are values, and of a Patient the usual paths. */
export function columnsOf(record: Members): string[] {
  if (typeof record['resourceType'] !== 'string') return Object.keys(record).filter((name) => scalar(record[name]) !== null)
  const row: (string | null)[] = []
  const fields = fieldsOf(PATIENT_PATHS)
  return fields !== 'mixed' && valuesOf(record, fields, row) ? PATIENT_PATHS.filter((_, index) => row[index] !== null) : []
}
