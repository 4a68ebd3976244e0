/** An accounting whose lines are proved by a log of its own, and whatever else of it a test needs. */
import { randomBytes } from 'node:crypto'
import { type Accounting, type Disclosed, linesOf } from '../../gateway/core/accounting/accounting.ts'
import { type DisclosedSubject, rowBytes, rowLeaf } from '../../gateway/core/accounting/row.ts'
import { proofIn, tileKey, treeOf } from '../../gateway/core/accounting/tiles.ts'
import { canonicalJson, type Json } from '../../gateway/core/digest.ts'
import type { StatementBase } from '../../gateway/core/log/leaf.ts'
import { accountingOf, disclosed } from './accounting.ts'
import { statementOf } from './dataset.ts'
import { TestLog } from './log.ts'

function subjectOf(id: string): DisclosedSubject {
  return { v: 1, patient: { base: '', ids: [id] }, surrogate: id.padEnd(32, '0'), level: 0, records: { Patient: 1, Encounter: 2 } }
}

export interface ProvedAccounting {
  readonly accounting: Accounting
  readonly log: TestLog
}

/** One dataset of five subjects for each of the changes; the patient is the subject at `position` of each. */
export function provedAccounting(changes: readonly Partial<Disclosed>[] = [{}], position = 2): ProvedAccounting {
  const log = new TestLog().grow(7)
  const kept = changes.map((change, n) => {
    const rows = ['a', 'b', 'p1', 'c', 'd'].map((id) => ({ subject: subjectOf(id), row: rowBytes(randomBytes(32), subjectOf(id)) }))
    const { root, tiles } = treeOf(rows.map(({ row }) => rowLeaf(row)))
    const proof = proofIn(new Map(tiles.map((tile) => [tileKey(tile), tile.hashes])), position, rows.length)
    const base = disclosed({ dataset: `00000000-0000-4000-8000-00000000000${n}`, ...change })
    const { dataset, at, mode, purposeOfUse, recipient } = base
    const statement = {
      ...statementOf('c2sp', []),
      dataset,
      at,
      mode,
      purposeOfUse,
      recipient: recipient.id,
      subjects: { released: 5, generalized: 0, suppressed: 0, smallestGroup: 5, k: 3 },
      subjectsRoot: `sha256:${root.toString('hex')}`
    }
    const salt = randomBytes(32)
    log.append(statement as unknown as StatementBase & { readonly [member: string]: Json }, salt)
    return { base, statement, salt, index: 7 + n, own: rows[position], proof: proof?.proof ?? [] }
  })
  log.grow(4)
  const lines = kept.map(({ base, statement, salt, index, own, proof }) => ({
    ...base,
    subject: own?.subject ?? base.subject,
    proof: {
      index,
      receipt: log.receipt(index),
      statement: canonicalJson(statement as unknown as Json),
      salt: salt.toString('base64'),
      row: (own?.row ?? Buffer.of()).toString('base64'),
      position,
      size: 5,
      proof: proof.map((hash) => hash.toString('base64'))
    }
  }))
  const around = accountingOf([])
  const { required, voluntary } = linesOf(lines, { at: around.at, period: around.period, scope: 'all', suspensions: [] })
  return { accounting: { ...around, required, voluntary }, log }
}
