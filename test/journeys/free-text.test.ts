/**
 * Notes under an expert's certificate, whole: a hospital sends them as text, XHTML, RTF, C-CDA and PDF, an insurer opens the dataset. What identifies is gone
 * in every form, what is clinical stays, days in texts move with those of the record (45 CFR 164.514(b)(1)). Then the same with a recogniser of the
 * hospital's own beside the scrubber: what it finds goes, too, and a text it does not answer is removed while the release goes on.
 */
import { readFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { certifiedOften, EXPERT, OFTEN, OTHERS } from '../support/expert.ts'
import { makeSite, type Process, type Site, startProcess } from '../support/gateway.ts'
import { faultsOf, filesThatHold, officer, query, useGateway } from '../support/house.ts'
import { miscounted, Party } from '../support/journey.ts'
import { useDatabase } from '../support/postgres.ts'
import { receiver } from '../support/receive.ts'

const DAY = 86_400_000
const PATIENTS = 6
const FAMILIES = ['Examplar', 'Samplewick', 'Testerholm', 'Mockwell', 'Invendale', 'Fictorino']

/** What happened to patient `n`, in words. */
const told = (n: number): string =>
  `Johnathan ${FAMILIES[n]} (MRN 5551234${n}) was seen on 3/1${n}/2021 and on March 2${n}, 2021 by Dr. Wexmoor Quillfeather with pneumonia; metformin 500 mg twice daily. Call 617-555-014${n}.`

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const DOCUMENTS: readonly (readonly [form: string, contentType: string, content: (text: string, n: number) => string])[] = [
  ['plain', 'text/plain', (text) => text],
  [
    'xhtml',
    'application/xhtml+xml',
    (text, n) =>
      `<html xmlns="http://www.w3.org/1999/xhtml"><body><p title="${FAMILIES[n]}">${text.replace('Johnathan', '<b>Johna</b>than')}</p><script>var x = '${FAMILIES[n]}'</script></body></html>`
  ],
  ['rtf', 'text/rtf', (text, n) => `{\\rtf1\\ansi{\\info{\\author ${FAMILIES[n]}}}${text.replace('Johnathan', "Joh\\'6eathan")}\\par}`],
  [
    'cda',
    'application/cda+xml',
    (text, n) =>
      `<ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole><patient><name><family>${FAMILIES[n]}</family></name></patient></patientRole></recordTarget><component><structuredBody><component><section><title>Course</title><text>${text}</text></section></component></structuredBody></component></ClinicalDocument>`
  ],
  ['pdf', 'application/pdf', (text) => `%PDF-1.4 ${text}`]
]

/** Patients alike in every trait, so that the risk gate leaves what notes tell as it is. */
function records(n: number): Resource[] {
  const subject = { reference: `Patient/p${n}` }
  const code = { coding: [{ system: 'http://snomed.info/sct', code: '233604007' }] }
  const type = { coding: [{ system: 'http://loinc.org', code: '11506-3' }] }
  return [
    {
      resourceType: 'Patient',
      id: `p${n}`,
      gender: 'female',
      birthDate: '1960-12-31',
      name: [{ family: FAMILIES[n], given: ['Johnathan'] }],
      identifier: [{ value: `5551234${n}` }]
    },
    {
      resourceType: 'Condition',
      id: `c${n}`,
      clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }] },
      code,
      subject,
      recordedDate: `2021-03-1${n}`,
      asserter: { display: 'Dr. Wexmoor Quillfeather' },
      note: [{ text: told(n), authorString: 'Wexmoor Quillfeather', time: `2021-03-1${n}T10:00:00Z` }]
    },
    { resourceType: 'DiagnosticReport', id: `r${n}`, status: 'final', code: type, subject, conclusion: told(n) },
    ...DOCUMENTS.map(([form, contentType, content]) => ({
      resourceType: 'DocumentReference',
      id: `${form}${n}`,
      status: 'current',
      type,
      subject,
      content: [
        { attachment: { contentType, data: base64(content(told(n), n)), title: FAMILIES[n], url: `https://example.org/${FAMILIES[n]}` } }
      ]
    }))
  ] as unknown as Resource[] // valid R4, written out
}

