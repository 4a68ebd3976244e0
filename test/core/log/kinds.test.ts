/** The table of kinds, the page about it and the sources: each says what the others say. */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { KINDS, partiesOf } from '../../../gateway/core/log/kinds.ts'
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

  it('who is named as party, source or recipient may read what it says, and nobody else', () => {
    expect(partiesOf({ source: 'b', recipient: 'a', party: 'b', officer: 'c', reason: 'd', count: 1 })).to.deep.equal(['a', 'b'])
    expect(partiesOf({ kind: 'key-changed', party: null })).to.deep.equal([])
  })
})
