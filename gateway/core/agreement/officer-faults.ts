/**
 * What an officer's file may not say, alone or beside those of others. Refuses an id that is a party's or the gateway's own, a key or subject that another identity has, duties that do not go together
 * (core/identity/separation.ts) in one file or in all files of one person, an auditor without a last day, and one who keeps the keys of no party of that kind.
 */
import type { Officer, Party } from '../../generated/policy.ts'
import type { Fault } from '../errors.ts'
import { filesOf, heldBy, summed } from '../identity/person.ts'
import { idFaults } from '../identity/reserved-ids.ts'
import { dutyFaults } from '../identity/separation.ts'
import { numberOf } from './party-faults.ts'

/** An officer signs in at the door of the parties: an id or a key of two would leave open who it was. */
export function sharedFaults(
  officer: Officer,
  others: { readonly parties: readonly Party[]; readonly officers: readonly Officer[] }
): Fault[] {
  const { parties, officers } = others
  const identities = [...parties, ...officers.filter(({ id }) => id !== officer.id)]
  const taken = new Set(identities.flatMap(({ jwks }) => (jwks?.keys ?? []).map(numberOf)))
  const id = parties.some((party) => party.id === officer.id) ? [{ path: '/id', message: 'is the id of a party' }] : []
  const keys = officer.jwks.keys.flatMap((key, index) =>
    taken.has(numberOf(key))
      ? [{ path: `/jwks/keys/${index}`, message: 'is the key of another party or officer: each must have its own' }]
      : []
  )
  return [...idFaults(officer.id), ...id, ...keys, ...personFaults(officer, officers)]
}

/** Duties are apart among people: what one holds by several files is held together. */
function personFaults(officer: Officer, officers: readonly Officer[]): Fault[] {
  const files = filesOf(officer, officers)
  if (files.length === 1) return []
  const twice = officers.some(({ id, subject }) => id !== officer.id && subject !== undefined && subject === officer.subject)
  const subject = twice ? [{ path: '/subject', message: 'is that of another officer: nobody could tell whose sign-in it is' }] : []
  const parties = new Set(files.flatMap(({ party }) => party ?? []))
  const kept = parties.size > 1 ? ['who keeps the keys of a party is of that party alone'] : []
  const duties = dutyFaults(summed(...files.map(heldBy))).map(({ message }) => message)
  const names = files.slice(1).map(({ id }) => `officers/${id}.json`)
  return [
    ...subject,
    ...[...duties, ...kept].map((message) => ({ path: '/name', message: `is the person of ${names.join(', ')}: ${message}` }))
  ]
}

const KEEPS: ReadonlyMap<string, Party['role']> = new Map([
  ['hospital-admin', 'hospital'],
  ['insurer-admin', 'insurer']
])

/** What the file says of the officer's duties. */
export function roleFaults({ roles, sees = ['metadata'], party, until }: Officer, parties: readonly Party[]): Fault[] {
  const kept = roles.flatMap((role) => KEEPS.get(role) ?? [])[0]
  const faults = [...dutyFaults({ roles, sees })]
  if (kept === undefined && party !== undefined)
    faults.push({ path: '/party', message: 'only a hospital-admin or insurer-admin is of a party' })
  if (kept !== undefined && parties.find(({ id }) => id === party)?.role !== kept)
    faults.push({ path: '/party', message: `must be the id of a registered ${kept}: its keys are kept by this officer` })
  if (roles.includes('auditor') && until === undefined) faults.push({ path: '/until', message: 'an auditor must have a last day' })
  return faults
}
