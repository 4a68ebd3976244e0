/** Telemetry: what reaches a collector. The collector is a real HTTP server on loopback that keeps what it is sent. */
import { spawn, spawnSync } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const PROGRAM = fileURLToPath(new URL('../support/telemetry-program.ts', import.meta.url))
const SUBMISSION = '0b5c2f5e-6f8b-4a57-9c0e-2f5a3c1d9e77'

async function collector(): Promise<{ server: Server; url: string; bodies: Map<string, string> }> {
  const bodies = new Map<string, string>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      bodies.set(request.url ?? '', (bodies.get(request.url ?? '') ?? '') + Buffer.concat(chunks).toString('utf8'))
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies }
}

describe('telemetry', () => {
  it('a span and a counter arrive at the collector; the trace of a submission is its uuid; no message of an error arrives', async () => {
    const { server, url, bodies } = await collector()
    try {
      const child = spawn(process.execPath, [PROGRAM, url, SUBMISSION], { stdio: ['ignore', 'pipe', 'inherit'] })
      const loaded = child.stdout.toArray()
      const code = await new Promise((resolve) => child.once('exit', resolve))
      expect(code).to.equal(0)
      expect(Buffer.concat(await loaded).toString()).to.contain('@opentelemetry/sdk-trace')
    } finally {
      server.close()
    }
    const traces = bodies.get('/v1/traces') ?? ''
    expect(traces).to.contain(SUBMISSION.replaceAll('-', '')).and.to.contain('release-bucket').and.to.contain('UpstreamError internal')
    expect(bodies.get('/v1/metrics')).to.contain('sallyport.upload.kept').and.to.contain('sallyport.upload.kept.received')
    expect([...bodies.values()].join('')).to.not.contain('Ann')
  })

  it('without a collector nothing of the SDK is loaded', () => {
    const ran = spawnSync(process.execPath, [PROGRAM, '', SUBMISSION], { encoding: 'utf8' })
    expect(JSON.parse(ran.stdout)).to.deep.equal([])
  })
})
