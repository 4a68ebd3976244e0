/** The minimum-necessary mask: all, part or none of an element. */
import { expect } from 'chai'
import { elementAllowed } from '../../../gateway/core/minimum-necessary/elements.ts'

const allowed = elementAllowed({ Claim: ['status', 'item.net', 'item.detail.quantity', 'total'], Patient: ['gender'] })

describe('core/minimum-necessary', () => {
  for (const [type, path, expected] of [
    ['Claim', 'total', 'all'],
    ['Claim', 'total.currency', 'all'],
    ['Claim', 'item', 'part'],
    ['Claim', 'item.net', 'all'],
    ['Claim', 'item.net.value', 'all'],
    ['Claim', 'item.detail', 'part'],
    ['Claim', 'item.unitPrice', 'none'],
    ['Claim', 'identifier', 'none'],
    ['Claim', 'id', 'all'],
    ['Claim', 'resourceType', 'all'],
    ['Claim', 'item.id', 'none'],
    ['Patient', 'name', 'none'],
    ['Encounter', 'status', 'none'],
    ['Encounter', 'id', 'none'],
    ['Patient', 'constructor', 'none'],
    ['__proto__', 'id', 'none']
  ] as const) {
    it(`45 CFR 164.502(b): of ${type} ${path}, ${expected} may leave`, () => {
      expect(allowed(type, path)).to.equal(expected)
    })
  }
})
