/**
 * Who may do what: one table of powers by role and condition, each with the scope a token must carry for it and the level of what it shows. The rows of http/routes.ts name a
 * power each, the doors of the exchange ask by the same names, and the page of routes is made of both; nothing else looks at a role. Decides one asking against one
 * power. Refuses a role that stands not in its row, an officer who does not see that level, and everything else.
 */
import type { Party } from '../../generated/policy.ts'
import type { Emergency, OfficerRole } from './registry.ts'

/** hospital and insurer: a party itself; the rest are roles of officers. */
export type Who = Party['role'] | OfficerRole

export const OFFICER_ROLES = [
  'proposer',
  'privacy-officer',
  'compliance-reviewer',
  'operator',
  'hospital-admin',
  'insurer-admin',
  'auditor'
] as const satisfies readonly OfficerRole[]

/** own: what is of the caller's party; side: agreements of which it is a side, and what is under them; self: what is the officer's alone; all: everybody's. */
export type Condition = 'own' | 'side' | 'self' | 'all'

/** What is shown, granted apart from roles: that something was; what is told of patients and records; what left, to leave again. */
export type Level = Emergency['sees'][number]

/** What a token is asked for; http/scopes.ts has the words that carry it. */
export type Permission =
  | 'submit'
  | 'export'
  | 'audit'
  | 'agreements'
  | 'accountings'
  | 'redelivery'
  | 'operate'
  | 'session'
  | 'emergencies'
  | 'keys'

export interface Power {
  readonly scope: Permission
  readonly shows: Level
  readonly who: ReadonlyMap<Who, Condition>
}

function power(scope: Permission, shows: Level, who: Readonly<Partial<Record<Who, Condition>>>): Power {
  return { scope, shows, who: new Map(Object.entries(who) as [Who, Condition][]) } // keys of a Record of Who are Who
}

const SIDES = { 'hospital': 'side', 'insurer': 'side' } as const
/** Officers of a party: they see of what is its own that it was, and no more. */
const KEEPERS = { 'hospital-admin': 'own', 'insurer-admin': 'own' } as const
const READERS = { 'proposer': 'all', 'privacy-officer': 'all', 'compliance-reviewer': 'all', 'auditor': 'all' } as const

/** Whatever the role: what is the officer's own. */
const EACH_ITSELF = {
  'proposer': 'self',
  'privacy-officer': 'self',
  'compliance-reviewer': 'self',
  'operator': 'self',
  'hospital-admin': 'self',
  'insurer-admin': 'self',
  'auditor': 'self'
} as const

/** Officers of the house: none of a party, and none who only looks. */
const HOUSE = { 'proposer': 'all', 'privacy-officer': 'all', 'compliance-reviewer': 'all', 'operator': 'all' } as const
const HOUSE_ITSELF = { 'proposer': 'self', 'privacy-officer': 'self', 'compliance-reviewer': 'self', 'operator': 'self' } as const

export const POWERS = {
  'submit': power('submit', 'content', { 'hospital': 'own' }),
  'fetch': power('export', 'content', { 'insurer': 'own' }),

  'read-agreements': power('agreements', 'metadata', { ...SIDES, ...READERS, 'hospital-admin': 'side', 'insurer-admin': 'side' }),
  'inspect-agreements': power('agreements', 'metadata', READERS),
  'draft-agreements': power('agreements', 'metadata', { 'proposer': 'all', 'privacy-officer': 'all' }),
  'propose-agreements': power('agreements', 'metadata', { 'proposer': 'all' }),
  'approve-agreements': power('agreements', 'metadata', { ...SIDES, 'privacy-officer': 'all' }),
  'govern-agreements': power('agreements', 'metadata', { 'privacy-officer': 'all' }),
  'simulate-agreements': power('agreements', 'content', { 'privacy-officer': 'all' }),
  'dispute': power('agreements', 'content', SIDES),

  'read-log': power('audit', 'metadata', {
    'hospital': 'own',
    'insurer': 'own',
    'privacy-officer': 'all',
    'compliance-reviewer': 'all',
    'auditor': 'all',
    ...KEEPERS
  }),
  /** a recipient knows patients by surrogates only, and asks by dataset; for officers an accounting is made */
  'search-by-patient': power('audit', 'content', { 'hospital': 'own' }),
  'make-accountings': power('accountings', 'content', { 'compliance-reviewer': 'all' }),
  'read-suspensions': power('accountings', 'metadata', { 'compliance-reviewer': 'all', 'auditor': 'all' }),
  'read-incidents': power('accountings', 'content', { 'compliance-reviewer': 'all', 'auditor': 'all' }),

  'resend-datasets': power('redelivery', 'resend', { 'privacy-officer': 'all', 'operator': 'all' }),
  'read-party': power('keys', 'metadata', { 'hospital': 'own', 'insurer': 'own', ...KEEPERS, 'operator': 'all', 'auditor': 'all' }),
  'keep-keys': power('keys', 'metadata', { 'hospital': 'own', 'insurer': 'own', ...KEEPERS, 'operator': 'all' }),
  'operate': power('operate', 'metadata', { 'operator': 'all' }),

  'ask-emergency': power('emergencies', 'metadata', HOUSE_ITSELF),
  'read-emergencies': power('emergencies', 'metadata', { ...HOUSE, 'auditor': 'all' }),
  'approve-emergency': power('emergencies', 'metadata', HOUSE),
  'end-emergency': power('emergencies', 'metadata', { ...HOUSE_ITSELF, 'privacy-officer': 'all' }),

  'own-session': power('session', 'metadata', EACH_ITSELF),
  'end-sessions': power('session', 'metadata', { ...EACH_ITSELF, 'operator': 'all' })
} as const satisfies Readonly<Record<string, Power>>

export type PowerName = keyof typeof POWERS

export function powerOf(name: PowerName): Power {
  return POWERS[name]
}

/** Who asks, as registered at this moment. `party`: of an officer of a party, that party. */
export interface Asker {
  readonly id: string
  readonly role: Party['role'] | 'officer'
  readonly roles?: readonly OfficerRole[]
  readonly sees?: readonly Level[]
  readonly party?: string
}

/** `of`: whose objects alone, by id of a party or officer; null: everybody's. */
export interface Permit {
  readonly of: string | null
}

/** May `asker` use the power, and on whose objects? null: no. */
export function permitOf(name: PowerName, asker: Asker): Permit | null {
  const { who, shows } = powerOf(name)
  if (asker.role !== 'officer') return who.has(asker.role) ? { of: asker.id } : null
  if (asker.sees?.includes(shows) !== true) return null
  const conditions = new Set((asker.roles ?? []).flatMap((role) => who.get(role) ?? []))
  if (conditions.has('all')) return { of: null }
  if (conditions.has('self')) return { of: asker.id }
  return conditions.size === 0 || asker.party === undefined ? null : { of: asker.party }
}

/** Does any power that this scope carries belong to one of these? */
export function carries(scope: Permission, whom: readonly Who[]): boolean {
  return Object.values(POWERS).some((one: Power) => one.scope === scope && whom.some((who) => one.who.has(who)))
}
