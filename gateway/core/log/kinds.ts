/**
 * Every kind of entry, as data: what it says to an officer. Decides which parties an entry concerns: those its statement names. They may read what it
 * says; officers and auditors read all.
 */
import type { Json } from '../digest.ts'
import { isOwnId } from '../own-id.ts'

interface KindRow {
  /** a sentence for officers */
  readonly says: string
}

export const KINDS = {
  'submission-opened': { says: 'A hospital was permitted to send, by the rules that decided.' },
  'submission-received': { says: 'A hospital closed a submission.' },
  'submission-refused': { says: 'A submission was refused.' },
  'submission-destroyed': { says: 'The key of a submission was destroyed, and with it its records.' },
  'dataset-released': { says: 'A dataset was released.' },
  'dataset-held': { says: 'A dataset waits for an officer.' },
  'dataset-refused': { says: 'A dataset was refused.' },
  'dataset-empty': { says: 'Nothing was left to release.' },
  'hold-released': { says: 'An officer released a held dataset.' },
  'hold-refused': { says: 'An officer refused a held dataset.' },
  'dataset-recalled': { says: 'An officer recalled a dataset.' },
  'dataset-expired': { says: 'A dataset was deleted after the days of its agreement.' },
  'export-permitted': { says: 'A recipient was permitted to fetch, by the rules that decided.' },
  'export-refused': { says: 'A recipient was refused an export, or what it had asked for in one.' },
  'file-delivered': { says: 'A file of a dataset was handed to its recipient.' },
  'dataset-acknowledged': { says: 'A recipient confirmed that it opened and verified a dataset.' },
  'consent-changed': { says: 'Opt-outs were recorded or lifted.' },
  'token-granted': { says: 'A party was given an access token.' },
  'token-refused': { says: 'A known party was refused an access token.' },
  'request-refused': { says: 'A known party was refused at a door; the same again within a minute is counted.' },
  'requests-refused': { says: 'Requests nobody could be named for were refused: counted by address and minute.' },
  'records-rejected': { says: 'Records of an upload could not be read.' },
  'disclosure-permitted': { says: 'A release began: it was permitted, by the rules that decided.' },
  'policy-changed': { says: 'An agreement, profile, party or the policy of the log was added, changed or removed.' },
  'key-changed': { says: 'A key of the gateway was added, retired or removed.' },
  'log-read': { says: 'Somebody read what the log says: an officer, an auditor, or a party what concerns it.' },
  'register-read': { says: 'An officer listed datasets, holds or opt-outs.' },
  'gateway-started': { says: 'A gateway started.' },
  'gateway-stopped': { says: 'A gateway stopped: as it was asked, or by a fault.' },
  'log-verified': { says: 'The log was verified against its own leaves.' },
  'hold-placed': { says: 'A legal hold was placed: what it covers is not deleted.' },
  'hold-lifted': { says: 'A legal hold was lifted.' },
  'bodies-expired': { says: 'What old entries said was deleted; their hashes stay.' },
  'accounting-suspended': {
    says: 'An accounting of what a recipient was given is suspended, as a health oversight agency or law enforcement asked.'
  },
  'accounting-resumed': { says: 'Such a suspension was lifted before its last day.' },
  'accounting-made': { says: 'An accounting of disclosures was made.' },
  'incident-opened': { says: 'A disclosure was found impermissible: its subjects are to be told.' },
  'subjects-shredded': { says: 'What rows of old disclosures say of their subjects was destroyed; their proofs stay.' }
} as const satisfies Readonly<Record<string, KindRow>>

export type EntryKind = keyof typeof KINDS

const NAMING = ['party', 'source', 'recipient']

/** Who may read what it says. */
export function partiesOf(statement: { readonly [member: string]: Json }): string[] {
  const named = NAMING.map((name) => statement[name]).filter((value) => typeof value === 'string')
  return [...new Set(named)].sort()
}

/** The dataset it is about, or null. */
export function datasetOf(statement: { readonly [member: string]: Json }): string | null {
  const dataset = statement['dataset']
  return typeof dataset === 'string' && isOwnId(dataset) ? dataset : null
}
