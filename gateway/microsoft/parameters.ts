/**
 * The `parameters` of a configuration of Microsoft's tool, with its defaults. Refuses a name or a value that tool does not know, custom settings (they are
 * for methods that are not there), and an AES key of the wrong length. Names may be written in any case. No message holds a value: three of them are keys.
 */
import type { Fault } from '../core/errors.ts'
import type { Parameters } from './configuration.ts'
import { isMembers } from './document.ts'

type Draft = { -readonly [Name in keyof Parameters]: Parameters[Name] }

const NONE: Parameters = {
  dateShiftKey: '',
  dateShiftScope: 'resource',
  dateShiftFixedOffsetInDays: null,
  cryptoHashKey: '',
  encryptKey: '',
  enablePartialAgesForRedact: false,
  enablePartialDatesForRedact: false,
  enablePartialZipCodesForRedact: false,
  restrictedZipCodeTabulationAreas: []
}

const SCOPES = ['resource', 'file', 'folder'] as const
const AES_KEY_BYTES: readonly number[] = [16, 24, 32]
const MOST_DAYS = 36_500
const LONGEST_KEY = 4096

/** Takes a value into the draft, or says what it must be. */
type Take = (draft: Draft, value: unknown) => string | null

function text(name: 'dateShiftKey' | 'cryptoHashKey' | 'encryptKey', lengths: readonly number[]): Take {
  return (draft, value) => {
    if (typeof value !== 'string' || value.length > LONGEST_KEY) return 'must be a string'
    draft[name] = value
    return value === '' || lengths.length === 0 || lengths.includes(Buffer.byteLength(value))
      ? null
      : `must be ${lengths.join(', ')} bytes long`
  }
}

function flag(name: 'enablePartialAgesForRedact' | 'enablePartialDatesForRedact' | 'enablePartialZipCodesForRedact'): Take {
  return (draft, value) => {
    if (typeof value !== 'boolean') return 'must be true or false'
    draft[name] = value
    return null
  }
}

const TAKES: ReadonlyMap<string, Take> = new Map<keyof Parameters, Take>([
  ['dateShiftKey', text('dateShiftKey', [])],
  ['cryptoHashKey', text('cryptoHashKey', [])],
  ['encryptKey', text('encryptKey', AES_KEY_BYTES)],
  ['enablePartialAgesForRedact', flag('enablePartialAgesForRedact')],
  ['enablePartialDatesForRedact', flag('enablePartialDatesForRedact')],
  ['enablePartialZipCodesForRedact', flag('enablePartialZipCodesForRedact')],
  ['dateShiftScope', takeScope],
  ['dateShiftFixedOffsetInDays', takeOffset],
  ['restrictedZipCodeTabulationAreas', takeAreas]
])

function takeScope(draft: Draft, value: unknown): string | null {
  const scope = SCOPES.find((known) => known === String(value).toLowerCase())
  draft.dateShiftScope = scope ?? 'resource'
  return scope === undefined ? `must be ${SCOPES.join(', ')}` : null
}

function takeOffset(draft: Draft, value: unknown): string | null {
  if (!Number.isInteger(value) || Math.abs(Number(value)) > MOST_DAYS) return `must be a whole number of days, at most ${MOST_DAYS}`
  draft.dateShiftFixedOffsetInDays = Number(value)
  return null
}

function takeAreas(draft: Draft, value: unknown): string | null {
  const isArea = (area: unknown): area is string => typeof area === 'string' && /^\d{1,10}$/.test(area)
  if (!Array.isArray(value) || !value.every(isArea)) return 'must be a list of strings of digits'
  draft.restrictedZipCodeTabulationAreas = value
  return null
}

/** The parameters, and what is wrong with them. null and absent ones have their defaults. */
export function readParameters(value: unknown): { readonly parameters: Parameters; readonly faults: readonly Fault[] } {
  const draft: Draft = { ...NONE }
  if (value === undefined || value === null) return { parameters: draft, faults: [] }
  if (!isMembers(value)) return { parameters: draft, faults: [{ path: '/parameters', message: 'must be an object' }] }
  const names = new Map([...TAKES.keys()].map((name) => [name.toLowerCase(), name] as const))
  const faults = Object.entries(value).flatMap(([key, member]): Fault[] => {
    const take = TAKES.get(names.get(key.toLowerCase()) ?? '')
    const message = take === undefined ? unknown(key, [...TAKES.keys()]) : member === null ? null : take(draft, member)
    return message === null ? [] : [{ path: `/parameters/${key}`, message }]
  })
  return { parameters: draft, faults }
}

export function unknown(key: string, known: readonly string[]): string {
  if (key.toLowerCase() === 'customsettings') return 'is for custom methods, which cannot be run here'
  return `is not known; there are ${known.join(', ')}`
}
