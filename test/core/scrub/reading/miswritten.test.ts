import { expect } from 'chai'
import { knownOf } from '../../../../gateway/core/scrub/known/known-of.ts'
import { normalise } from '../../../../gateway/core/scrub/reading/normalise.ts'
import { scrub, scrubbed } from '../../../support/scrubbed.ts'

const KNOWN = knownOf([{ resourceType: 'Patient', name: [{ family: 'Muñizard', given: ['Xiolenda'] }, { family: "O'Bryxen" }] }])

const MEANT: readonly (readonly [how: string, text: string, folded: string])[] = [
  ['a named reference', 'Mu&ntilde;izard', 'Munizard'],
  ['a decimal one', 'O&#39;Bryxen O&#039;Bryxen', "O'Bryxen O'Bryxen"],
  ['a hexadecimal one', '&#x58;iolenda &#X58;iolenda', 'Xiolenda Xiolenda'],
  ['one without its semicolon, as browsers read it', 'Mu&#241izard Mu&ntildeizard', 'Munizard Munizard'],
  ['one that was escaped again', 'Mu&amp;ntilde;izard Mu&amp;amp;#241;izard Mu&#38;ntilde;izard', 'Munizard Munizard Munizard'],
  ['a letter that Latin-1 lacks', '&Lstrok;uxley &Scaron;uxley', 'Luxley Suxley'],
  ['an apostrophe by its name or its windows-1252 number', 'O&rsquo;Bryxen O&apos;Bryxen O&#146;Bryxen', "O'Bryxen O'Bryxen O'Bryxen"],
  ['a blank that is none, and nothing', 'Xiolenda&nbsp;Mu&ntilde;i&shy;z&#8203;ard', 'Xiolenda Munizard'],
  ['UTF-8 read as Latin-1', 'MuÃ±izard', 'Munizard'],
  ['UTF-8 read as windows-1252', 'Oâ€™Bryxen Å Å½', "O'Bryxen Å Z"],
  ['UTF-8 read wrong twice', 'MuÃƒÂ±izard', 'Munizard'],
  ['UTF-8 read wrong, and escaped', 'Mu&Atilde;&plusmn;izard', 'Munizard'],
  ['a blank of no width by its name', 'Xio&ZeroWidthSpace;len&NoBreak;da', 'Xiolenda'],
  ['bytes of a URL (RFC 3986 §2.1)', 'Mu%C3%B1izard %e2%80%99', "Munizard '"],
  ['bytes of quoted-printable (RFC 2045 §6.7)', 'Mu=C3=B1izard', 'Munizard'],
  ['characters that JSON or JavaScript escaped', 'Mu\\u00f1izard Mu\\xF1izard', 'Munizard Munizard'],
  ['characters that RTF escaped', "Mu\\'f1izard O\\'92Bryxen", "Munizard O'Bryxen"],
  ['line ends and tabs that were escaped', 'Xiolenda\\nBryxen\\r\\n\\tLuxley', 'Xiolenda\nBryxen\n\n\tLuxley'],
  ['line ends of HL7 v2', 'Xiolenda\\.br\\Bryxen', 'Xiolenda\nBryxen']
]
const ITSELF = [
  'R&D at AT&T; Q&A',
  '&unknown; &; &#; &#x;',
  '&#0; &#xd800; &#99999999;',
  'a & b',
  '&amp',
  '&',
  '98% c3',
  'x=c3=y',
  '%C3 %C3%28 %c0%af %f5%80%80%80',
  'pt\\refused \\u00 \\u0000 \\ud800 \\',
  'and\\or'
]

describe('core/scrub/miswritten', () => {
  for (const [how, text, folded] of MEANT)
    it(`reads ${how}`, () => expect(normalise(text).text).to.equal(folded.normalize('NFKD').replace(/\p{M}/gu, '')))

  for (const text of ITSELF) it(`leaves "${text}" as it is`, () => expect(normalise(text).text).to.equal(text))

  it('a capital with an accent before another letter, and a byte that nothing follows, are themselves', () => {
    expect(normalise('NÃO É Ã').text).to.equal('NAO E A')
    expect(normalise('Ã\ud800 \u00f4\u00bf\u00bf\u00bf').text).to.equal('A\ud800 o¿¿¿')
  })

  it('the whole reference goes with the name it is in, of known names and of those of the dictionaries', () => {
    for (const name of [
      'Mu&ntilde;izard',
      'Mu&amp;ntilde;izard',
      'O&#39;Bryxen',
      '&#x58;iolenda',
      'MuÃ±izard',
      'MuÃƒÂ±izard',
      'Xiolend&#97;'
    ])
      expect(scrubbed(`told ${name}, who left`, KNOWN), name).to.equal('told [NAME], who left')
    expect(scrubbed('Seen by Dr. Garc&iacute;a today, and by Dr. GarcÃ\u00ada')).to.equal('Seen by [NAME] today, and by [NAME]')
    expect(scrubbed('on &#51;/14/2021 &amp; after')).to.equal('on [DATE] &amp; after')
  })

  it('offsets are those of the text as it was given', () => {
    const text = 'told Mu&amp;ntilde;izard &lt;today&gt;'
    expect(scrub(text, KNOWN).findings.map(({ start, end }) => text.slice(start, end))).to.deep.equal(['Mu&amp;ntilde;izard'])
  })
})
