import { expect } from 'chai'
import { createFoundTexts } from '../../../gateway/core/deidentify/found-texts.ts'
import type { Finding } from '../../../gateway/core/scrub/span.ts'

const FOUND: Finding = { start: 0, end: 4, class: 'NAME', rule: 'known-name', replacement: '[NAME]' }
const scrubText = (text: string) => (text === 'unanswered' ? null : { text, findings: text === 'Name' ? [FOUND] : [] })

describe('core/deidentify/found-texts', () => {
  it('of each path of a record texts are counted from nought, those without findings too; a new record begins anew', () => {
    const found = createFoundTexts()
    for (const index of [3, 5]) {
      found.begin(index)
      for (const [path, text] of [
        ['A.b', 'none'],
        ['A.b', 'Name'],
        ['A.c', 'Name']
      ] as const) {
        const one = found.listen(path, scrubText)
        one.scrubText(text)
        one.keep()
      }
    }
    expect(found.all.map(({ index, path, text }) => `${index} ${path} ${text}`)).to.deep.equal(['3 A.b 1', '3 A.c 0', '5 A.b 1', '5 A.c 0'])
  })

  it('of a record that is withheld, a value that is refused and a text without an answer nothing is told', () => {
    const found = createFoundTexts()
    found.begin(0)
    found.listen('A.b', scrubText).scrubText('Name')
    const unanswered = found.listen('A.b', scrubText)
    expect(unanswered.scrubText('unanswered')).to.equal(null)
    unanswered.keep()
    const one = found.listen('A.b', scrubText)
    one.scrubText('Name')
    one.keep()
    found.drop()
    expect(found.all).to.deep.equal([])
  })
})
