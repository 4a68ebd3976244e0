import { expect } from 'chai'
import fc from 'fast-check'
import { Parser } from 'htmlparser2'
import { scrubNarrative } from '../../../../gateway/core/scrub/attachments/xhtml.ts'
import { attached, attachedText, KNOWN } from '../../../support/attached.ts'
import { scrub } from '../../../support/scrubbed.ts'

const DIV = '<div xmlns="http://www.w3.org/1999/xhtml">'

function narrative(inner: string): string {
  const made = scrubNarrative(inner, (text) => scrub(text, KNOWN))
  return typeof made === 'string' ? made : made.text
}

function inDiv(inner: string): string {
  return narrative(`<div>${inner}</div>`).slice(DIV.length, -'</div>'.length)
}

/** Well-formed as XML has it: every end tag is that of the last element open. */
function isWellFormed(xml: string): boolean {
  const open: string[] = []
  for (const [, end, name = '', self] of xml.matchAll(/<(\/?)([A-Za-z]\w*)[^<>]*?(\/?)>/g)) {
    if (end === '/') {
      if (open.pop() !== name) return false
    } else if (self === '') open.push(name)
  }
  const text = xml.replace(/<\/?[A-Za-z][^<>]*>/g, '')
  return open.length === 0 && !/[<>]|&(?!(?:amp|lt|gt|quot);)/.test(text)
}

