/** A submission as the gateway tells of it, parsed once; and the sentences and exit code that follow from it. */
import { EXIT } from '../failures.ts'
import { count, counts, type JsonObject, objects, text } from './json.ts'

export interface Disclosure {
  readonly agreement: string
  readonly state: string
  readonly dataset: string
  readonly due: string
  readonly received: number
  readonly released: number
  readonly held: number
  readonly withheld: Readonly<Record<string, number>>
  readonly rejected: Readonly<Record<string, number>>
  readonly progress: number
}

export interface Submission {
  readonly id: string
  readonly state: string
  readonly openedAt: string
  readonly closedAt: string | null
  readonly received: number
  readonly rejected: Readonly<Record<string, number>>
  readonly agreements: readonly Disclosure[]
}

/** What the gateway still works on; every other state stays until a person or the calendar acts. */
const UNDER_WAY = new Set(['waiting', 'releasing', 'gating', 'sealing', 'recording', 'recorded'])

export function parseSubmission(from: JsonObject): Submission {
  return {
    id: text(from, 'id'),
    state: text(from, 'state'),
    openedAt: text(from, 'openedAt'),
    closedAt: from['closedAt'] === null ? null : text(from, 'closedAt'),
    received: count(from, 'received'),
    rejected: counts(from, 'rejected'),
    agreements: objects(from['agreements']).map((one) => ({
      agreement: text(one, 'agreement'),
      state: text(one, 'state'),
      dataset: typeof one['dataset'] === 'string' ? one['dataset'] : '',
      due: typeof one['due'] === 'string' ? one['due'] : '',
      received: count(one, 'received'),
      released: count(one, 'released'),
      held: count(one, 'held'),
      withheld: counts(one, 'withheld'),
      rejected: counts(one, 'rejected'),
      progress: count(one, 'progress')
    }))
  }
}

export function isUnderWay(submission: Submission): boolean {
  return submission.agreements.some((disclosure) => UNDER_WAY.has(disclosure.state))
}

/** Is all that is left not begun yet? Long after the close that means: the agreement's release window is not due. */
export function isOnlyWaiting(submission: Submission): boolean {
  return submission.agreements.every((disclosure) => disclosure.state === 'waiting' || !UNDER_WAY.has(disclosure.state))
}

/** 0..1 over all agreements. */
export function progressOf(submission: Submission): number {
  const parts = submission.agreements.map((disclosure) => (UNDER_WAY.has(disclosure.state) ? Math.min(0.99, disclosure.progress) : 1))
  return parts.length === 0 ? 1 : parts.reduce((sum, part) => sum + part, 0) / parts.length
}

function reasons(counted: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counted).map(([code, records]) => `${code} ${records.toLocaleString('en-US')}`)
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}

function total(counted: Readonly<Record<string, number>>): number {
  return Object.values(counted).reduce((sum, records) => sum + records, 0)
}

/** For people. */
export function sentencesOf(submission: Submission): string[] {
  const lines = [`submission ${submission.id} is ${submission.state}: ${submission.received.toLocaleString('en-US')} records received`]
  if (total(submission.rejected) > 0)
    lines.push(`  rejected ${total(submission.rejected).toLocaleString('en-US')}${reasons(submission.rejected)}`)
  for (const one of submission.agreements) {
    if (one.state === 'waiting') {
      lines.push(`  ${one.agreement} waits: by its release window it may release from ${one.due} on`)
      continue
    }
    const withheld = total(one.withheld)
    lines.push(
      `  ${one.agreement} is ${one.state}: released ${one.released.toLocaleString('en-US')}, withheld ${withheld.toLocaleString('en-US')}${reasons(one.withheld)}, held ${one.held}`
    )
  }
  return lines
}

/** 0 when everything went through, 3 when an agreement was refused or waits for an officer. */
export function exitOf(submission: Submission): number {
  return submission.agreements.some((one) => one.state === 'refused' || one.state === 'held') ? EXIT.denied : EXIT.success
}
