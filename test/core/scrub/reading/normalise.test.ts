import { expect } from 'chai'
import { normalise } from '../../../../gateway/core/scrub/reading/normalise.ts'
import { scrub, scrubbed } from '../../../support/scrubbed.ts'

const FOLDED: readonly (readonly [trick: string, text: string, folded: string])[] = [
  ['zero-width characters', 'Samp\u200ble\u200dton\ufeff', 'Sampleton'],
  ['soft hyphens', 'Samp\u00adleton', 'Sampleton'],
  ['directional marks', '\u202eSampleton\u202c', 'Sampleton'],
  ['full-width forms', 'Ｓａｍｐｌｅｔｏｎ １２／０３／２０２１', 'Sampleton 12/03/2021'],
  ['Cyrillic and Greek look-alikes', 'Ѕаmрlеtоn Αnnα', 'Sampleton Anna'],
  ['combining marks (NFD)', 'Sample\u0301ton', 'Sampleton'],
  ['composed letters (NFC)', 'Sámplétøn', 'Sampleton'],
  ['mathematical letters', '𝐒𝐚𝐦𝐩𝐥𝐞𝐭𝐨𝐧', 'Sampleton'],
  ['ligatures', 'ﬁctitia', 'fictitia'],
  ['typographic apostrophes and dashes', 'O’Sample–ton', "O'Sample-ton"],
  ['digits of other scripts', '٣/٤/٢٠٢١', '3/4/2021'],
  ['words cut at the end of a line', 'Sam-\npleton and 555-\n0100', 'Sampleton and 555-0100']
]

describe('core/scrub/normalise', () => {
  for (const [trick, text, folded] of FOLDED) it(`folds ${trick}`, () => expect(normalise(text).text).to.equal(folded))

  it('keeps plain ASCII as it is, without a table of offsets', () => {
    expect(normalise('Plain text - of\na note')).to.deep.equal({ text: 'Plain text - of\na note', at: null })
  })

  it('tells for each folded unit where it stood', () => {
    const { text, at } = normalise('a\u200bﬁb')
    expect(text).to.equal('afib')
    expect([...(at ?? [])]).to.deep.equal([0, 2, 2, 3, 4])
  })

  it('masks a character wholly that folds into several', () => {
    expect(scrubbed('room 4½ and ﬁ@example.org')).to.match(/ and \[EMAIL\]$/)
  })

  it('takes the invisible characters inside an identifier away with it', () => {
    const text = 'Seen by Dr. Samp\u200ble\u00adton on Fe\u200bb 3rd, 2\u00ad021 at home'
    expect(scrubbed(text)).to.equal('Seen by [NAME] on [DATE] at home')
    expect(scrub(text).findings.map(({ start, end }) => text.slice(start, end))).to.deep.equal([
      'Dr. Samp\u200ble\u00adton',
      'Fe\u200bb 3rd, 2\u00ad021'
    ])
  })
})
