/**
 * Entries as they may be shown: each is held against its leaf as it is read. Decides that words which the log does not commit to are never shown as its own;
 * whoever reads is told that there were such, and so is the operator.
 */
import { type AuditEvent, alteredEvent, auditEvent } from '../../core/audit/audit-event.ts'
import { entryFault, expiryBefore, type LogFault } from '../../core/log/fsck.ts'
import type { LoggedRow } from '../../store/audit.ts'
import type { House } from '../house.ts'

/** Told of each row that is not what its leaf makes it. */
export type TellAltered = (fault: LogFault) => void

export function toOperator({ observe }: Pick<House, 'observe'>): TellAltered {
  return ({ table, index, fault }) => observe.integrityBroken({ code: 'log-altered', target: `${table}:${index}:${fault}` })
}

/** Is it what its leaf makes it, by all that can be told without the rest of the tree? What is not is told. */
export function isSound({ index, stored }: LoggedRow, now: Date, tell: TellAltered): boolean {
  const fault = entryFault(stored, BigInt(index), expiryBefore(now))
  if (fault !== null) tell(fault)
  return fault === null
}

/** For those who see every entry: the event, or in its place that the entry was altered. */
export function eventOf(row: LoggedRow, origin: string, now: Date, tell: TellAltered): AuditEvent {
  return isSound(row, now, tell) ? auditEvent(row, origin) : alteredEvent(row, origin)
}
