import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { type HttpGateway, type Observed, startHttpGateway } from '../support/http-gateway.ts'
import { readWhole } from '../support/memory-exchange.ts'

const LINE = '{"resourceType":"Patient","id":"1"}\n'

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly code: string
}

describe('http: streamed bodies', () => {
  let gateway: HttpGateway
  let token: string
  before(async () => {
    gateway = await startHttpGateway({ limits: { stallSeconds: 0.3, bytesPerSecond: 100, uploadBytes: 4 * 1024 * 1024 } })
    token = await gateway.token('demo-hospital')
  })
  after(() => gateway.stop())

  async function ask(
    method: string,
    path: string,
    options: { body?: string | Uint8Array<ArrayBuffer>; headers?: Record<string, string>; token?: string } = {}
  ): Promise<Answer> {
    const response = await fetch(gateway.url + path, {
      method,
      body: options.body ?? null,
      headers: { authorization: `Bearer ${options.token ?? token}`, ...options.headers }
    })
    const text = await response.text()
    const code = /"code":"([^"]+)"}\],"text"/.exec(text)?.[1] ?? ''
    return { status: response.status, headers: response.headers, text, code }
  }

  async function opened(): Promise<string> {
    return (JSON.parse((await ask('POST', '/submissions')).text) as { id: string }).id
  }

  const ndjson = { 'content-type': 'application/fhir+ndjson' }

  it('a body over the limit is 413, announced or not, and the caller reads the answer', async () => {
    const id = await opened()
    const big = Buffer.alloc(5 * 1024 * 1024, 'a')
    expect((await ask('PUT', `/submissions/${id}/files/a.ndjson`, { body: big, headers: ndjson })).code).to.equal('too-large')
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(big)
        controller.close()
      }
    })
    const chunked = await fetch(`${gateway.url}/submissions/${id}/files/b.ndjson`, {
      method: 'PUT',
      body: stream,
      duplex: 'half',
      headers: { authorization: `Bearer ${token}`, ...ndjson }
    } as RequestInit)
    expect([chunked.status, (await chunked.text()).includes('too-large')]).to.deep.equal([413, true])
  })

  /** Sends a PUT by hand: `pieces` one after another, `pause` ms apart; then what came back. */
  async function drip(path: string, announced: number, pieces: readonly string[], pause: number): Promise<string> {
    const socket = connect(gateway.server.port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text
    })
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => undefined)
    socket.write(
      `PUT ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/fhir+ndjson\r\nContent-Length: ${announced}\r\n\r\n`
    )
    for (const piece of pieces) {
      if (socket.destroyed || answer !== '') break
      socket.write(piece)
      await wait(pause)
    }
    await Promise.race([closed, wait(1500)])
    socket.destroy()
    return answer
  }

  it('a body that stops moving is 408 too-slow, and so is one that drips', async () => {
    const id = await opened()
    expect(await drip(`/submissions/${id}/files/a.ndjson`, 1000, ['{"re'], 10)).to.match(/^HTTP\/1.1 408 [\s\S]*too-slow/)
    expect(
      await drip(
        `/submissions/${id}/files/b.ndjson`,
        1000,
        Array.from({ length: 40 }, () => ' '),
        50
      )
    ).to.match(/^HTTP\/1.1 408 [\s\S]*too-slow/)
    expect(gateway.exchange.kept.get(id)?.bodies.size).to.equal(0)
  })

  it('a reader of ours that is slow is not the caller’s fault: the upload goes on', async () => {
    const id = await opened()
    gateway.exchange.read = async (body) => {
      await wait(1000)
      return readWhole(body)
    }
    try {
      expect((await ask('PUT', `/submissions/${id}/files/a.ndjson`, { body: LINE.repeat(50_000), headers: ndjson })).status).to.equal(202)
    } finally {
      gateway.exchange.read = readWhole
    }
  })

  it('an upload cut in the middle keeps nothing, and the same file sent again is taken', async () => {
    const id = await opened()
    const socket = connect(gateway.server.port, '127.0.0.1')
    socket.write(
      `PUT /submissions/${id}/files/a.ndjson HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 1000\r\n\r\n${LINE}`
    )
    await wait(50)
    socket.destroy()
    await wait(50)
    expect(gateway.exchange.kept.get(id)?.bodies.size).to.equal(0)
    expect(gateway.observed.filter((one) => one.event === 'requestFailed')).to.deep.equal([])
    expect((await ask('PUT', `/submissions/${id}/files/a.ndjson`, { body: LINE, headers: ndjson })).status).to.equal(202)
  })

  it('Expect: 100-continue is answered 100 only to a caller who may send', async () => {
    const first = async (authorization: string): Promise<string> => {
      const socket = connect(gateway.server.port, '127.0.0.1')
      socket.write(
        `POST /submissions?close=true HTTP/1.1\r\nHost: x\r\n${authorization}Expect: 100-continue\r\nContent-Type: application/fhir+ndjson\r\nContent-Length: ${LINE.length}\r\n\r\n`
      )
      const text = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))))
      if (text.includes(' 100 ')) {
        socket.write(LINE)
        const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))))
        socket.destroy()
        return text + answer
      }
      socket.destroy()
      return text
    }
    expect(await first('')).to.match(/^HTTP\/1.1 401 /)
    expect(await first(`Authorization: Bearer ${token}\r\n`)).to.match(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 202 /)
  })

  it('a reader who takes nothing is let go after stallSeconds, one who hangs up at once; neither is a failure of ours', async () => {
    const insurer = await gateway.token('demo-insurer')
    const headers = { authorization: `Bearer ${insurer}`, prefer: 'respond-async' }
    const kicked = await fetch(`${gateway.url}/fhir/Group/sealed-one/$export`, { headers })
    const job = new URL(kicked.headers.get('content-location') ?? '').pathname
    const before = gateway.observed.length
    const download = async (): Promise<Socket> => {
      const socket = connect(gateway.server.port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(`GET ${job}/files/Large.0.ndjson HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${insurer}\r\n\r\n`)
      await new Promise((resolve) => socket.once('readable', resolve))
      return socket
    }
    const idle = await download()
    await ended(before, 1)
    idle.destroy()
    const gone = await download()
    gone.destroy()
    await ended(before, 2)
    expect(gateway.observed.filter((one) => one.event === 'requestFailed')).to.deep.equal([])
  })

  /** Until `count` downloads are over. */
  async function ended(start: number, count: number): Promise<void> {
    const over = (one: Observed): boolean => one.event === 'answered' && String(one.data['route']).includes('/files/')
    for (let i = 0; i < 40 && gateway.observed.slice(start).filter(over).length < count; i++) await wait(50)
    expect(gateway.observed.slice(start).filter(over).length).to.equal(count)
  }
})