describe('core/scrub/attachments/xhtml', () => {
  for (const [says, given, left] of [
    ['a name across tags', '<p><b>Johna</b>than was seen</p>', '<p><b>[NAME]</b> was seen</p>'],
    ['a name across a comment', 'Johna<!-- x -->than', '[NAME]'],
    ['a name across a tag that is dropped', 'Johna<a href="x">than</a> slept', '[NAME] slept'],
    ['a name within what a reader does not see', 'Johna<span style="display: none">x</span>than', '[NAME]'],
    ['character references', '&#74;ohna&#x74;han &amp; co', '[NAME] &amp; co'],
    ['references that the text itself spells', '&amp;lt;b&amp;gt;', '&amp;lt;b&amp;gt;'],
    ['a name in CDATA', 'Johna<![CDATA[than]]>', '[NAME]'],
    ['a name over a line end of the source', '<p>Johnathan\n   Examplar</p>', '<p>[NAME]</p>'],
    ['zero-width characters', 'Johna&#8203;than', '[NAME]'],
    ['attributes', '<p class="Johnathan" id="x" title="Johnathan" onclick="x">slept</p>', '<p>slept</p>'],
    ['spans of tables', '<table><tr><td colspan="2" width="1">a</td></tr></table>', '<table><tr><td colspan="2">a</td></tr></table>'],
    ['a span that is a number', '<table><tr><td colspan="55512345">a</td></tr></table>', '<table><tr><td>a</td></tr></table>'],
    ['scripts, styles and pictures', 'a<script>Johnathan</script><style>b{}</style><img alt="Johnathan"/>b', 'ab'],
    ['elements that are not known', '<johnathan>slept</johnathan>', 'slept'],
    ['small letters are seen', '<span style="font-size:0.8em">Not allergic</span>', '<span>Not allergic</span>'],
    ['letters of no size are not', 'a<span style="font-size: 0.0px">b</span><span style="font-size:0">c</span>', 'a'],
    ['boxes', '<input type="checkbox" checked> DNR <input type="CHECKBOX"> full code', '[x]  DNR [ ]  full code'],
    ['what was chosen', 'Allergy: <select><option>Yes<option selected>No</select>', 'Allergy: No '],
    ['what was written', '<input value="Johnathan"><textarea>slept</textarea><input type="hidden" value="x">', '[NAME] slept'],
    [
      'what was taken back stays struck',
      'No <del>penicillin</del> <b style="text-decoration:line-through">5</b> 50',
      'No <s>penicillin</s> <s>5</s> 50'
    ],
    [
      'a cell that is struck',
      '<table><tr><td style="text-decoration: line-through">5</td></tr></table>',
      '<table><tr><td><s>5</s></td></tr></table>'
    ],
    ['what is not closed', '<p><b>slept', '<p><b>slept</b></p>']
  ] as const)
    it(`${says}: ${JSON.stringify(given)}`, () => {
      expect(inDiv(given)).to.equal(left)
    })

  it('R4 Narrative.div: one div of the XHTML namespace around all, not one more each time', () => {
    const once = narrative('\n<div xmlns="http://www.w3.org/1999/xhtml"><p>slept</p></div>\n')
    expect(once).to.equal(`${DIV}<p>slept</p></div>`)
    expect(narrative(once)).to.equal(once)
    expect(narrative('<div>a</div><div>b</div>')).to.equal(`${DIV}<div>a</div><div>b</div></div>`)
    expect(narrative('a</div>b')).to.equal(`${DIV}ab</div>`)
    expect(narrative('')).to.equal(`${DIV}</div>`)
  })

  it('names in neighbouring cells and lines are found apart', () => {
    const table = '<table><tr><td>Name</td><td>Johnathan</td></tr><tr><td>slept</td></tr></table>'
    expect(inDiv(table)).to.equal(table.replace('Johnathan', '[NAME]'))
  })

  it('a document keeps its media type and loses its head', () => {
    const made = attached('text/html', '<html><head><title>Johnathan</title></head><body onload="x"><p>slept<br></p></body></html>')
    expect(made).to.have.property('contentType', 'text/html; charset=utf-8')
    expect(
      attachedText('application/xhtml+xml', '<html><head><title>Johnathan</title></head><body><p>slept<br/></p></body></html>')
    ).to.equal('<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Document</title></head><body><p>slept<br/></p></body></html>')
  })

  it('refuses entities that a document declares (an entity bomb), and never expands one', () => {
    const bomb = '<!DOCTYPE x [<!ENTITY a "Johna"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><html>&b;</html>'
    expect(attached('application/xhtml+xml', bomb)).to.equal('entities')
    expect(attachedText('text/html', '<!ENTITY a "Johna"><p>&a;than</p>')).to.contain('<body><p>&amp;a;than</p></body>')
  })

  it('refuses what is nested too deep, in linear time', () => {
    expect(attached('text/html', '<b>'.repeat(1_000_000))).to.equal('too-complex')
    expect(attached('text/html', '<b></b>'.repeat(600_000))).to.equal('too-complex')
  })

  for (const unit of ['<', '<a ', '&', '&#', '<!--', '<![CDATA[', '</b>', '<p>a', 'a="', '<a b="', '<script>', '\u200b', ']]>', '<br>'])
    it(`a megabyte of ${unit} takes linear time`, function () {
      this.timeout(20_000)
      expect(isWellFormed(narrative(unit.repeat((1 << 20) / unit.length)))).to.equal(true)
    })

  it('whatever comes in: never throws, is well-formed, and no name is left', () => {
    const units = [
      '<b>',
      '</b>',
      '<div>',
      '</div>',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '&lt;',
      '&#60;',
      '<p',
      '>',
      '"',
      "'",
      '=',
      ' Johnathan ',
      '<td>',
      '<x/>',
      '&',
      '\ud800',
      '<script>',
      '</script>',
      ' ',
      '\u0001'
    ]
    const texts = fc.array(fc.constantFrom(...units), { maxLength: 30 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(texts, (text) => {
        const made = narrative(text)
        expect(isWellFormed(made), made).to.equal(true)
        const pieces: string[] = []
        const parser = new Parser({ ontext: (piece) => pieces.push(piece) }, { xmlMode: true })
        parser.end(made)
        expect(pieces.join('')).not.to.contain('Johnathan')
      }),
      { numRuns: 2000 }
    )
  })
})
