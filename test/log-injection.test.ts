/**
 * Log injection (CWE-117, CWE-150): what a caller writes into any field he controls, in what the gateway then writes: lines of the log, the counters' labels, refusals, entries and
 * frames of syslog. A line stays one line, a field one field, and nothing of his moves a cursor.
 */
import { expect } from 'chai'
import { syslogFrame } from '../gateway/core/audit/syslog.ts'
import { ATTRIBUTES, EVENTS, type EventName, type Observer } from '../gateway/observe/events.ts'
import { createObserver } from '../gateway/observe/observer.ts'
import { type HttpGateway, startHttpGateway } from './support/http-gateway.ts'
import { raw } from './support/raw.ts'

/** The mark by which a forged text is found again, whatever became of what stands around it. */
const MARK = 'zz9planted'

const HOSTILE: readonly (readonly [what: string, text: string])[] = [
  ['CR LF and a line of its own', `${MARK}\r\n{"at":"2026-01-01T00:00:00.000Z","level":"info","event":"token-granted"}`],
  ['LF', `${MARK}\n${MARK}`],
  ['NUL', `${MARK}\0`],
  ['an ANSI escape', `\u001b[2J${MARK}\u001b]0;x\u0007`],
  ['CSI of C1', `\u009b2J${MARK}`],
  ['line ends of Unicode', `${MARK}\u2028\u2029\u0085${MARK}`],
  ['marks of direction', `\u202e${MARK}\u2066`],
  ['an end of JSON', `${MARK}"},"level":"error","x":{"y":"`],
  ['structured data of syslog', `${MARK}"] <34>1 2026-01-01T00:00:00Z x y - z [a b="c`],
  ['half a surrogate pair', `${MARK}\ud800`],
  ['a format of printf and a template', `${MARK}%s%n\${jndi:ldap://x}{{7*7}}`],
  ['very long', MARK.repeat(20_000)]
]

/** Nothing but printable text: one line for whoever reads it. */
const PLAIN = /^[^\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]*$/u

function requireOneLine(line: string): Readonly<Record<string, unknown>> {
  expect(line.endsWith('\n')).to.equal(true)
  expect(line.slice(0, -1)).to.match(PLAIN)
  expect(line.length).to.be.lessThan(2000)
  return JSON.parse(line) as Readonly<Record<string, unknown>>
}

/** An observer that keeps its lines; its functions by name. */
function written(): { readonly lines: string[]; tell(event: EventName, values: Readonly<Record<string, unknown>>): void } {
  const lines: string[] = []
  const observer: Observer = createObserver({ level: 'debug', write: (line) => lines.push(line) })
  return { lines, tell: (event, values) => (observer[event] as (given: object) => void)(values) }
}

describe('log injection', () => {
  let gateway: HttpGateway
  before(async () => {
    gateway = await startHttpGateway()
  })
  after(() => gateway.stop())

  for (const [what, text] of HOSTILE)
    it(`${what}: in each attribute of each event it is one line, and nothing of it but ?`, () => {
      const { lines, tell } = written()
      for (const [event, { attributes }] of Object.entries(EVENTS) as [EventName, (typeof EVENTS)[EventName]][]) {
        const error = Object.assign(new Error(text), { name: text, code: text })
        tell(event, Object.fromEntries(attributes.map((name) => [name, ATTRIBUTES[name] === 'error' ? error : text])))
      }
      expect(lines).to.have.length(Object.keys(EVENTS).length)
      for (const line of lines) {
        expect(requireOneLine(line)).to.include.keys('at', 'level', 'event')
        expect(line).to.not.include(MARK)
      }
    })

  it('sent over a socket in path, query, method, header, name of a file, form and body: no line, refusal or entry holds it', async () => {
    const token = await gateway.token('demo-hospital')
    const encoded = HOSTILE.slice(0, -1).map(([, text]) => encodeURIComponent(text.toWellFormed()))
    const bytes = HOSTILE.slice(0, -1).map(([, text]) => Buffer.from(text, 'utf8').toString('latin1'))
    const heads = [
      ...encoded.flatMap((text) => [
        `GET /submissions/${text} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}`,
        `PUT /submissions/x/files/${text} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 0`,
        `POST /submissions?agreement=${text} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 0`,
        `GET /nowhere?${text}=${text} HTTP/1.1\r\nHost: x`
      ]),
      ...bytes.flatMap((text) => [
        `GET /submissions/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${text}`,
        `GET /submissions/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nUser-Agent: ${text}\r\nX-Request-Id: ${text}`,
        `POST /submissions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nIdempotency-Key: ${text}\r\nContent-Length: 0`,
        `${text} / HTTP/1.1\r\nHost: x`
      ])
    ]
    gateway.observed.length = 0
    gateway.audited.length = 0
    for (const head of heads) {
      const { text } = await raw(gateway.server.port, `${head}\r\nConnection: close\r\n\r\n`, 1500)
      expect(text).to.not.include(MARK)
    }
    expect(gateway.observed.length).to.be.greaterThan(heads.length / 2)
    const { lines, tell } = written()
    for (const { event, data } of gateway.observed) tell(event as EventName, data)
    for (const line of lines) {
      requireOneLine(line)
      expect(line).to.not.include(MARK)
    }
    expect(JSON.stringify(gateway.audited)).to.not.include(MARK)
  })

  for (const [what, text] of HOSTILE)
    it(`${what}: in an event for a SIEM it is one frame of ASCII that says its own length (RFC 5425 §4.3)`, () => {
      const event = {
        resourceType: 'AuditEvent',
        recorded: '2026-01-01T00:00:00Z',
        outcome: '4',
        outcomeDesc: text,
        agent: [{ name: text }]
      }
      const frame = syslogFrame(event as unknown as Parameters<typeof syslogFrame>[0], { origin: `x${text}/y`, version: '1' }).toString(
        'latin1'
      )
      const space = frame.indexOf(' ')
      expect(Number(frame.slice(0, space))).to.equal(frame.length - space - 1)
      expect(frame).to.match(/^[ -~]*$/)
      const head = frame.slice(space + 1, frame.indexOf(' sallyport - FHIR-AuditEvent'))
      expect(head.split(' ')).to.have.length(3)
      expect(JSON.parse(frame.slice(frame.indexOf('] {') + 2))).to.have.property('outcomeDesc', text)
    })
})
