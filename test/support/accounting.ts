/** Lines of an accounting, as tests of its forms need them. */
import type { Accounting, Disclosed } from '../../gateway/core/accounting/accounting.ts'
import { ACCOUNTING, linesOf, periodOf, type Suspension } from '../../gateway/core/accounting/accounting.ts'

export const AT = '2026-06-15T10:00:00.000Z'

export function disclosed(changes: Partial<Disclosed> = {}): Disclosed {
  return {
    dataset: '11111111-2222-4333-8444-555555555555',
    at: '2026-03-01T12:00:00.000Z',
    fetched: '2026-03-02T08:00:00.000Z',
    recipient: { id: 'demo-insurer', name: 'Demo Insurer', address: '2 Example Street, Sampletown' },
    mode: 'safe-harbor',
    purposeOfUse: 'HOUTCOMS',
    basis: 'Demo Agreement 1',
    subject: { v: 1, patient: { base: '', ids: ['p1'] }, surrogate: 'f'.repeat(32), level: 0, records: { Patient: 1, Encounter: 2 } },
    incident: null,
    proof: { index: 4, receipt: 'receipt', statement: '{}', salt: 'c2FsdA==', row: 'cm93', position: 2, size: 9, proof: [] },
    ...changes
  }
}

export function accountingOf(
  all: readonly Disclosed[],
  scope: Accounting['scope'] = 'all',
  suspensions: readonly Suspension[] = []
): Accounting {
  const period = periodOf({ from: null, to: null, received: AT.slice(0, 10), at: AT })
  const { required, voluntary } = linesOf(all, { at: AT, period, scope, suspensions })
  const source = { id: 'demo-hospital', name: 'Demo Hospital', address: '1 Example Street, Sampletown' }
  return { accounting: ACCOUNTING, at: AT, source, patient: ['Patient/p1'], period, scope, required, voluntary, expired: null }
}
