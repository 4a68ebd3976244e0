/** What changed among policies and keys since a gateway last started. */
import { expect } from 'chai'
import { changesBetween, type Loaded } from '../../../gateway/core/log/changes.ts'

function agreement(id: string, state: string): Loaded {
  return { what: 'agreement', id, state, about: { source: 'demo-hospital' } }
}

describe('core/log/changes', () => {
  it('nothing changed is no change, whatever the order', () => {
    const rows = [agreement('b', '1'), agreement('a', '2')]
    expect(changesBetween(rows, rows.toReversed())).to.deep.equal([])
  })

  it('added, changed and removed are told with the state before and after; a removed one by what was last known of it', () => {
    const before = [agreement('changed', '1'), agreement('removed', '1')]
    const after = [agreement('added', '1'), agreement('changed', '2')]
    expect(changesBetween(before, after).map(({ change, row, before, after }) => [change, row.id, before, after])).to.deep.equal([
      ['added', 'added', null, '1'],
      ['changed', 'changed', '1', '2'],
      ['removed', 'removed', '1', null]
    ])
  })

  it('a key and a profile of one name are two things', () => {
    const profile: Loaded = { what: 'profile', id: 'a', state: '1', about: {} }
    expect(changesBetween([agreement('a', '1')], [profile]).map(({ change, row }) => [change, row.what])).to.deep.equal([
      ['removed', 'agreement'],
      ['added', 'profile']
    ])
  })
})