const PER_PATIENT = 3 + DOCUMENTS.length
const SENT = Array.from({ length: PATIENTS }, (_, n) => records(n)).flat()
const LINES = SENT.map((record) => `${JSON.stringify(record)}\n`).join('')
/** What may stand nowhere in what leaves, whoever's text it is in. */
const IDENTIFYING = /examplar|samplewick|testerholm|mockwell|invendale|fictorino|johnathan|quillfeather|5551234|617-555-014/i

type Entity = { readonly [name: string]: unknown }

interface Opened {
  readonly records: readonly Entity[]
  /** of the documents whose content leaves */
  readonly documents: readonly { readonly contentType: string; readonly text: string; readonly attachment: Entity }[]
  /** every note, conclusion and document */
  readonly texts: readonly string[]
}

async function opened(gateway: Process, site: Site): Promise<Opened> {
  const insurer = receiver(gateway, site, 'demo-analytics', EXPERT)
  const before = new Set(safe(() => insurer.opened()))
  const ran = await insurer.run('--json')
  expect(ran.code, ran.err).to.equal(0)
  const [dataset = ''] = insurer.opened().filter((name) => !before.has(name))
  const all = ['Patient', 'Condition', 'DiagnosticReport', 'DocumentReference'].flatMap((type) =>
    readFileSync(join(insurer.out, dataset, `${type}.ndjson`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Entity)
  )
  const documents = all.flatMap((record) =>
    listOf(record['content']).flatMap((content) => {
      const attachment = content['attachment'] as Entity
      const { contentType, data } = attachment
      if (typeof data !== 'string') return []
      return [{ contentType: String(contentType), text: Buffer.from(data, 'base64').toString('utf8'), attachment }]
    })
  )
  const notes = all.flatMap((record) => [...listOf(record['note']).map((note) => note['text']), record['conclusion']])
  const texts = [...notes.filter((text) => typeof text === 'string'), ...documents.map(({ text }) => text)]
  return { records: all, documents, texts }
}

function safe(list: () => string[]): string[] {
  try {
    return list()
  } catch {
    return []
  }
}

function listOf(value: unknown): readonly Entity[] {
  return Array.isArray(value) ? (value as Entity[]) : [] // JSON of records that were validated
}

describe('free text: notes and documents of every form', function () {
  this.timeout(120_000)
  const house = useGateway({ ...OTHERS, [EXPERT]: OFTEN }, {}, certifiedOften)

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
      expect(Object.keys(attachment)).to.have.members(['contentType', 'data', 'size', 'hash'])
      expect(attachment['size']).to.equal(Buffer.byteLength(text))
    }
    for (const condition of all.filter((record) => record['resourceType'] === 'Condition')) expectMoved(condition)

    const told = JSON.parse((await officer(site, ['dataset', 'list', '--json'])).out) as { refusedTexts: unknown }[]
    expect(told.map(({ refusedTexts }) => refusedTexts)).to.deep.equal([{ 'DocumentReference.content.attachment pdf': PATIENTS }])
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

type Answer = (texts: readonly string[], response: ServerResponse) => void

/** What a model of the hospital might find that no rule does: here the drug. */
const good: Answer = (texts, response) => {
  const answers = texts.map((text) => [...text.matchAll(/metformin/g)].map(({ index }) => ({ start: index, end: index + 9, class: 'ID' })))
  response.end(JSON.stringify({ answers }))
}

describe('free text: a recogniser of the hospital beside the scrubber', function () {
  this.timeout(180_000)
  const database = useDatabase()
  const kept: { server: Server | null; site: Site | null; gateway: Process | null; answer: Answer } = {
    server: null,
    site: null,
    gateway: null,
    answer: good
  }
  const asked: string[] = []
  const tokens = new Set<string>()

  before(async () => {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        tokens.add(request.headers.authorization ?? '')
        const { texts } = JSON.parse(Buffer.concat(chunks).toString()) as { texts: string[] }
        asked.push(...texts)
        kept.answer(texts, response)
      })
    })
    kept.server = server
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const env = {
      SALLYPORT_RECOGNISER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      SALLYPORT_RECOGNISER_TOKEN: 'a-token',
      SALLYPORT_RECOGNISER_SECONDS: '1',
      SALLYPORT_RECOGNISER_TOTAL_SECONDS: '2'
    }
    kept.site = certifiedOften(makeSite(database(), { ...OTHERS, [EXPERT]: OFTEN }, env))
    kept.gateway = await startProcess(kept.site)
  })
  after(async () => {
    await kept.gateway?.stop()
    kept.site?.remove()
    kept.server?.closeAllConnections()
    kept.server?.close()
  })

  /** A release of the same feed while the recogniser answers so. */
  async function releasedWith(answer: Answer): Promise<Opened & { readonly refused: Readonly<Record<string, number>> }> {
    const { site, gateway } = kept
    if (site === null || gateway === null) throw new Error('there is no gateway')
    kept.answer = answer
    const hospital = new Party(gateway, site, 'demo-hospital')
    const sent = await hospital.send({ 'data.ndjson': LINES })
    const ended = await hospital.ended(sent)
    expect(miscounted(ended)).to.deep.equal([])
    expect(ended.agreements.map(({ state, released }) => [state, released])).to.deep.equal([['ready', PATIENTS * PER_PATIENT]])
    const [row] = await query<{ refused: Record<string, number> }>(
      database().url,
      "SELECT gate->'refusedTexts' AS refused FROM disclosure ORDER BY created_at DESC LIMIT 1"
    )
    return { ...(await opened(gateway, site)), refused: row?.refused ?? {} }
  }

  it('what it finds is covered, too, in every form; it is asked about the text a reader sees', async () => {
    const { texts, records: all } = await releasedWith(good)
    expect(texts).to.have.length(PATIENTS * (2 + DOCUMENTS.length - 1))
    for (const text of texts) {
      expect(text).not.to.match(IDENTIFYING)
      expect(text).not.to.contain('metformin')
      expect(text).to.match(/with pneumonia; [a-z]{9} 500 mg twice daily/)
    }
    expect(JSON.stringify(all)).not.to.match(IDENTIFYING)
    expect(asked.filter((text) => text.includes('Johnathan Examplar')).length).to.be.at.least(1)
    expect(asked.some((text) => text.includes('<b>') || text.includes('\\rtf') || text.includes('%PDF'))).to.equal(false)
    expect([...tokens]).to.deep.equal(['Bearer a-token'])
    expect(kept.gateway?.log()).not.to.match(IDENTIFYING)
  })

  const failures: readonly (readonly [string, Answer])[] = [
    ['says nothing', () => undefined],
    ['answers garbage', (_texts, response) => response.end('{"answers":[[{"start":0,"end":1e9,"class":"NAME"}]]}')],
    ['closes the connection', (_texts, response) => response.destroy()]
  ]
  for (const [says, answer] of failures)
    it(`one that ${says}: no text leaves, everything else does`, async () => {
      const { texts, records: all, refused } = await releasedWith(answer)
      expect(texts).to.deep.equal([])
      expect(all).to.have.length(PATIENTS * PER_PATIENT)
      expect(refused).to.deep.equal({
        'Condition.note.text unanswered': PATIENTS,
        'DiagnosticReport.conclusion unanswered': PATIENTS,
        'DocumentReference.content.attachment unanswered': PATIENTS * (DOCUMENTS.length - 1),
        'DocumentReference.content.attachment pdf': PATIENTS
      })
      expect(kept.gateway?.log()).not.to.match(IDENTIFYING)
    })
})
