/** Configuration: environment only, all faults at once, nearest known name, secrets never printed. */
import { resolve } from 'node:path'
import { inspect } from 'node:util'
import { expect } from 'chai'
import { environmentSchema, readConfig } from '../../gateway/config/config.ts'
import { KEY_PURPOSES, Secret } from '../../gateway/config/secrets.ts'
import { type Fault, PolicyError } from '../../gateway/core/errors.ts'

function faultsOf(environment: Record<string, string>): readonly Fault[] {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof PolicyError && error.code === 'config-invalid') return error.faults
    throw error
  }
  return []
}

describe('config', () => {
  it('an empty environment is a working gateway on loopback with the embedded database', () => {
    const { config, secrets } = readConfig({})
    expect(config).to.include({ listenHost: '127.0.0.1', port: 8480, publicUrl: null, tls: null, otlpEndpoint: null })
    expect(config.keysDir).to.equal(`${config.dataDir}/keys`)
    expect(secrets.databaseUrl).to.equal(null)
  })

  it('all faults are listed at once, each with the name of its variable', () => {
    const faults = faultsOf({
      SALLYPORT_PORT: 'eighty',
      SALLYPORT_LOG_LEVEL: 'loud',
      SALLYPORT_TLS_CERT: '/nowhere/cert.pem',
      DATABASE_URL: 'mysql://db/x'
    })
    expect(faults.map((fault) => fault.path)).to.have.members([
      'SALLYPORT_PORT',
      'SALLYPORT_LOG_LEVEL',
      'SALLYPORT_TLS_CERT',
      'SALLYPORT_TLS_KEY',
      'DATABASE_URL'
    ])
  })

  it('an unknown variable is refused, and the nearest known one is named', () => {
    const [fault] = faultsOf({ SALLYPORT_PROT: '8480' })
    expect(fault?.path).to.equal('SALLYPORT_PROT')
    expect(fault?.message).to.contain('SALLYPORT_PORT')
  })

  it('a fault never repeats the value: it may be a secret in the wrong place', () => {
    const faults = faultsOf({
      SALLYPORT_PORT: 'hunter2',
      DATABASE_URL: 'hunter2',
      SALLYPORT_PUBLIC_URL: 'hunter2',
      SALLYPORT_LOG_LEVEL: 'hunter2'
    })
    expect(faults).to.have.length(4)
    expect(JSON.stringify(faults)).to.not.contain('hunter2')
  })

  it('secrets do not show themselves to JSON, console or a template', () => {
    const { secrets } = readConfig({ DATABASE_URL: 'postgres://a:hunter2@db/x', SALLYPORT_KEY_LOG: '{"d":"hunter2"}' })
    const shown = [JSON.stringify(secrets), inspect(secrets, { depth: 9 }), `${secrets.databaseUrl}`, JSON.stringify([...secrets.keys])]
    expect(shown.join('\n')).to.not.contain('hunter2')
    expect(secrets.databaseUrl?.reveal()).to.contain('hunter2')
    expect(new Secret('x').reveal()).to.equal('x')
  })

  it('a recogniser: its address, its times, and its token, which is a secret', () => {
    const url = 'http://127.0.0.1:9000/spans'
    const { config, secrets } = readConfig({
      SALLYPORT_RECOGNISER_URL: url,
      SALLYPORT_RECOGNISER_TOKEN: 'hunter2',
      SALLYPORT_RECOGNISER_SECONDS: '0.5'
    })
    expect(config.recogniser).to.deep.equal({ url, timeoutMs: 500, totalMs: 600_000 })
    expect(JSON.stringify({ config, secrets })).to.not.contain('hunter2')
    expect(secrets.recogniserToken?.reveal()).to.equal('hunter2')
    expect(readConfig({}).config.recogniser).to.equal(null)
  })

  for (const url of [
    'http://example.org/',
    'http://localhost@example.org/',
    'http://localhost:1@example.org/',
    'http://localhost.example.org/',
    'https://user:hunter2@example.org/',
    'ftp://localhost/',
    'https://'
  ])
    it(`texts never cross a network in clear: no recogniser at ${url}`, () => {
      const faults = faultsOf({ SALLYPORT_RECOGNISER_URL: url })
      expect(faults.map(({ path }) => path)).to.deep.equal(['SALLYPORT_RECOGNISER_URL'])
      expect(JSON.stringify(faults)).to.not.contain('hunter2')
    })

  it('a token needs an address, and is one line', () => {
    expect(faultsOf({ SALLYPORT_RECOGNISER_TOKEN: 'x' }).map(({ path }) => path)).to.deep.equal(['SALLYPORT_RECOGNISER_URL'])
    const split = faultsOf({ SALLYPORT_RECOGNISER_URL: 'https://example.org', SALLYPORT_RECOGNISER_TOKEN: 'a\nb' })
    expect(split.map(({ path }) => path)).to.deep.equal(['SALLYPORT_RECOGNISER_TOKEN'])
  })

  describe('officers by browser', () => {
    const PROVIDER = {
      SALLYPORT_OIDC_ISSUER: 'https://login.example',
      SALLYPORT_OIDC_CLIENT_ID: 'sallyport',
      SALLYPORT_OIDC_CLIENT_SECRET: 'hunter2'
    }
    const places = (values: Record<string, string>): string[] => faultsOf(values).map(({ path }) => path)

    it('a provider, what it must say of a sign-in, and how long a session lives; the secret is one', () => {
      const { config, secrets } = readConfig({ ...PROVIDER, SALLYPORT_OIDC_AMR: 'mfa hwk', SALLYPORT_SESSION_IDLE_MINUTES: '5' })
      expect(config.officers).to.deep.equal({
        provider: { issuer: 'https://login.example', clientId: 'sallyport', keys: [], acr: [], amr: ['mfa', 'hwk'], maxAgeSeconds: null },
        sessions: { idle: 300_000, absolute: 28_800_000, rotate: 600_000 },
        byKey: 'off',
        firstRun: 'nowhere'
      })
      expect(JSON.stringify({ config, secrets })).to.not.contain('hunter2')
      expect(secrets.clientSecret?.reveal()).to.equal('hunter2')
      expect(readConfig({}).config.officers.provider).to.equal(null)
    })

    it('keys of officers are good for tokens where there is no provider, and beside one only where the operator says so', () => {
      const byKey = (values: Record<string, string>): string => readConfig(values).config.officers.byKey
      expect(byKey({})).to.equal('on')
      expect(byKey(PROVIDER)).to.equal('off')
      expect(byKey({ ...PROVIDER, SALLYPORT_OFFICERS_BY_KEY: 'on' })).to.equal('on')
      expect(byKey({ SALLYPORT_OFFICERS_BY_KEY: 'off' })).to.equal('off')
      expect(places({ SALLYPORT_OFFICERS_BY_KEY: 'yes' })).to.deep.equal(['SALLYPORT_OFFICERS_BY_KEY'])
    })

    it('half a provider is none: every variable that lacks another is told of', () => {
      expect(places({ SALLYPORT_OIDC_AMR: 'mfa' })).to.deep.equal(['SALLYPORT_OIDC_ISSUER'])
      expect(places({ SALLYPORT_OIDC_ISSUER: 'https://login.example' })).to.deep.equal([
        'SALLYPORT_OIDC_CLIENT_ID',
        'SALLYPORT_OIDC_CLIENT_SECRET'
      ])
      const key = '{"kty":"EC","alg":"ES384","d":"x"}'
      expect(places({ ...PROVIDER, SALLYPORT_OIDC_CLIENT_KEY: key })).to.deep.equal(['SALLYPORT_OIDC_CLIENT_SECRET'])
      expect(places({ ...PROVIDER, SALLYPORT_OIDC_CLIENT_SECRET: '', SALLYPORT_OIDC_CLIENT_KEY: '{"kty":"EC"}' })).to.include(
        'SALLYPORT_OIDC_CLIENT_KEY'
      )
      expect(places({ ...PROVIDER, SALLYPORT_OIDC_KEYS: 'short' })).to.deep.equal(['SALLYPORT_OIDC_KEYS'])
    })

    it('no password and no cookie crosses a network in clear: an issuer and a public address by https, or of this machine', () => {
      expect(places({ ...PROVIDER, SALLYPORT_OIDC_ISSUER: 'http://login.example' })).to.deep.equal(['SALLYPORT_OIDC_ISSUER'])
      expect(places({ ...PROVIDER, SALLYPORT_PUBLIC_URL: 'http://gateway.example' })).to.deep.equal(['SALLYPORT_OIDC_ISSUER'])
      expect(places({ ...PROVIDER, SALLYPORT_LISTEN_HOST: '0.0.0.0' })).to.deep.equal(['SALLYPORT_OIDC_ISSUER'])
      expect(places({ ...PROVIDER, SALLYPORT_LISTEN_HOST: '0.0.0.0', SALLYPORT_PUBLIC_URL: 'https://gateway.example' })).to.deep.equal([])
    })

    it('a link for the first run: on this machine alone, and never beside a provider', () => {
      expect(readConfig({}).config.officers.firstRun).to.equal('terminal')
      expect(readConfig({ SALLYPORT_FIRST_RUN: 'on' }).config.officers.firstRun).to.equal('anywhere')
      for (const elsewhere of [{ SALLYPORT_LISTEN_HOST: '0.0.0.0' }, { SALLYPORT_PUBLIC_URL: 'https://gateway.example' }]) {
        expect(readConfig(elsewhere).config.officers.firstRun).to.equal('nowhere')
        expect(places({ SALLYPORT_FIRST_RUN: 'on', ...elsewhere })).to.deep.equal(['SALLYPORT_FIRST_RUN'])
      }
      expect(readConfig({ SALLYPORT_FIRST_RUN: 'off' }).config.officers.firstRun).to.equal('nowhere')
      expect(places({ ...PROVIDER, SALLYPORT_FIRST_RUN: 'on' })).to.deep.equal(['SALLYPORT_FIRST_RUN'])
    })
  })

  it('syslog: its address, the port of RFC 5425 where none is named, and files that must be there', () => {
    expect(readConfig({}).config.syslog).to.equal(null)
    const named = { host: 'siem.example', port: 6514, ca: null, cert: null, key: null }
    expect(readConfig({ SALLYPORT_SYSLOG_URL: 'tls://siem.example' }).config.syslog).to.deep.equal(named)
    expect(readConfig({ SALLYPORT_SYSLOG_URL: 'tls://[::1]:1999' }).config.syslog).to.deep.include({ host: '::1', port: 1999 })
    expect(
      faultsOf({ SALLYPORT_SYSLOG_URL: 'tls://siem.example', SALLYPORT_SYSLOG_CA: '/nowhere.pem' }).map(({ path }) => path)
    ).to.deep.equal(['SALLYPORT_SYSLOG_CA'])
    expect(faultsOf({ SALLYPORT_SYSLOG_CA: 'package.json' }).map(({ path }) => path)).to.deep.equal(['SALLYPORT_SYSLOG_URL'])
    const half = faultsOf({ SALLYPORT_SYSLOG_URL: 'tls://siem.example', SALLYPORT_SYSLOG_CERT: 'package.json' })
    expect(half.map(({ path }) => path)).to.deep.equal(['SALLYPORT_SYSLOG_KEY'])
  })

  it('hosts of partners inside the network are named with their ports, and an authority is for them alone', () => {
    const { config } = readConfig({ SALLYPORT_JWKS_ALLOW: 'keys.lan:8443,[fd00::7]:443', SALLYPORT_JWKS_CA: 'package.json' })
    expect(config.partners).to.deep.equal({ allow: ['keys.lan:8443', '[fd00::7]:443'], ca: resolve('package.json') })
    expect(readConfig({}).config.partners).to.deep.equal({ allow: [], ca: null })
    for (const value of ['keys.lan', '*:443', 'https://keys.lan:443', 'keys.lan:443, other:443', '10.0.0.0/8:443', 'user@keys.lan:443'])
      expect(
        faultsOf({ SALLYPORT_JWKS_ALLOW: value }).map(({ path }) => path),
        value
      ).to.deep.equal(['SALLYPORT_JWKS_ALLOW'])
    expect(faultsOf({ SALLYPORT_JWKS_CA: 'package.json' }).map(({ path }) => path)).to.deep.equal(['SALLYPORT_JWKS_ALLOW'])
  })

  for (const url of [
    'udp://siem.example:514',
    'tcp://siem.example:601',
    'siem.example:6514',
    'tls://user@siem.example',
    'tls://siem.example/path',
    'tls://siem.example:99999'
  ])
    it(`entries never leave in clear or for an unclear address: no syslog to ${url}`, () => {
      expect(faultsOf({ SALLYPORT_SYSLOG_URL: url }).map(({ path }) => path)).to.deep.equal(['SALLYPORT_SYSLOG_URL'])
    })

  it('the schema names a variable for each key, and describes every variable', () => {
    const { properties } = environmentSchema()
    for (const purpose of KEY_PURPOSES) expect(properties).to.have.property(`SALLYPORT_KEY_${purpose.toUpperCase()}`)
    for (const [name, { description }] of Object.entries(properties)) expect(description.length, name).to.be.greaterThan(10)
  })
})
