/**
 * Notes under an expert's certificate, whole: a hospital sends them as text, XHTML, RTF, C-CDA and PDF, an insurer opens the dataset. What identifies is gone
 * in every form, what is clinical stays, and days in texts move with those of the record (45 CFR 164.514(b)(1)).
 */
import { expect } from 'chai'
import { EXPERT, inventingNotes, OFTEN, OTHERS } from '../support/expert.ts'
import { faultsOf, filesThatHold, officer, query, useGateway } from '../support/house.ts'
import { miscounted, Party } from '../support/journey.ts'
import {
  base64,
  DOCUMENTS,
  type Entity,
  FAMILIES,
  IDENTIFYING,
  LINES,
  listOf,
  opened,
  PATIENTS,
  PER_PATIENT,
  SENT,
  told
} from '../support/notes.ts'

const DAY = 86_400_000

describe('free text: notes and documents of every form', function () {
  this.timeout(120_000)
  const house = useGateway({ ...OTHERS, [EXPERT]: OFTEN }, {}, inventingNotes)

  it('identifiers are gone in all of them, clinical words stay, days keep their intervals; a PDF stays in, and officers see how many', async () => {
    const { site, gateway, database } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const ended = await hospital.ended(await hospital.send({ 'data.ndjson': LINES }))
    expect(miscounted(ended)).to.deep.equal([])
    expect(ended.agreements.map(({ state, released }) => [state, released])).to.deep.equal([['ready', PATIENTS * PER_PATIENT]])

    const { records: all, documents, texts } = await opened(gateway, site)
    expect(JSON.stringify(all)).not.to.match(IDENTIFYING)
    expect(texts).to.have.length(PATIENTS * (2 + DOCUMENTS.length - 1))
    for (const text of texts) {
      expect(text).not.to.match(IDENTIFYING)
      expect(text).to.contain('with pneumonia; metformin 500 mg twice daily')
    }
    expect(new Set(documents.map(({ contentType }) => contentType))).to.deep.equal(
      new Set(['text/plain; charset=utf-8', 'application/xhtml+xml; charset=utf-8', 'application/cda+xml; charset=utf-8'])
    )
    for (const { attachment, text } of documents) {
      expect(text).to.contain('[NAME]').and.contain('[DATE]')
      expect(Object.keys(attachment)).to.have.members(['contentType', 'data', 'size', 'hash'])
      expect(attachment['size']).to.equal(Buffer.byteLength(text))
    }
    for (const condition of all.filter((record) => record['resourceType'] === 'Condition')) expectMoved(condition)

    const listed = JSON.parse((await officer(site, ['dataset', 'list', '--json'])).out) as { refusedTexts: unknown }[]
    expect(listed.map(({ refusedTexts }) => refusedTexts)).to.deep.equal([{ 'DocumentReference.content.attachment pdf': PATIENTS }])
    expect(await faultsOf(database)).to.deep.equal([])
    expect(gateway.log()).not.to.match(IDENTIFYING)
    expect(filesThatHold(site.env['SALLYPORT_DATA_DIR'] ?? '', FAMILIES)).to.deep.equal([])
  })

  /** The days of the note are those of the record: moved by the same number, and ten apart as before. */
  function expectMoved(condition: Entity): void {
    const [note] = listOf(condition['note'])
    const [, first = '', second = ''] = /seen on (\d+\/\d+\/\d{4}) and on ([A-Z][a-z]+ \d+, \d{4}) by/.exec(String(note?.['text'])) ?? []
    const recorded = Date.parse(`${String(condition['recordedDate'])}T00:00:00Z`)
    expect(Date.parse(`${first} UTC`), 'the day of the record').to.equal(recorded)
    expect(Date.parse(`${second} UTC`) - recorded, 'ten days later').to.equal(10 * DAY)
    expect(String(note?.['time']).slice(0, 10)).to.equal(condition['recordedDate'])
    expect(note).not.to.have.property('authorString')
  }

  it('what a sender does to a document to smuggle, crash or hold up the gateway: it stays in, and the rest leaves', async () => {
    const { site, gateway, database } = house()
    const hostile: readonly (readonly [string, unknown])[] = [
      ['text/plain', base64(`${'\0'}${told(0)}`)],
      ['text/plain', '!!!'],
      ['text/plain', base64('x'.repeat(1 << 20))],
      ['text/html', base64('<div>'.repeat(100_000))],
      ['text/xml', base64('<!DOCTYPE a [<!ENTITY b "Johnathan">]><ClinicalDocument xmlns="urn:hl7-org:v3">&b;</ClinicalDocument>')],
      ['text/rtf', base64(`{\\rtf1${'{'.repeat(100_000)}`)],
      ['text/plain; charset=utf-7', base64(told(0))],
      ['application/x-johnathan', base64(told(0))],
      ['text/plain', base64(told(0).normalize('NFD').replaceAll('h', 'h\u200b'))]
    ]
    const documents = hostile.map(([contentType, data], n) => ({
      resourceType: 'DocumentReference',
      id: `h${n}`,
      status: 'current',
      subject: { reference: 'Patient/p0' },
      content: [{ attachment: { contentType, data } }]
    }))
    const lines = [...SENT.filter(({ resourceType }) => resourceType === 'Patient'), ...documents].map((record) => JSON.stringify(record))
    const hospital = new Party(gateway, site, 'demo-hospital')
    const sent = await hospital.send({ 'data.ndjson': lines.join('\n') })
    const ended = await hospital.ended(sent)
    expect(miscounted(ended)).to.deep.equal([])
    expect(ended.agreements.map(({ state }) => state)).to.deep.equal(['ready'])
    expect(gateway.log()).not.to.match(IDENTIFYING)
    const [row] = await query<{ refused: Record<string, number> }>(
      database,
      "SELECT gate->'refusedTexts' AS refused FROM disclosure ORDER BY created_at DESC LIMIT 1"
    )
    const reasons = Object.keys(row?.refused ?? {}).map((place) => place.split(' ')[1])
    expect(reasons).to.have.members(['not-text', 'not-base64', 'too-complex', 'entities', 'charset', 'unknown-type'])
  })
})
