import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { scrubAttachment } from '../../gateway/core/scrub/attachments/attachment.ts'
import { placeholders } from '../../gateway/core/scrub/cover/cover.ts'
import { withAnswers } from '../../gateway/core/scrub/outside.ts'
import { createRecogniser } from '../../gateway/intake/recogniser.ts'
import { scrub } from '../support/scrubbed.ts'

type Answer = (texts: readonly string[], response: ServerResponse, request: IncomingMessage) => void

const TEXT = 'Pt known as zzyzx, seen 3/14/2021, slept.'
const SPAN = { start: 12, end: 17, class: 'NAME' }

/** What the model of a hospital might do: it knows one odd name. */
const good: Answer = (texts, response) => {
  const answers = texts.map((text) => [...text.matchAll(/zzyzx/g)].map(({ index }) => ({ start: index, end: index + 5, class: 'NAME' })))
  response.end(JSON.stringify({ answers }))
}
const saying =
  (body: unknown, status = 200): Answer =>
  (_texts, response) => {
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  }

describe('intake/recogniser', () => {
  let server: Server
  let url = ''
  let answer: Answer = good
  const asked: (readonly string[])[] = []

  before((done) => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { texts } = JSON.parse(Buffer.concat(chunks).toString()) as { texts: string[] }
        asked.push(texts)
        answer(texts, response, request)
      })
    }).listen(0, '127.0.0.1', () => {
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      done()
    })
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  beforeEach(() => {
    answer = good
    asked.length = 0
  })

  const recogniser = (timeoutMs = 2000, totalMs = 5000) => createRecogniser({ url, token: 'a-token', timeoutMs, totalMs })
  const recognise = (texts: readonly string[], timeoutMs?: number) => recogniser(timeoutMs)()(texts)
  const left = async (text: string, timeoutMs?: number): Promise<string | null> => {
    const answers = await recognise([text], timeoutMs)
    return withAnswers((each) => scrub(each), answers, placeholders)(text)?.text ?? null
  }

  it('what the scrubber finds and what the recogniser finds is covered', async () => {
    expect(await left(TEXT)).to.equal('Pt known as [NAME], seen [DATE], slept.')
  })

  it('spans that overlap are one; half a character is none', async () => {
    answer = saying({ answers: [[{ start: 12, end: 30, class: 'ID' }, SPAN]] })
    expect(await left(TEXT)).to.match(/^Pt known as \[[A-Z]+\], slept\.$/)
    answer = saying({ answers: [[{ start: 1, end: 3, class: 'ID' }]] })
    expect(await left('😀😀 slept')).to.equal('[ID] slept')
  })

  it('each text is asked about once, blank ones never, in requests of 128 KiB, or of one text of up to a megabyte', async () => {
    const long = ['a', 'b', 'c'].map((letter) => `${letter} `.repeat(letter === 'c' ? 500_000 : 30_000))
    const answers = await recognise([TEXT, TEXT, ' ', ...long, 'd '.repeat(600_000)])
    expect(asked.map((texts) => texts.length)).to.deep.equal([3, 1])
    expect(asked.flat()).to.deep.equal([TEXT, ...long])
    expect([...answers.keys()]).to.deep.equal([TEXT, ...long])
  })

  it('a request that fails takes no other with it; three in a row are the last of a piece of work, and the next one asks again', async () => {
    const texts = [1, 2, 3, 4, 5].map((n) => `${n} zzyzx`.padEnd(100_000))
    answer = (given, response, request) => (given[0]?.startsWith('2') === true ? response.destroy() : good(given, response, request))
    expect([...(await recognise(texts)).keys()].map((text) => text.charAt(0))).to.deep.equal(['1', '3', '4', '5'])
    asked.length = 0
    answer = saying('<html>')
    const open = recogniser()
    const ask = open()
    expect((await ask(texts)).size).to.equal(0)
    expect((await ask(texts)).size).to.equal(0)
    expect(asked.length).to.equal(3)
    answer = good
    expect((await open()(texts)).size).to.equal(5)
  })

  it('all requests of a piece of work have one time together', async () => {
    answer = (texts, response, request) => setTimeout(() => good(texts, response, request), 150)
    const started = performance.now()
    const texts = Array.from({ length: 50 }, (_, n) => `${n} slept`.padEnd(100_000))
    const answers = await recogniser(2000, 400)()(texts)
    expect(answers.size).to.be.within(1, 3)
    expect(performance.now() - started).to.be.below(1500)
  })

  it('sends its token', async () => {
    let seen: string | undefined
    answer = (texts, response, request) => {
      seen = request.headers.authorization
      good(texts, response, request)
    }
    await recognise([TEXT])
    expect(seen).to.equal('Bearer a-token')
  })

  const wrong: readonly (readonly [string, Answer])[] = [
    ['an error', saying({ answers: [[]] }, 500)],
    ['another status of success', saying({ answers: [[]] }, 202)],
    ['no JSON', saying('<html>')],
    ['nothing', saying('')],
    ['null', saying(null)],
    ['no answers', saying({})],
    ['answers by inheritance', saying('{"__proto__":{"answers":[[]]}}')],
    ['too few answers', saying({ answers: [] })],
    ['too many answers', saying({ answers: [[], []] })],
    ['no list', saying({ answers: [null] })],
    ['an end before its start', saying({ answers: [[{ ...SPAN, end: 3 }]] })],
    ['an end behind the text', saying({ answers: [[{ ...SPAN, end: 1000 }]] })],
    ['a negative start', saying({ answers: [[{ ...SPAN, start: -1 }]] })],
    ['half a number', saying({ answers: [[{ ...SPAN, start: 1.5 }]] })],
    ['a number as text', saying({ answers: [[{ ...SPAN, start: '1' }]] })],
    ['a class that is not known', saying({ answers: [[{ ...SPAN, class: 'PERSON' }]] })],
    ['one wrong span among right ones', saying({ answers: [[SPAN, {}]] })],
    ['more than four megabytes', saying(`${' '.repeat(5 << 20)}{"answers":[[]]}`)],
    ['a redirect', (_texts, response) => response.writeHead(307, { location: url }).end()],
    ['a connection that breaks', (_texts, response) => response.destroy()],
    [
      'half an answer',
      (_texts, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('{"answers"')
        response.destroy()
      }
    ]
  ]
  for (const [says, given] of wrong)
    it(`${says} is no answer, and the text is removed`, async () => {
      answer = given
      expect(await left(TEXT)).to.equal(null)
    })

  it('a slow answer, and one that never ends, is none, within the time', async () => {
    const started = performance.now()
    answer = () => undefined
    expect(await left(TEXT, 100)).to.equal(null)
    answer = (_texts, response) => {
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
    }
    expect(await left(TEXT, 100)).to.equal(null)
    expect(performance.now() - started).to.be.below(1500)
  })

  it('no server is no answer', async () => {
    const answers = await createRecogniser({ url: 'http://127.0.0.1:1/', token: null, timeoutMs: 500, totalMs: 500 })()([TEXT])
    expect(answers.size).to.equal(0)
  })

  it('an attachment whose text got no answer is refused', () => {
    const scrubText = withAnswers((each) => scrub(each), new Map(), placeholders)
    for (const [type, text] of [
      ['text/plain', TEXT],
      ['text/html', `<p>${TEXT}</p>`],
      ['text/rtf', `{\\rtf1 ${TEXT}}`],
      ['text/xml', `<ClinicalDocument><title>${TEXT}</title></ClinicalDocument>`]
    ] as const)
      expect(scrubAttachment(type, Buffer.from(text).toString('base64'), scrubText)).to.equal('unanswered')
  })

  for (const address of ['http://example.org/', 'http://10.0.0.1/', 'ftp://localhost/', 'localhost', '', 'http://localhost.example.org/'])
    it(`refuses to be at ${JSON.stringify(address)}: texts never cross a network in clear`, () => {
      expect(() => createRecogniser({ url: address, token: null, timeoutMs: 1, totalMs: 1 })).to.throw(/https/)
    })
})
