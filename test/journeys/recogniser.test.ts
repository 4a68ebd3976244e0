/**
 * A recogniser of the hospital's own beside the scrubber, in a real release: what it finds goes, too, in every form of document; a text it does not answer, or
 * not right, or not in time, is removed, and the release goes on.
 */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { certifiedOften, EXPERT, OFTEN, OTHERS } from '../support/expert.ts'
import { makeSite, type Process, type Site, startProcess } from '../support/gateway.ts'
import { query } from '../support/house.ts'
import { miscounted, Party } from '../support/journey.ts'
import { DOCUMENTS, IDENTIFYING, LINES, type Opened, opened, PATIENTS, PER_PATIENT } from '../support/notes.ts'
import { useDatabase } from '../support/postgres.ts'

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
      expect(text).to.match(/with pneumonia; \[[A-Z]+\] 500 mg twice daily/)
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
