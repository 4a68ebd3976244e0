/** The table of kinds, the page about it and the sources: each says what the others say. */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { type EntryKind, fitsLeaf, KINDS, openKind, partiesOf } from '../../../gateway/core/log/kinds.ts'
import { kindsPage, madeIn } from '../../../scripts/kinds-page.ts'

describe('core/log/kinds', () => {
  it('every kind is made somewhere', () => {
    expect([...madeIn()].filter(([, files]) => files.length === 0).map(([kind]) => kind)).to.deep.equal([])
  })

  it('the page lists the kinds and where they are made (if not: node scripts/kinds-page.ts)', () => {
    expect(readFileSync(new URL('../../../gateway/core/log/README.md', import.meta.url), 'utf8')).to.equal(kindsPage())
  })

  it('each says a sentence', () => {
    for (const { says } of Object.values(KINDS)) expect(says).to.match(/^[A-Z].*\.$/)
  })

  it('who may read what it says: those whom the table names among those the statement names, once each, and of an unknown kind nobody', () => {
    expect(partiesOf({ kind: 'dataset-released', source: 'b', recipient: 'a', party: 'c', officer: 'd' })).to.deep.equal(['a', 'b'])
    expect(partiesOf({ kind: 'file-delivered', source: 'a', recipient: 'a', count: 1 })).to.deep.equal(['a'])
    expect(partiesOf({ kind: 'token-granted', party: null })).to.deep.equal([])
    for (const kind of ['of-the-future', '__proto__', 'toString', 7, null])
      expect(partiesOf({ kind, source: 'b', recipient: 'a', party: 'c' })).to.deep.equal([])
  })

  it('a recipient reads of what left and of its own requests: not what officers write, nor of a dataset that was held, refused or not yet released', () => {
    const read = (Object.keys(KINDS) as EntryKind[]).filter((kind) =>
      partiesOf({ kind, source: 's', recipient: 'r', party: 's' }).includes('r')
    )
    expect(read).to.deep.equal([
      'dataset-released',
      'deletions-named',
      'dataset-expired',
      'export-permitted',
      'file-delivered',
      'dataset-acknowledged',
      'policy-changed',
      'agreement-proposed',
      'agreement-approved',
      'agreement-rejected',
      'agreement-activated',
      'agreement-suspended',
      'agreement-resumed',
      'agreement-attestation-due',
      'agreement-reattested',
      'agreement-revoked',
      'agreement-expired',
      'dispute-opened',
      'dispute-statement',
      'dispute-replayed',
      'dispute-closed'
    ])
  })

  it('each says why they may read it', () => {
    for (const [kind, { why }] of Object.entries(KINDS)) expect(why, kind).to.match(/^[A-Z4].*\.$/)
  })

  it('leaves are open: of what officers do they tell that it was done, not what (45 CFR 164.528(a)(2): no tip-off)', () => {
    const hidden = (Object.keys(KINDS) as EntryKind[]).filter((kind) => openKind(kind) !== kind)
    expect(hidden).to.include.members(['accounting-suspended', 'accounting-resumed', 'hold-placed', 'hold-lifted', 'incident-opened'])
    expect(hidden, 'an act of law must not stand out').to.include.members(['register-read', 'hold-released', 'accounting-made'])
    for (const kind of hidden)
      expect([openKind(kind), fitsLeaf('officer-act', kind), fitsLeaf('log-read', kind)]).to.deep.equal(['officer-act', true, false])
    expect([fitsLeaf('officer-act', 'file-delivered'), fitsLeaf('file-delivered', 'file-delivered')]).to.deep.equal([false, true])
  })
  it('nor what is for the source alone: a recipient that may not read it does not learn it by kind and moment from the open log', () => {
    const open = (Object.keys(KINDS) as EntryKind[]).filter((kind) => openKind(kind) === kind)
    const forSource = open.filter((kind) => {
      const readers: readonly string[] = KINDS[kind].readers
      return readers.includes('source') && !readers.includes('recipient')
    })
    expect(forSource).to.deep.equal([])
    for (const kind of ['dataset-withdrawn', 'deletions-named', 'consent-changed', 'subject-forgotten', 'dataset-held', 'hold-placed'])
      expect(open, kind).to.not.include(kind)
  })
})
