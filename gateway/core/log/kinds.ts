/**
 * Every kind of entry, as data: what it says to an officer, and who of those its statement names may read it. Decides whom an entry concerns (officers and
 * auditors read all), and what of its kind stands in the leaf, which anyone may read. Of a kind that is not here nobody may read anything.
 */
import type { Json } from '../digest.ts'
import { isOwnId } from '../own-id.ts'
import { OFFICER_ACT } from './leaf.ts'

interface KindRow {
  /** a sentence for officers */
  readonly says: string
  /** which members of its statement name those who may read it */
  readonly readers: readonly ('party' | 'source' | 'recipient')[]
  /** why they, and nobody else */
  readonly why: string
  /**
   * open leaves do not say which it was: what officers do, for that an accounting was suspended or a hold placed would be a tip-off; and what tells by its moment that a
   * patient said no, or of a dataset that did not leave, where one of few parties would know whose it is
   */
  readonly by?: typeof OFFICER_ACT
}

/** Of what both sides of an agreement stand by. */
const SIGNED = { readers: ['source', 'recipient'], why: 'Both sides signed it, and live by it.' } as const

const OF_REGISTRY = {
  readers: ['party'],
  why: "Its own act, on itself; of an officer of the house it names no party, which learns of its keys by 'policy-changed'.",
  by: OFFICER_ACT
} as const

const DISPUTED = {
  readers: ['source', 'recipient'],
  why: 'Both are parties of it; over a dataset that never left, the source alone: then no recipient is named.',
  by: OFFICER_ACT
} as const

