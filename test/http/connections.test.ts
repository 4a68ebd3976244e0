/** Connections that are held and not used: each kind has a time or a number after which it is closed, on a real socket. */
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { expect } from 'chai'
import { networkOf } from '../../gateway/http/connections.ts'
import { createAuthority, issueCertificate } from '../../gateway/seal/ca.ts'
import { type HttpGateway, NO_LOG, startHttpGateway } from '../support/http-gateway.ts'
import { raw } from '../support/raw.ts'

const MANY = 5

function closed(socket: Socket, patience = 5000): Promise<boolean> {
  socket.on('error', () => undefined)
  if (socket.closed) return Promise.resolve(true)
  return Promise.race([new Promise<boolean>((resolve) => socket.once('close', () => resolve(true))), wait(patience, false)])
}

async function opened(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined).resume()
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))
  await wait(30)
  return socket
}

describe('http: connections held open', () => {
  let gateway: HttpGateway
  before(async () => {
    gateway = await startHttpGateway({
      limits: { connectionsPerAddress: MANY, keepAliveSeconds: 0.3, headersSeconds: 1, stallSeconds: 0.5 }
    })
  })
  after(() => gateway.stop())

  it('one address cannot take them all: one more is closed unanswered, and comes in again once one is gone', async () => {
    const held: Socket[] = []
    for (let at = 0; at < MANY; at += 1) held.push(await opened(gateway.server.port))
    expect(held.map((socket) => socket.closed)).to.deep.equal(held.map(() => false))
    const more = await raw(gateway.server.port, 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n', 500)
    expect([more.text, more.closed]).to.deep.equal(['', true])
    held[0]?.destroy()
    await wait(50)
    expect((await raw(gateway.server.port, 'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).statuses).to.deep.equal([200])
    for (const socket of held) socket.destroy()
    await wait(50)
  })

  it('an address counts as IPv4 also inside IPv6, and as its /64 in IPv6 (RFC 6177): who has a network has no more connections', () => {
    expect(networkOf('::ffff:192.0.2.7')).to.equal('192.0.2.7')
    expect(networkOf('2001:db8:1:2:aaaa::1')).to.equal(networkOf('2001:db8:1:2:bbbb:cccc:0:9'))
    expect(networkOf('2001:db8:1:2::1')).to.not.equal(networkOf('2001:db8:1:3::1'))
    expect(networkOf('2001:0db8::1')).to.equal(networkOf('2001:db8:0:0:5::'))
    expect(networkOf('fe80::1%eth0')).to.equal('fe80:0:0:0::/64')
    expect(networkOf('::1')).to.equal('0:0:0:0::/64')
  })

  it('a connection that idles after its answer is closed after keepAliveSeconds', async () => {
    const socket = await opened(gateway.server.port)
    const at = performance.now()
    const gone = closed(socket)
    socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await gone).to.equal(true)
    // node:http grants a second more than it promises
    expect(performance.now() - at).to.be.within(250, 3000)
  })

  it('an answer that nobody reads is given up after stallSeconds; one that is read on is not', async () => {
    const long = await startHttpGateway({
      limits: { stallSeconds: 0.5 },
      log: { ...NO_LOG, checkpoint: async () => 'x'.repeat(64 * 1024 * 1024) }
    })
    try {
      const socket = connect(long.server.port, '127.0.0.1')
      const gone = closed(socket)
      const heard = { bytes: 0 }
      socket.pause().write('GET /log/checkpoint HTTP/1.1\r\nHost: x\r\n\r\n')
      await wait(2500)
      socket.on('data', (data) => {
        heard.bytes += data.length
      })
      socket.resume()
      expect(await gone).to.equal(true)
      expect(heard.bytes).to.be.lessThan(64 * 1024 * 1024)
      expect((await (await fetch(`${long.url}/log/checkpoint`)).text()).length).to.equal(64 * 1024 * 1024)
    } finally {
      await long.stop()
    }
  })

  it('a body of JSON that drips is 408 too-slow', async () => {
    const token = await gateway.token('demo-hospital')
    const socket = connect(gateway.server.port, '127.0.0.1')
    let answer = ''
    const gone = closed(socket)
    socket.on('data', (data) => {
      answer += String(data)
    })
    socket.write(
      `POST /submissions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n`
    )
    const drip = setInterval(() => socket.writable && socket.write(' '), 200)
    await gone
    clearInterval(drip)
    expect(answer).to.match(/^HTTP\/1\.1 408 [\s\S]*too-slow/)
  })
})

describe('http: TLS handshakes held open', () => {
  it('one that stalls is closed after handshakeSeconds, one that never begins, too; each counts for its address, and is given back', async () => {
    const at = new Date()
    const authority = createAuthority('Test authority', at)
    const { certificate, privateKey } = issueCertificate(authority, { use: 'server', commonName: 'localhost', hosts: ['127.0.0.1'] }, at)
    const gateway = await startHttpGateway({
      tls: { cert: certificate, key: privateKey, clientCa: null },
      limits: { handshakeSeconds: 0.4, connectionsPerAddress: 2 }
    })
    try {
      const silent = await opened(gateway.server.port)
      const half = await opened(gateway.server.port)
      half.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]))
      const third = connectTls({ port: gateway.server.port, host: '127.0.0.1', ca: authority.certificate })
      expect(await Promise.race([closed(third), new Promise((resolve) => third.once('secureConnect', () => resolve('in')))])).to.equal(true)
      expect(await Promise.all([closed(silent), closed(half)])).to.deep.equal([true, true])
      const after = connectTls({ port: gateway.server.port, host: '127.0.0.1', ca: authority.certificate })
      expect(await Promise.race([closed(after), new Promise((resolve) => after.once('secureConnect', () => resolve('in')))])).to.equal('in')
      after.destroy()
    } finally {
      await gateway.stop()
    }
  })
})
