/**
 * Verification that is itself an entry: what fsck found, how much of the log it covers. Once a day by one replica, or when an officer asks. Decides whose turn
 * it is, by entries that are proved: a key that somebody took for another entry puts nothing off. A fault is told of at once as well, for the log it would be
 * read in may be the one that was altered; so is that no verification was logged for more than a day, whatever held it up.
 */
import { randomUUID } from 'node:crypto'
import { IntegrityError } from '../../core/errors.ts'
import { type LogFault, statementIn } from '../../core/log/fsck.ts'
import { newestVerification, readMoment } from '../../store/log-rows.ts'
import { alreadyLogged } from '../../store/outbox.ts'
import { alone } from '../../store/session.ts'
import type { House, Rooms } from '../house.ts'
import { append } from './log.ts'
import { type FsckReport, fsck } from './log-fsck.ts'
import { provedEntries } from './log-proofs.ts'

/** Advisory lock of the replica that verifies. */
const VERIFYING = 7_301_007

/** A fault in a few words: table, row, what. */
function faultText({ table, index, fault }: LogFault): string {
  return `${table} ${index}: ${fault}`
}

/** Commits the result. `account`: who asked, of the operating system; null for the daily run. */
export async function recordVerified(
  { pool }: Pick<Rooms, 'pool'>,
  report: FsckReport,
  key: string,
  at: Date,
  account: string | null
): Promise<void> {
  const { size, verified, expired, checkpoints, root, fault, faults } = report
  const found = { size: String(size), verified: String(verified), expired: String(expired), checkpoints, root }
  const told = {
    ...found,
    ...(account === null ? {} : { account }),
    ...(fault === null ? {} : { fault: faultText(fault), faults: faults.length })
  }
  await append(pool, key, { v: 1, kind: 'log-verified', at: at.toISOString(), ...told })
}

export function askedKey(): string {
  return `log-verified:${randomUUID()}`
}

/** Leaves the event loop to others as long as each chunk took. */
function breather(): () => Promise<void> {
  const last = { at: performance.now() }
  return async () => {
    const took = performance.now() - last.at
    await new Promise((resolve) => setTimeout(resolve, took))
    last.at = performance.now()
  }
}

type Desk = Pick<House, 'pool' | 'folder' | 'ring' | 'now' | 'observe'>

/** When a verification was last logged, as an entry that is proved says, or one that waits; null: never. */
async function lastVerified({ pool, ring }: Pick<House, 'pool' | 'ring'>): Promise<string | null> {
  const { waiting, index } = await newestVerification(pool)
  if (waiting !== null || index === null) return waiting
  try {
    const [entry] = await provedEntries(pool, ring, [index])
    return entry?.body === undefined || entry.body === null ? null : (JSON.parse(statementIn(entry.body)) as { readonly at: string }).at // proved
  } catch (error) {
    if (error instanceof IntegrityError) return null
    throw error
  }
}

/** Verifies the log unless a replica has done so today (UTC) or is doing it now. The report, or null. */
export async function verifyDaily(house: Desk): Promise<FsckReport | null> {
  const at = house.now()
  const day = at.toISOString().slice(0, 10)
  const key = `log-verified:${day}`
  return alone(house.pool, VERIFYING, async () => {
    if ((await lastVerified(house))?.slice(0, 10) === day) return null
    const report = await fsck(house, { now: at, breathe: breather() })
    if (report.fault !== null) {
      const { table, index, fault } = report.fault
      house.observe.integrityBroken({ code: 'log-altered', target: `${table}:${index.replace(/[^\w.-]/g, '.')}:${fault}` })
    }
    await recordVerified(house, report, (await alreadyLogged(house.pool, key)) ? `${key}:${randomUUID()}` : key, at, null)
    return report
  })
}

const OVERDUE_MS = 26 * 3_600_000

/** The daily verification as a gateway sees to it. */
export interface Verification {
  /** One look: verifies if it is time to, and tells of it when none was logged for too long. */
  look(): Promise<void>
  /** was none logged for more than 26 hours, when it was last looked at? */
  overdue(): boolean
}

export function keepVerified(house: Desk): Verification {
  const state = { overdue: false, verifying: false }
  return {
    overdue: () => state.overdue,
    async look() {
      if (state.verifying) return
      state.verifying = true
      try {
        await verifyDaily(house)
      } finally {
        state.verifying = false
      }
      const last = (await lastVerified(house)) ?? (await readMoment(house.pool, 0n))
      state.overdue = last !== null && Math.abs(house.now().getTime() - Date.parse(last)) > OVERDUE_MS
      if (state.overdue) house.observe.integrityBroken({ code: 'log-unverified', target: 'log' })
    }
  }
}
