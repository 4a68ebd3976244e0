/**
 * Verification that is itself an entry: what fsck found, how much of the log it covers. Once a day by one replica, or when an officer asks. Decides whose turn
 * it is; a fault is told of at once as well, for the log it would be read in may be the one that was altered.
 */
import { randomUUID } from 'node:crypto'
import type { LogFault } from '../core/log/fsck.ts'
import { alreadyLogged } from '../store/log.ts'
import { alone } from '../store/session.ts'
import type { House, Rooms } from './house.ts'
import { append } from './log.ts'
import { type FsckReport, fsck } from './log-fsck.ts'

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
  const { size, verified, expired, checkpoints, root, fault } = report
  const found = { size: String(size), verified: String(verified), expired: String(expired), checkpoints, root }
  const told = { ...found, ...(account === null ? {} : { account }), ...(fault === null ? {} : { fault: faultText(fault) }) }
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

/** Verifies the log unless a replica has done so today (UTC) or is doing it now. The report, or null. */
export async function verifyDaily(house: Pick<House, 'pool' | 'folder' | 'ring' | 'now' | 'observe'>): Promise<FsckReport | null> {
  const at = house.now()
  const key = `log-verified:${at.toISOString().slice(0, 10)}`
  return alone(house.pool, VERIFYING, async () => {
    if (await alreadyLogged(house.pool, key)) return null
    const report = await fsck(house, { now: at, breathe: breather() })
    if (report.fault !== null) {
      const { table, index, fault } = report.fault
      house.observe.integrityBroken({ code: 'log-altered', target: `${table}:${index.replace('/', '.')}:${fault}` })
    }
    await recordVerified(house, report, key, at, null)
    return report
  })
}
