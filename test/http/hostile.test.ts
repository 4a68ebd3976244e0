/** What a penetration tester sends to the listener: odd paths, doubled headers, smuggled requests, slow and oversized ones. */
import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import fc from 'fast-check'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'

describe('http: hostile requests', () => {
  let gateway: HttpGateway
  before(async () => {
    gateway = await startHttpGateway({ limits: { headersSeconds: 1, headerBytes: 8192 } })
  })
  after(() => gateway.stop())

  /** Raw bytes in, what came back until the connection closed or nothing more came. */
  async function raw(text: string, patience = 400): Promise<string> {
    const socket = connect(gateway.server.port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('latin1').on('data', (chunk) => {
      answer += String(chunk)
    })
    socket.on('error', () => undefined)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(text, 'latin1')
    await Promise.race([closed, wait(patience)])
    socket.destroy()
    return answer
  }

  function statuses(answer: string): readonly string[] {
    return [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => match[1] ?? '')
  }

  it('paths that two readers could read differently are 400 before any route is looked at', async () => {
    const paths = [
      '//livez',
      '/./livez',
      '/fhir/../livez',
      '/submissions/%2e%2e/livez',
      '/submissions/a%2fb',
      '/submissions/a%5cb',
      '/submissions/a\\b',
      '/livez%00',
      '/livez;x=1',
      '/livez%3bx',
      '/livez%252e',
      '/livez%',
      '/livez%zz',
      '/submissions/%ff',
      '/a%0d%0aSet-Cookie:x'
    ]
    for (const path of paths) {
      const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      expect(statuses(answer), path).to.deep.equal(['400'])
      expect(answer.toLowerCase(), path).to.not.contain('set-cookie')
    }
    expect(statuses(await raw('GET http://evil.example/livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'))).to.deep.equal(['400'])
  })

  it('requests that could be smuggled are refused by the parser: both lengths, two lengths, bad chunking, no Host', async () => {
    const attacks = [
      'POST /submissions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'POST /submissions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef',
      'POST /submissions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
      'POST /submissions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
      'GET /livez HTTP/1.1\r\nHost : x\r\n\r\n',
      'GET /livez HTTP/1.1\r\n\r\n',
      'GET /livez HTTP/1.1\r\nHost: x\r\nX: a\nb\r\n\r\n'
    ]
    for (const attack of attacks) {
      const [first, ...more] = statuses(await raw(attack))
      expect(first, attack).to.equal('400')
      expect(more, attack).to.deep.equal([])
    }
  })

  it('a body left unread never becomes the next request', async () => {
    const inner = 'GET /keys HTTP/1.1\r\nHost: x\r\n\r\n'
    const answer = await raw(`POST /submissions?close=true HTTP/1.1\r\nHost: x\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`)
    expect(statuses(answer)).to.deep.equal(['401'])
  })

  it('headers beyond the limit are 431 with an OperationOutcome', async () => {
    const answer = await raw(`GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`)
    expect(statuses(answer)).to.deep.equal(['431'])
    expect(answer).to.contain('headers-too-large')
    expect(statuses(await raw(`GET /livez?${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`))).to.deep.equal(['431'])
  })

  it('headers that drip (slow loris) are 408 after headersSeconds, and a silent connection is closed', async () => {
    const socket = connect(gateway.server.port, '127.0.0.1')
    const silent = connect(gateway.server.port, '127.0.0.1')
    let answer = ''
    socket
      .on('error', () => undefined)
      .on('data', (data) => {
        answer += String(data)
      })
    silent.on('error', () => undefined).resume()
    const drip = setInterval(() => socket.writable && socket.write('X: a\r\n'), 100)
    socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n')
    await Promise.race([Promise.all([socket, silent].map((one) => new Promise((resolve) => one.once('close', resolve)))), wait(4500)])
    clearInterval(drip)
    expect(answer).to.match(/^HTTP\/1\.1 408 /)
    expect([socket.closed, silent.closed]).to.deep.equal([true, true])
  })

  it('two Authorization headers, a token in the query and odd schemes are 401', async () => {
    const token = await gateway.token('demo-hospital')
    const ask = (headers: string, query = ''): Promise<string> =>
      raw(`GET /submissions/x${query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`)
    expect(statuses(await ask(`Authorization: Bearer ${token}\r\n`))).to.deep.equal(['404'])
    expect(statuses(await ask(`Authorization: Bearer ${token}\r\nAuthorization: Bearer ${token}\r\n`))).to.deep.equal(['401'])
    expect(statuses(await ask('', `?access_token=${token}`))).to.deep.equal(['401'])
    for (const scheme of ['Basic', 'bearer,', 'Token', 'Bearer\t'])
      expect(statuses(await ask(`Authorization: ${scheme} ${token}\r\n`)), scheme).to.deep.equal(['401'])
  })

  it('forged access tokens are 401 token-invalid: alg none, HS256 with the public key, another kid, other claims', async () => {
    const [head = '', payload = '', signature = ''] = (await gateway.token('demo-hospital')).split('.')
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const { kid, publicJwk } = gateway.ring.token.current
    const hs256 = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${payload}`
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
    const forged = [
      `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${payload}.`,
      `${hs256}.${createHmac('sha256', JSON.stringify(publicJwk)).update(hs256).digest('base64url')}`,
      `${encode({ alg: 'ES256', typ: 'at+jwt', kid: 'other' })}.${payload}.${signature}`,
      `${encode({ alg: 'ES256', typ: 'JWT', kid })}.${payload}.${signature}`,
      `${head}.${encode({ ...claims, sub: 'other-hospital' })}.${signature}`,
      await gateway.assertion('demo-hospital', { aud: gateway.url })
    ]
    for (const token of forged) {
      const response = await fetch(`${gateway.url}/submissions/x`, { headers: { authorization: `Bearer ${token}` } })
      expect([response.status, (await response.text()).includes('token-invalid')], token).to.deep.equal([401, true])
    }
  })

  it('random Authorization headers: always 401, never 5xx, no word of them in the answer or an observation', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)), minLength: 1, maxLength: 60 }),
        async (word) => {
          const response = await fetch(`${gateway.url}/submissions/x`, { headers: { authorization: `Bearer planted.${word}` } })
          const text = await response.text()
          expect(response.status).to.equal(401)
          expect(text + (response.headers.get('www-authenticate') ?? '')).to.not.contain('planted')
        }
      ),
      { numRuns: 200 }
    )
    expect(JSON.stringify(gateway.observed)).to.not.contain('planted')
  })

  it('words of the caller occur in no refusal and no observation: path, query, headers, body', async () => {
    const token = await gateway.token('demo-hospital')
    const asks: readonly (readonly [string, string, Record<string, string>, string | null])[] = [
      ['GET', '/planted-word', {}, null],
      ['GET', '/submissions/planted-word', {}, null],
      ['POST', '/submissions?planted-word=planted-word', {}, null],
      ['POST', '/submissions?agreement=planted-word', {}, null],
      ['POST', '/submissions', { 'content-type': 'application/json' }, '{"planted-word":"planted-word"}'],
      ['POST', '/submissions?close=true', { 'content-type': 'planted-word/planted-word' }, 'planted-word'],
      ['POST', '/submissions?close=true', { 'content-type': 'application/fhir+ndjson', 'idempotency-key': 'planted word' }, 'planted-word'],
      ['PUT', '/submissions/none/files/planted-word', {}, 'planted-word'],
      ['GET', '/fhir/Group/planted-word/$export', {}, null]
    ]
    for (const [method, path, headers, body] of asks) {
      const response = await fetch(gateway.url + path, { method, body, headers: { authorization: `Bearer ${token}`, ...headers } })
      expect(response.status, path).to.be.within(400, 499)
      const words = (await response.text()) + JSON.stringify([...response.headers])
      expect(words, path).to.not.contain('planted')
    }
    expect(JSON.stringify(gateway.observed)).to.not.contain('planted')
  })

  it('more requests than a party may send a minute are 429 with Retry-After', async () => {
    const small = await startHttpGateway({ limits: { requestsPerMinute: 60 } })
    try {
      const headers = { authorization: `Bearer ${await small.token('demo-hospital')}` }
      const answers = await Promise.all(Array.from({ length: 30 }, () => fetch(`${small.url}/submissions/x`, { headers })))
      const refused = answers.filter((answer) => answer.status === 429)
      expect(refused.length).to.be.within(8, 10)
      expect(refused[0]?.headers.get('retry-after')).to.match(/^[1-9]\d*$/)
      await Promise.all(answers.map((answer) => answer.arrayBuffer()))
    } finally {
      await small.stop()
    }
  })

  it('stop lets requests under way finish and takes no new ones', async () => {
    const own = await startHttpGateway()
    own.exchange.read = async (body) => {
      await wait(300)
      const chunks: Buffer[] = []
      for await (const chunk of body) chunks.push(chunk as Buffer)
      return Buffer.concat(chunks)
    }
    const headers = { authorization: `Bearer ${await own.token('demo-hospital')}`, 'content-type': 'application/fhir+ndjson' }
    const upload = fetch(`${own.url}/submissions?close=true`, { method: 'POST', body: '{}\n', headers })
    await wait(100)
    const kept = connect(own.server.port, '127.0.0.1')
    await new Promise((resolve) => kept.once('connect', resolve))
    kept.write('GET /livez HTTP/1.1\r\n')
    await wait(50)
    const stopped = own.server.stop(5)
    kept.write('Host: x\r\n\r\n')
    const answer = await new Promise<string>((resolve) => kept.once('data', (data) => resolve(String(data))))
    expect(answer).to.match(/^HTTP\/1\.1 503 [\s\S]*shutting-down/)
    expect((await upload).status).to.equal(202)
    await stopped
    const after = await fetch(`${own.url}/livez`).then(
      () => 'answered',
      () => 'refused'
    )
    expect(after).to.equal('refused')
  })
})