export const KINDS = {
  'submission-opened': {
    says: 'A hospital was permitted to send, by the rules that decided.',
    readers: ['party'],
    why: 'Its own submission.'
  },
  'submission-received': { says: 'A hospital closed a submission.', readers: ['party'], why: 'Its own submission.' },
  'submission-refused': { says: 'A submission was refused.', readers: ['party'], why: 'Its own submission.' },
  'submission-destroyed': {
    says: 'The key of a submission was destroyed, and with it its records.',
    readers: ['party'],
    why: 'Its own submission.'
  },
  'dataset-released': {
    says: 'A dataset was released.',
    readers: ['source', 'recipient'],
    why: 'Each side has it: the manifest shows it to the recipient, who reads the entry from its first access on.'
  },
  'dataset-held': {
    says: 'A dataset waits for an officer.',
    readers: ['source'],
    why: "Nothing has left: counts of it are the source's own affair.",
    by: OFFICER_ACT
  },
  'dataset-refused': {
    says: 'A dataset was refused.',
    readers: ['source'],
    why: "Nothing has left, and why is the source's own affair.",
    by: OFFICER_ACT
  },
  'dataset-empty': {
    says: 'Nothing was left to release.',
    readers: ['source'],
    why: "Nothing has left: counts of it are the source's own affair.",
    by: OFFICER_ACT
  },
  'hold-released': {
    says: 'An officer released a held dataset.',
    readers: ['source'],
    why: "An officer's words, about what was still held.",
    by: OFFICER_ACT
  },
  'hold-refused': {
    says: 'An officer refused a held dataset.',
    readers: ['source'],
    why: "An officer's words, about what never left.",
    by: OFFICER_ACT
  },
  'dataset-recalled': {
    says: 'An officer recalled a dataset.',
    readers: ['source'],
    why: "An officer's words; the recipient is told by the refusal of its next export.",
    by: OFFICER_ACT
  },
  'dataset-redelivered': {
    says: 'An officer had a dataset that left offered again to its recipient.',
    readers: ['source'],
    why: "An officer's words; the recipient finds it in its next export.",
    by: OFFICER_ACT
  },
  'dataset-withdrawn': {
    says: 'A dataset was withdrawn: a patient said no. It was cut again without the patient, where it could be.',
    readers: ['source'],
    why: 'That a patient said no is not for the recipient to know.',
    by: OFFICER_ACT
  },
  'deletions-named': {
    says: 'A recipient was told which surrogates to delete.',
    readers: ['source', 'recipient'],
    why: 'What was told, counted.',
    by: OFFICER_ACT
  },
  'dataset-expired': {
    says: 'A dataset was deleted after the days of its agreement.',
    readers: ['source', 'recipient'],
    why: 'Names the dataset, which each side has.'
  },
  'export-permitted': {
    says: 'A recipient was permitted to fetch, by the rules that decided.',
    readers: ['recipient'],
    why: 'Its own export.'
  },
  'export-refused': {
    says: 'A recipient was refused an export, or what it had asked for in one.',
    readers: ['party'],
    why: 'Its own export.'
  },
  'file-delivered': {
    says: 'A file of a dataset was handed to its recipient.',
    readers: ['source', 'recipient'],
    why: 'What was given, and by whom received.'
  },
  'dataset-acknowledged': {
    says: 'A recipient confirmed that it opened and verified a dataset.',
    readers: ['source', 'recipient'],
    why: 'What was given, and by whom received.'
  },
  'consent-changed': {
    says: 'Opt-outs were recorded or lifted.',
    readers: ['party'],
    why: 'The opt-outs of its own patients, counted.',
    by: OFFICER_ACT
  },
  'roster-loaded': {
    says: 'The roster of a Group was loaded: it replaced the one before.',
    readers: ['party'],
    why: 'The roster of its own patients, counted.',
    by: OFFICER_ACT
  },
  'agreement-simulated': {
    says: 'Somebody looked at what a recipient would receive of records that they presented.',
    readers: ['source'],
    why: 'A look at records of its own patients.',
    by: OFFICER_ACT
  },
  'subject-forgotten': {
    says: 'A patient was forgotten: unlinked from what was released of it; its no stays.',
    readers: ['party'],
    why: 'One of its own patients, not named.',
    by: OFFICER_ACT
  },
  'token-granted': { says: 'A party was given an access token.', readers: ['party'], why: 'Its own token.' },
  'token-revoked': {
    says: 'An access token was ended before its time: by an operator, or by the party itself.',
    readers: ['party'],
    why: 'Its own token.',
    by: OFFICER_ACT
  },
  'client-secret-set': {
    says: 'A party was given a secret to prove itself by, in place of any it had.',
    readers: ['party'],
    why: 'Its own secret.',
    by: OFFICER_ACT
  },
  'client-secret-removed': {
    says: 'The secret of a party was taken away.',
    readers: ['party'],
    why: 'Its own secret.',
    by: OFFICER_ACT
  },
  'token-introspected': {
    says: 'An operator asked whether an access token is good.',
    readers: [],
    why: "What an officer looked at is the house's own affair.",
    by: OFFICER_ACT
  },
  'token-refused': { says: 'A known party was refused an access token.', readers: ['party'], why: 'In its name, by itself or by another.' },
  'sign-in-locked': {
    says: 'Sign-ins under the name of a party or officer failed so often from one address that it must wait there.',
    readers: ['party'],
    why: 'In its name, by itself or by another.'
  },
  'lockout-lifted': {
    says: 'An operator lifted what made sign-ins wait.',
    readers: [],
    why: "What an officer did is the house's own affair.",
    by: OFFICER_ACT
  },
  'officer-signed-in': {
    says: 'An officer signed in by browser: a session began.',
    readers: [],
    why: "Who of the house was there is the house's own affair.",
    by: OFFICER_ACT
  },
  'sign-in-refused': {
    says: 'Somebody whom the provider knows was refused a session: not registered, not active, or not signed in there as it must be.',
    readers: [],
    why: "Who of the house was there is the house's own affair.",
    by: OFFICER_ACT
  },
  'session-ended': {
    says: 'A session ended: signed out, here or at the provider, replaced by a new one, over by its time or the standing of its officer, or a copy of its cookie was seen.',
    readers: [],
    why: "Who of the house was there is the house's own affair.",
    by: OFFICER_ACT
  },
  'sessions-revoked': {
    says: 'All sessions of an officer were ended at a word.',
    readers: [],
    why: "Who of the house was there is the house's own affair.",
    by: OFFICER_ACT
  },
  'request-refused': {
    says: 'A known party was refused at a door; the same again within a minute is counted.',
    readers: ['party'],
    why: 'Its own request.'
  },
  'requests-refused': {
    says: 'Requests nobody could be named for were refused: counted by address and minute.',
    readers: [],
    why: 'Of nobody known.'
  },
  'records-rejected': { says: 'Records of an upload could not be read.', readers: ['party'], why: 'Its own records.' },
  'disclosure-permitted': {
    says: 'A release began: it was permitted, by the rules that decided.',
    readers: ['source'],
    why: 'Nothing has left; of a dataset that is held the recipient would learn by it.',
    by: OFFICER_ACT
  },
  'policy-changed': {
    says: 'An agreement, profile, party, officer or the policy of the log was added, changed or removed.',
    readers: ['party', 'source', 'recipient'],
    why: "Who signed an agreement, and whose entry a party's is."
  },
  'party-invited': { says: 'An operator invited a party to register.', ...OF_REGISTRY },
  'party-offered': {
    says: 'A party with its keys was offered, each proved, by whoever held an invitation; or told by an operator: another officer is to confirm it.',
    ...OF_REGISTRY
  },
  'party-declined': { says: 'An operator took an invitation back, or declined what was offered.', ...OF_REGISTRY },
  'party-change-begun': {
    says: 'An operator began what another has to confirm: a key, a secret, or other words about a party.',
    ...OF_REGISTRY
  },
  'party-amended': { says: 'What is registered of a party, beside its keys, was changed by two operators.', ...OF_REGISTRY },
  'party-registered': { says: 'A party was registered, with its keys.', ...OF_REGISTRY },
  'key-registered': { says: 'A key of a party was added.', ...OF_REGISTRY },
  'key-retired': { says: 'A key of a party was retired: nothing is signed with it or sealed to it any more.', ...OF_REGISTRY },
  'key-revoked': { says: 'A key of a party or an officer was revoked: it, and what was signed in with before, is dead.', ...OF_REGISTRY },
  'identity-suspended': { says: 'A party or an officer was suspended: nobody signs in as it, and its agreements rest.', ...OF_REGISTRY },
  'identity-resumed': { says: 'A party or an officer that was suspended may sign in again.', ...OF_REGISTRY },
  'identity-revoked': { says: 'A party or an officer was revoked, for good.', ...OF_REGISTRY },
  'agreement-proposed': { says: 'A version of an agreement was proposed.', ...SIGNED },
  'agreement-approved': { says: 'A side of an agreement, or a privacy officer, signed the approval of a version.', ...SIGNED },
  'agreement-rejected': { says: 'One of them rejected it: that version has ended.', ...SIGNED },
  'agreement-activated': { says: 'A version of an agreement came into force, in place of the one before.', ...SIGNED },
  'agreement-suspended': { says: 'An agreement was suspended: nothing comes in or goes out under it.', ...SIGNED },
  'agreement-resumed': { says: 'A suspended agreement is in force again.', ...SIGNED },
  'agreement-attestation-due': {
    says: 'An agreement, or the certificate it stands on, must be attested anew within 60, 30 or 7 days.',
    ...SIGNED
  },
  'agreement-reattested': { says: 'A privacy officer attested an agreement and its profile anew.', ...SIGNED },
  'agreement-revoked': { says: 'An agreement was revoked, for good.', ...SIGNED },
  'emergency-asked': {
    says: 'An officer asked for roles or a view beyond his or her file, for a time, and why.',
    readers: [],
    why: "An officer's words.",
    by: OFFICER_ACT
  },
  'emergency-approved': {
    says: 'Another officer approved such a request.',
    readers: [],
    why: "What an officer did is the house's own affair.",
    by: OFFICER_ACT
  },
  'emergency-begun': {
    says: 'Two had approved: the officer holds what was asked for, until the moment named.',
    readers: [],
    why: "What an officer may do is the house's own affair.",
    by: OFFICER_ACT
  },
  'emergency-used': {
    says: 'An officer asked for something while such a grant stood.',
    readers: [],
    why: "What an officer did is the house's own affair.",
    by: OFFICER_ACT
  },
  'emergency-ended': {
    says: 'Such a request or grant ended: by time, by the officer, or by a privacy officer.',
    readers: [],
    why: "What an officer may do is the house's own affair.",
    by: OFFICER_ACT
  },
  'agreement-reason': {
    says: 'Why an agreement was suspended, resumed or revoked, in the words of whoever did it; not sent to a SIEM.',
    readers: ['party'],
    why: 'Its own words; those of an officer of the house are for no party.',
    by: OFFICER_ACT
  },
  'agreement-expired': { says: 'An agreement reached its expiry date.', ...SIGNED },
  'key-changed': { says: 'A key of the gateway was added, retired or removed.', readers: [], why: "Of the gateway's own keys." },
  'keys-rewrapped': {
    says: 'What was wrapped under retired keys of the gateway was wrapped under the ones in use.',
    readers: [],
    why: "Of the gateway's own keys.",
    by: OFFICER_ACT
  },
  'key-dropped': {
    says: 'A retired key of the gateway was dropped, or one was given up as lost.',
    readers: [],
    why: "Of the gateway's own keys.",
    by: OFFICER_ACT
  },
  'log-read': {
    says: 'Somebody read what the log says: an officer, an auditor, or a party what concerns it.',
    readers: ['party'],
    why: "Its own reading; of an officer's it names no party."
  },
  'register-read': {
    says: 'An officer listed datasets, holds, opt-outs, incidents, suspensions, parties or invitations.',
    readers: [],
    why: "What an officer looked at is the house's own affair.",
    by: OFFICER_ACT
  },
  'gateway-started': { says: 'A gateway started.', readers: [], why: 'Of the gateway itself.' },
  'gateway-stopped': { says: 'A gateway stopped: as it was asked, or by a fault.', readers: [], why: 'Of the gateway itself.' },
  'log-verified': { says: 'The log was verified against its own leaves.', readers: [], why: 'Of the gateway itself.' },
  'hold-placed': {
    says: 'A legal hold was placed: what it covers is not deleted.',
    readers: [],
    why: "A legal hold may be nobody's to know.",
    by: OFFICER_ACT
  },
  'hold-lifted': { says: 'A legal hold was lifted.', readers: [], why: "A legal hold may be nobody's to know.", by: OFFICER_ACT },
  'bodies-expired': { says: 'What old entries said was deleted; their hashes stay.', readers: [], why: 'Of the gateway itself.' },
  'accounting-suspended': {
    says: 'An accounting of what a recipient was given is suspended, as a health oversight agency or law enforcement asked.',
    readers: ['source'],
    why: '45 CFR 164.528(a)(2): who asked for it must not be given away; the source must know.',
    by: OFFICER_ACT
  },
  'accounting-resumed': {
    says: 'Such a suspension was lifted before its last day.',
    readers: ['source'],
    why: 'As the suspension.',
    by: OFFICER_ACT
  },
  'accounting-made': {
    says: 'An accounting of disclosures was made.',
    readers: ['source'],
    why: "An officer's words, and how much was suspended.",
    by: OFFICER_ACT
  },
  'accounting-checked': {
    says: "Every row of every dataset's subjects was opened and held against the log.",
    readers: [],
    why: "What an officer looked at is the house's own affair.",
    by: OFFICER_ACT
  },
  'incident-opened': {
    says: 'A disclosure was found impermissible: its subjects are to be told.',
    readers: ['source'],
    why: "An officer's words; whom to tell is for the source to say (45 CFR 164.404).",
    by: OFFICER_ACT
  },
  'dispute-opened': { says: 'A party contests a dataset, a count or a figure of quality: what it was made from is frozen.', ...DISPUTED },
  'dispute-statement': { says: 'A party said something in a dispute.', ...DISPUTED },
  'dispute-replayed': { says: 'A dataset was made again from what the hospital presented again: the same, yes or no.', ...DISPUTED },
  'dispute-closed': { says: 'An officer closed a dispute: the outcome.', ...DISPUTED },
  'dispute-reason': {
    says: 'Who replayed or closed a dispute, and why, in their words; where a replay differed.',
    readers: [],
    why: "An officer's words, and what may tell of records that did not leave.",
    by: OFFICER_ACT
  },
  'subjects-shredded': {
    says: 'What rows of old disclosures say of their subjects was destroyed; their proofs stay.',
    readers: ['source'],
    why: 'Keys of its own patients.',
    by: OFFICER_ACT
  }
} as const satisfies Readonly<Record<string, KindRow>>

