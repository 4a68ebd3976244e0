/** What test/http/who-may.txt says of each route, in its own words, and who asks in the walks. */
import { readFileSync } from 'node:fs'
import { OFFICER_ROLES } from '../../gateway/core/identity/powers.ts'
import type { KnownParty } from '../../gateway/http/deps.ts'

export function example(path: string): string {
  return path
    .replace('*tile', '000')
    .replace(':level', '0')
    .replace(':agreement', 'clear-one')
    .replace(':name', 'Patient.ndjson')
    .replace(/:\w+/, '00000000-0000-4000-8000-000000000000')
}

/** Who holds what: a party of each kind, an officer of each role. */
export const HOLDERS = ['demo-hospital', 'demo-insurer', ...OFFICER_ROLES.map((role) => `officer-${role}`)]
export const roleOf = (holder: string): string => holder.replace(/^(?:demo|officer)-/, '')

/** The words of each scope, said here once more. */
export const WORDS: Readonly<Record<string, string>> = {
  submit: 'sallyport/submit',
  export: 'system/*.rs',
  audit: 'system/AuditEvent.rs',
  agreements: 'sallyport/agreements',
  accountings: 'sallyport/accountings',
  redelivery: 'sallyport/redelivery',
  operate: 'sallyport/operate',
  session: 'sallyport/session',
  emergencies: 'sallyport/emergencies',
  keys: 'sallyport/keys'
}

export interface Said {
  readonly route: string
  readonly scope: string
  readonly shows: string
  /** role: condition */
  readonly who: ReadonlyMap<string, string>
}

/** A line: method, path, scope, level, then roles, each with its condition where that is not `own` of a party and its officers, or `all` of others. */
export function said(line: string): Said {
  const [method, path, scope = '', shows = '', ...who] = line.split(' ')
  const usual = (role: string): string => (/^(?:hospital|insurer)/.test(role) ? 'own' : 'all')
  return {
    route: `${method} ${path}`,
    scope,
    shows,
    who: new Map(who.map((one) => [one.split(':')[0] ?? '', one.split(':')[1] ?? usual(one)]))
  }
}

export const SAID = new Map(
  readFileSync(new URL('../http/who-may.txt', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => [said(line).route, said(line)])
)

/** An officer of one role, of a party where the role is. */
export function officer(role: (typeof OFFICER_ROLES)[number], sees: KnownParty['sees'] & object): KnownParty {
  const kept = { 'hospital-admin': 'demo-hospital', 'insurer-admin': 'demo-insurer' }[role as string]
  return { id: `officer-${role}`, role: 'officer', roles: [role], sees, certificates: [], ...(kept === undefined ? {} : { party: kept }) }
}
