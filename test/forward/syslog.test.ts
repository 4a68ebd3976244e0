/** The syslog feed to a real TLS receiver, from a real log: at least once, in order, never in clear, and never in the log's way. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect } from 'chai'
import { afterEach, before } from 'mocha'
import type { House } from '../../gateway/exchange/house.ts'
import { openEventFeed } from '../../gateway/exchange/log/event-feed.ts'
import { type FeedPace, type SyslogTarget, startSyslog } from '../../gateway/forward/syslog.ts'
import { validateResource } from '../../gateway/generated/fhir-validate.js'
import { createAuthority, issueCertificate } from '../../gateway/seal/ca.ts'
import { joinReplicas } from '../../gateway/store/replicas.ts'
import { until } from '../support/gateway.ts'
import { query } from '../support/house.ts'
import { asOwner, useLog } from '../support/logged.ts'
import { type Siem, startSiem } from '../support/siem.ts'

const PACE: FeedPace = { idle: 20, confirmAfter: 150, confirmEntries: 1000, quiet: 20, stall: 3000, backOff: [50] }
const RFC_5424 =
  /^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([!-~]{1,255}) sallyport - FHIR-AuditEvent \[origin software="sallyport" swVersion="0\.0\.0"\] (\{.*\})$/

describe('forward: syslog over TLS (RFC 5424, RFC 5425)', function () {
  this.timeout(60_000)
  const log = useLog()
  const at = new Date()
  const authority = createAuthority('Test Authority', at)
  const server = issueCertificate(authority, { use: 'server', commonName: 'localhost', hosts: ['localhost', '127.0.0.1'] }, at)
  const stops: (() => Promise<unknown>)[] = []
  const failures: unknown[] = []
  const broken: string[] = []
  let count = 0

  before(() => query(log().url, "INSERT INTO event_feed (name) VALUES ('syslog')"))
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop()
    failures.length = 0
  })

  async function add(n: number): Promise<void> {
    for (let i = 0; i < n; i++)
      await log().add('file-delivered', '2026-01-01T00:00:00.000Z', { recipient: 'demo-insurer', officer: 'Prüfstelle', n: count++ })
    await log().place()
  }

  async function siem(options: Partial<Parameters<typeof startSiem>[0]> = {}): Promise<Siem> {
    const started = await startSiem({ server, ...options })
    stops.push(() => started.stop().catch(() => undefined))
    return started
  }

  /** A feed of a replica of its own, as a gateway process has one. */
  async function feed(
    port: number,
    target: Partial<SyslogTarget> = {},
    pace: Partial<FeedPace> = {}
  ): Promise<{ readonly stop: () => Promise<void> }> {
    const replica = await joinReplicas(log().pool)
    const observe = { integrityBroken: ({ target }: { target: string }) => void broken.push(target) } as unknown as House['observe'] // the one word it may need
    const source = openEventFeed({ pool: log().pool, ring: log().ring, replica: replica.number, observe, now: () => new Date() }, '0.0.0')
    const tell = { feedConfirmed: () => undefined, feedFailed: ({ error }: { error: unknown }) => void failures.push(error) }
    const started = startSyslog({ host: 'localhost', port, ca: authority.certificate, cert: null, key: null, ...target }, source, tell, {
      ...PACE,
      ...pace
    })
    const stop = async (): Promise<void> => {
      await started.stop()
      await replica.release()
    }
    stops.push(stop)
    return { stop }
  }

  const confirmed = async (): Promise<number> => Number((await query<{ next: string }>(log().url, 'SELECT next FROM event_feed'))[0]?.next)
  const placesOf = (messages: readonly string[]): number[] => messages.map((text) => Number(/"id":"entry-(\d+)"/.exec(text)?.[1]))
  /** Waits until everything the log holds is confirmed. */
  const caughtUp = (): Promise<true> => until(async () => ((await confirmed()) === count ? true : null), 20)
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n)
  /** Each entry at least once, the first time in order. */
  function expectAll(messages: readonly string[], from: number): void {
    const firsts = [...new Set(placesOf(messages))]
    expect(firsts).to.deep.equal(range(from, count))
  }

  it('entries arrive as frames whose messages are RFC 5424, in ASCII, each a valid AuditEvent, in the order of the log', async () => {
    const receiver = await siem()
    await add(3)
    await feed(receiver.port)
    await caughtUp()
    expect(placesOf(receiver.messages)).to.deep.equal(range(0, 3))
    for (const message of receiver.messages) {
      const [, pri, recorded, host, json = ''] = RFC_5424.exec(message) ?? []
      expect([pri, recorded, host], message).to.deep.equal(['85', '2026-01-01T00:00:00.000Z', 'localhost'])
      expect(validateResource(JSON.parse(json)), JSON.stringify(validateResource.errors)).to.equal(true)
      expect(json).to.contain('Pr\\u00fcfstelle')
      expect(Buffer.byteLength(message), 'RFC 5425 §4.3.1: receivers should take 8192').to.be.below(8192)
    }
  })

  it('why an officer stopped an agreement or closed a dispute is not sent, nor by which account: that it was done is', async () => {
    const receiver = await siem()
    const from = count
    const words = {
      officer: 'Test Officer',
      reason: 'words for the house',
      account: 'tester',
      jws: 'e30.words.e30',
      agreement: 'a',
      act: 'suspend'
    }
    for (const kind of ['agreement-reason', 'dispute-reason'] as const)
      await log().add(kind, '2026-01-01T00:00:00.000Z', { ...words, n: count++ })
    await log().place()
    await feed(receiver.port)
    await caughtUp()
    expectAll(receiver.messages, from)
    const sent = receiver.messages.join('\n')
    expect(sent).to.contain('agreement-reason').and.to.contain('suspend')
    expect(sent).to.not.match(/Test Officer|for the house|e30[.]words|tester/)
    expect(broken, 'nothing is taken for altered').to.deep.equal([])
  })

  it('what the database says otherwise than the log commits to is not sent: in its place stands that it was altered, and the operator is told', async () => {
    const receiver = await siem()
    const from = count
    await add(3)
    const forged = "'demo-insurer', 'forged-insurer'"
    await asOwner(log().pool, `UPDATE log_body SET statement = replace(statement, ${forged}) WHERE index = ${from + 1}`)
    await feed(receiver.port)
    await caughtUp()
    expectAll(receiver.messages, from)
    expect(receiver.messages.join()).not.to.contain('forged')
    const altered = receiver.messages.find((text) => text.includes('"code":"log-altered"')) ?? ''
    expect(placesOf([altered])).to.deep.equal([from + 1])
    expect(altered).to.match(/^<82>1 /)
    expect(validateResource(JSON.parse(altered.slice(altered.indexOf('{'))))).to.equal(true)
    expect([...new Set(broken)]).to.deep.equal([`log_body:${from + 1}:commitment`])
    await asOwner(
      log().pool,
      `UPDATE log_body SET statement = replace(statement, 'forged-insurer', 'demo-insurer') WHERE index = ${from + 1}`
    )
  })

  it('a connection cut in the middle of a frame: what was not confirmed comes again, whole; nothing is lost', async () => {
    const receiver = await siem()
    const from = count
    receiver.cutAfter(5000)
    await add(25)
    await feed(receiver.port)
    await caughtUp()
    expect(failures).not.to.deep.equal([])
    expectAll(receiver.messages, from)
  })

  it('a SIEM that is away, then comes back, and a feed that is stopped and started: it resumes where it was confirmed', async () => {
    const first = await siem()
    const from = count
    await add(5)
    const before = await feed(first.port)
    await caughtUp()
    await first.stop()
    await add(5)
    await until(async () => (failures.length > 1 ? true : null), 10)
    await before.stop()
    await add(5)
    const again = await siem({ port: first.port })
    await feed(again.port)
    await caughtUp()
    expect(placesOf(first.messages)).to.deep.equal(range(from, from + 5))
    expectAll(again.messages, from + 5)
  })

  it('a receiver that dies with messages unread confirms nothing, though it took them', async () => {
    const receiver = await siem()
    const [from, before] = [count, await confirmed()]
    receiver.hold()
    await add(5)
    const running = await feed(receiver.port)
    await until(async () => (receiver.connections() > 0 ? true : null))
    await new Promise((resolve) => setTimeout(resolve, 400))
    await receiver.stop()
    await until(async () => (failures.length > 0 ? true : null), 10)
    expect(await confirmed()).to.equal(before)
    await running.stop()
    const again = await siem()
    await feed(again.port)
    await caughtUp()
    expectAll(again.messages, from)
  })

  it('a receiver that never answers close_notify is sent the first entries twice, and then believed', async () => {
    const receiver = await siem({ wordless: true })
    const from = count
    await add(3)
    await feed(receiver.port)
    await caughtUp()
    expect(placesOf(receiver.messages)).to.deep.equal([...range(from, count), ...range(from, count)])
    await add(3)
    await caughtUp()
    expect(receiver.messages).to.have.length(9)
  })

  it('a slow reader keeps nobody waiting: the log goes on, memory holds one page, and all of it comes once it reads', async () => {
    const receiver = await siem()
    const from = count
    receiver.hold()
    await add(10)
    await feed(receiver.port, {}, { stall: 30_000 })
    await until(async () => (receiver.connections() > 0 ? true : null))
    const started = performance.now()
    await add(300)
    expect(performance.now() - started, 'entries are placed meanwhile').to.be.below(10_000)
    expect(await confirmed()).to.equal(from)
    receiver.release()
    await caughtUp()
    expectAll(receiver.messages, from)
  })

  it('a certificate of another authority, of another host, or none at all (clear text): not a byte of a message goes out', async () => {
    await add(2)
    const before = await confirmed()
    const others = createAuthority('Other Authority', at)
    const wrongHost = issueCertificate(authority, { use: 'server', commonName: 'elsewhere.example', hosts: ['elsewhere.example'] }, at)
    const strangers = [
      await siem({ server: issueCertificate(others, { use: 'server', commonName: 'localhost', hosts: ['localhost'] }, at) }),
      await siem({ server: wrongHost })
    ]
    const heard: Buffer[] = []
    const clear = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (chunk) => heard.push(chunk))
    })
    clear.listen(0, '127.0.0.1')
    await once(clear, 'listening')
    stops.push(() => new Promise((resolve) => clear.close(resolve)))
    for (const port of [...strangers.map((receiver) => receiver.port), (clear.address() as AddressInfo).port]) {
      failures.length = 0
      const running = await feed(port, {}, { stall: 500 })
      await until(async () => (failures.length > 0 ? true : null), 10)
      await running.stop()
    }
    expect(strangers.flatMap((receiver) => receiver.messages)).to.deep.equal([])
    expect(Buffer.concat(heard).toString('latin1')).not.to.match(/AuditEvent|demo-insurer|<85>/)
    expect(await confirmed()).to.equal(before)
  })

  it('mutual TLS: a SIEM that asks for a client certificate gets it; without one it gets nothing', async () => {
    const from = await confirmed()
    const receiver = await siem({ clientCa: authority.certificate })
    const bare = await feed(receiver.port)
    await until(async () => (failures.length > 0 ? true : null), 10)
    await bare.stop()
    expect(receiver.messages).to.deep.equal([])
    const own = issueCertificate(authority, { use: 'client', commonName: 'gateway' }, at)
    await feed(receiver.port, { cert: own.certificate, key: own.privateKey })
    await caughtUp()
    expectAll(receiver.messages, from)
  })

  it('of two replicas one sends; when it is gone the other goes on', async () => {
    const receiver = await siem()
    const from = count
    await add(4)
    const one = await feed(receiver.port)
    await feed(receiver.port)
    await caughtUp()
    expect(placesOf(receiver.messages)).to.deep.equal(range(from, from + 4))
    await one.stop()
    await add(4)
    await caughtUp()
    expect(placesOf(receiver.messages)).to.deep.equal(range(from, from + 8))
  })

  it('the cursor never goes back, whoever asks', async () => {
    const refused = await query(log().url, 'UPDATE event_feed SET next = next - 1').then(
      () => 'updated',
      (error: Error) => error.message
    )
    expect(refused).to.equal('a feed never goes back')
  })
})