export type EntryKind = keyof typeof KINDS

type Statement = { readonly [member: string]: Json }

/** Of a kind that this program does not know, written by a newer one: null. */
function rowOf(kind: Json | undefined): KindRow | null {
  return typeof kind === 'string' && Object.hasOwn(KINDS, kind) ? KINDS[kind as EntryKind] : null // an own key of the table is a kind
}

export function isKind(kind: Json | undefined): kind is EntryKind {
  return rowOf(kind) !== null
}

/** What stands in the leaf of a kind. */
export function openKind(kind: string): string {
  return rowOf(kind)?.by ?? kind
}

/** Is this what a leaf may say of an entry of this kind? Leaves older than OFFICER_ACT say the kind itself. */
export function fitsLeaf(leafKind: string, kind: string): boolean {
  return leafKind === kind || (leafKind === OFFICER_ACT && (!isKind(kind) || openKind(kind) === OFFICER_ACT))
}

/** Is this a key of an entry of this kind? One that begins with a kind (`<kind>:<id>`) is of that kind: none takes the key of an act that is to come. */
export function fitsKey(key: string, kind: string): boolean {
  const word = key.slice(0, key.indexOf(':'))
  return word === kind || !isKind(word)
}

/** Who may read what it says, beside officers and auditors. */
export function partiesOf(statement: Statement): string[] {
  const named = (rowOf(statement['kind'])?.readers ?? []).map((name) => statement[name]).filter((value) => typeof value === 'string')
  return [...new Set(named)].sort()
}

/** The dataset it is about, or null. */
export function datasetOf(statement: Statement): string | null {
  const dataset = statement['dataset']
  return typeof dataset === 'string' && isOwnId(dataset) ? dataset : null
}
