/** An accounting as text, PDF and FHIR. */
import { expect } from 'chai'
import { periodOf } from '../../../gateway/core/accounting/accounting.ts'
import { documentOf, textOf } from '../../../gateway/core/accounting/document.ts'
import { bundleOf } from '../../../gateway/core/accounting/fhir.ts'
import { pdfOf, shownIn } from '../../../gateway/core/accounting/pdf.ts'
import { validateResource } from '../../../gateway/generated/fhir-validate.js'
import { AT, accountingOf, disclosed } from '../../support/accounting.ts'

const INCIDENT = '2026-05-01T00:00:00.000Z'
const ATTACHED = Buffer.from('{"attached":true}')

function pdf(texts: readonly string[]): string {
  const blocks = texts.map((text) => ({ style: 'text' as const, text }))
  return pdfOf(blocks, { title: 'Accounting (of disclosures)', at: AT, attachment: { name: 'a.json', bytes: ATTACHED } }).toString('latin1')
}

/** The strings that a PDF shows, as WinAnsi bytes in Latin-1. */
function shown(file: string): string[] {
  return [...file.matchAll(/\(((?:[^\\()]|\\[0-7]{3})*)\) Tj/g)].map(([, text = '']) =>
    text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
  )
}

describe('core/accounting/document', () => {
  it('164.528(b)(2): date, recipient and address, what, and purpose of each; the rule and the proof beside them', () => {
    const text = textOf(documentOf(accountingOf([disclosed({ mode: 'identified', purposeOfUse: 'PUBHLTH' })])))
    for (const words of [
      'March 1, 2026',
      'Demo Insurer, 2 Example Street',
      '3 records (2 Encounter, 1 Patient)',
      'public health',
      'entry 4 of the log, row 3 of 9'
    ])
      expect(text.replace(/\s+/g, ' ')).to.contain(words)
  })

  it('what the law does not ask for is labelled as voluntary, and an accounting without a disclosure says so', () => {
    expect(textOf(documentOf(accountingOf([disclosed()])))).to.contain('Told voluntarily: the law does not ask for this')
    const none = textOf(documentOf(accountingOf([disclosed()], 'required')))
    expect(none).to.contain('there was no disclosure that must be listed')
    expect(none).not.to.contain('Demo Insurer')
  })

  it('the period is printed with its last day, which is in it', () => {
    const asked = { from: null, received: '2026-06-15', at: AT }
    for (const [to, last] of [
      ['2026-03-31', 'March 31, 2026'],
      [null, 'June 15, 2026']
    ] as const)
      expect(textOf(documentOf({ ...accountingOf([]), period: periodOf({ ...asked, to }) }))).to.contain(`June 15, 2020 to ${last}\n`)
  })

  it('a suspension leaves no trace in the document', () => {
    const suspended = [{ recipient: 'demo-insurer', first: '2026-06-01', last: '2026-06-30' }]
    expect(textOf(documentOf(accountingOf([disclosed()], 'all', suspended)))).to.equal(textOf(documentOf(accountingOf([], 'all'))))
  })

  it('no line is longer than a page is wide, whatever stands in it', () => {
    const long = disclosed({ recipient: { id: 'x', name: 'x'.repeat(5000), address: 'y z '.repeat(500) } })
    const lines = textOf(documentOf(accountingOf([long]))).split('\n')
    expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(88)
    expect(lines.join('').replaceAll(' ', '')).to.contain('x'.repeat(5000))
  })
})

describe('core/accounting/pdf', () => {
  it('every object stands where the table of the file says, and the stream is as long as it says', () => {
    const file = pdf(['one', 'two'])
    const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(file)?.[1])
    const table = file.slice(start)
    expect(table).to.match(/^xref\n0 \d+\n0000000000 65535 f \n/)
    const places = [...table.matchAll(/(\d{10}) 00000 n /g)].map(([, place]) => Number(place))
    for (const [n, place] of places.entries()) expect(file.slice(place, place + 10)).to.contain(`${n + 1} 0 obj`)
    const streams = [...file.matchAll(/\/Length (\d+) >>\nstream\n/g)]
    expect(streams).to.have.length(2)
    for (const { 0: head, 1: length, index } of streams)
      expect(file.slice(index + head.length + Number(length)).startsWith('\nendstream')).to.equal(true)
  })

  it('names outside WinAnsi neither fail nor vanish: they stand by their number, and a line says so', () => {
    expect(shownIn('Zażółć Müller 中 😀')).to.equal('Za[U+017C]ó[U+0142][U+0107] Müller [U+4E2D] [U+1F600]')
    const texts = shown(pdf(['Zażółć Müller', '“€5” – no', 'a\u0000b\ud800c'])).join('\n')
    expect(texts).to.contain('Za[U+017C]').and.to.contain('M\u00fcller').and.to.contain('\u0080').and.to.contain('a[U+0000]b[U+D800]c')
    expect(texts).to.contain('Letters that this form cannot show')
    expect(shown(pdf(['Müller'])).join()).not.to.contain('Letters that this form cannot show')
  })

  it('what looks like PDF in a text is text', () => {
    const hostile = ') Tj ET endstream endobj (\\'
    const file = pdf([hostile])
    expect(shown(file)[0]).to.equal(hostile)
    expect(file.match(/\nendstream/g)).to.have.length(2)
  })

  it('as many pages as it takes, numbered; the same bytes for the same accounting; the JSON is attached', () => {
    const file = pdf(Array.from({ length: 300 }, (_, n) => `line ${n}`))
    const pages = file.match(/\/Type \/Page /g)?.length ?? 0
    expect(pages).to.be.greaterThan(3)
    expect(shown(file)).to.include(`Page ${pages} of ${pages}`).and.to.include('line 299')
    expect(pdf(['x'])).to.equal(pdf(['x']))
    expect(file).to.contain(ATTACHED.toString())
  })
})

describe('core/accounting/fhir', () => {
  it('R4: valid with disclosures of every class, with none, and with names of another server', () => {
    const incident = disclosed({ dataset: '22222222-2222-4333-8444-555555555555', incident: INCIDENT, fetched: null })
    const foreign = disclosed({
      dataset: '33333333-2222-4333-8444-555555555555',
      mode: 'limited-data-set',
      subject: { ...disclosed().subject, patient: { base: 'https://other.example/fhir', ids: ['p1', 'x'] } }
    })
    for (const all of [[], [disclosed()], [disclosed(), incident, foreign]]) {
      const bundle = bundleOf(accountingOf(all))
      expect(validateResource(bundle), JSON.stringify(validateResource.errors)).to.equal(true)
      const events = (bundle['entry'] ?? []) as { resource: unknown }[]
      expect(events.length).to.equal(all.length)
      for (const { resource } of events) expect(validateResource(resource), JSON.stringify(validateResource.errors)).to.equal(true)
    }
  })

  it('each event tells source, recipient, patient and dataset, by which rule, and holds its proof', () => {
    const text = JSON.stringify(bundleOf(accountingOf([disclosed()])))
    for (const words of [
      'demo-hospital',
      'Demo Insurer, 2 Example Street',
      'Patient/p1',
      'urn:uuid:11111111',
      '164.502(d)(2)',
      'voluntary',
      'valueBase64Binary'
    ])
      expect(text).to.contain(words)
  })
})
