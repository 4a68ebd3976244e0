/** What a start and the `keys` commands say of keys that are lost, altered, of another ring or old: they fail closed, with what to do. */
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { generateKeyRing } from '../../gateway/seal/generate.ts'
import { PURPOSES, readKeyRing } from '../../gateway/seal/keyring.ts'
import { AT_ONCE, makeSite, type Site, startProcess } from '../support/gateway.ts'
import { officer } from '../support/house.ts'
import { useDatabase } from '../support/postgres.ts'

const PASSPHRASE = 'a passphrase of the tests'

describe('keys that are lost, altered, foreign or old', function () {
  this.timeout(120_000)
  const database = useDatabase()
  const kept: { site: Site | null } = { site: null }
  const site = (): Site => kept.site as Site
  const folder = (): string => site().env['SALLYPORT_KEYS_DIR'] ?? ''

  before(async () => {
    kept.site = makeSite(database(), { 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null }, { SALLYPORT_WORKERS: '1' })
    await (await startProcess(site())).stop()
    for (const purpose of PURPOSES) copyFileSync(join(folder(), `${purpose}.jwk`), join(site().folder, `${purpose}.saved`))
    writeFileSync(join(site().folder, 'passphrase'), `${PASSPHRASE}\n`, { mode: 0o600 })
  })
  afterEach(() => {
    rmSync(folder(), { recursive: true, force: true })
    mkdirSync(folder(), { mode: 0o700 })
    for (const purpose of PURPOSES) copyFileSync(join(site().folder, `${purpose}.saved`), join(folder(), `${purpose}.jwk`))
    for (const purpose of PURPOSES) chmodSync(join(folder(), `${purpose}.jwk`), 0o600)
  })
  after(() => kept.site?.remove())

  /** What a start says that does not come about. */
  async function refusedStart(env: Readonly<Record<string, string>> = {}): Promise<string> {
    const said = await startProcess(site(), { ...env }).then(
      async (gateway) => {
        await gateway.stop()
        return 'IT STARTED'
      },
      (error: Error) => error.message
    )
    expect(said).to.not.include(PASSPHRASE)
    expect(said, 'nothing secret').to.not.match(/"d":|"k":/)
    return said
  }
  const sealed = (): Record<string, string> => ({
    SALLYPORT_KEYS_FILE: join(site().folder, 'keys.json'),
    SALLYPORT_KEYS_PASSPHRASE_FILE: join(site().folder, 'passphrase')
  })

  it('in clear in a folder that nobody named, beside the data: no start for callers of other machines; named, it is the operator’s word', async () => {
    const beside = join(site().folder, 'data', 'keys')
    cpSync(folder(), beside, { recursive: true })
    const { SALLYPORT_KEYS_DIR: named = '', ...unnamed } = site().env
    const start = async (env: Readonly<Record<string, string>>): Promise<string> =>
      startProcess({ ...site(), env: { ...unnamed, ...env } }).then(
        async (gateway) => {
          await gateway.stop()
          return gateway.log().includes('lie in clear in a folder') ? 'started, and warned' : gateway.log()
        },
        (error: Error) => error.message
      )
    for (const elsewhere of [{ SALLYPORT_PUBLIC_URL: 'https://gateway.example' }, { SALLYPORT_LISTEN_HOST: '0.0.0.0' }]) {
      expect(await start(elsewhere))
        .to.include('[config-invalid]')
        .and.to.include('SALLYPORT_KEYS_DIR')
        .and.to.include('keys encrypt')
    }
    expect(await start({ SALLYPORT_PUBLIC_URL: 'http://localhost:8480' })).to.equal('started, and warned')
    expect(await start({ SALLYPORT_PUBLIC_URL: 'http://gateway.example', SALLYPORT_KEYS_DIR: named })).to.equal('started, and warned')
    rmSync(beside, { recursive: true })
  })

  it('without the folder, without one key, with a key of another purpose or half of one: named, and nothing is made in its place', async () => {
    for (const name of ['token.jwk', 'log.jwk']) {
      const path = join(folder(), name)
      renameSync(path, `${path}.away`)
      expect(await refusedStart(), name)
        .to.include('[key-missing]')
        .and.to.include(name)
        .and.to.include('backup of keys')
      copyFileSync(join(folder(), 'wrapping.jwk'), path)
      expect(await refusedStart(), name)
        .to.include('[config-invalid]')
        .and.to.include(name)
      writeFileSync(path, readFileSync(`${path}.away`, 'utf8').slice(0, 40))
      expect(await refusedStart(), name)
        .to.include('[config-invalid]')
        .and.to.include(name)
      renameSync(`${path}.away`, path)
    }
    rmSync(folder(), { recursive: true })
    expect(await refusedStart())
      .to.include('[key-missing]')
      .and.to.include('no such folder of keys')
  })

  it('with another ring than the database has: each key it needs is named by purpose and kid', async () => {
    const ring = readKeyRing(new Map(PURPOSES.map((purpose) => [`${purpose}.jwk`, readFileSync(join(folder(), `${purpose}.jwk`), 'utf8')])))
    for (const [name, text] of generateKeyRing('localhost/sallyport-log')) writeFileSync(join(folder(), name), text, { mode: 0o600 })
    const said = await refusedStart()
    expect(said).to.include('[key-missing]').and.to.include('put back the ring that belongs to it')
    for (const purpose of PURPOSES) expect(said).to.include(`${purpose} ${ring[purpose].current.kid}`)
    const command = await officer(site(), ['consent', 'list'])
    expect([command.code, command.err.includes('[key-missing]')], 'nor does a command work on it').to.deep.equal([2, true])
    const status = await officer(site(), ['keys', 'status'])
    expect([status.code, status.out.match(/ missing /g)?.length]).to.deep.equal([3, 5])
  })

  it('under a passphrase: it starts; another passphrase, none, a file cut, altered or open to others does not, though the folder has every key', async () => {
    const file = sealed()['SALLYPORT_KEYS_FILE'] ?? ''
    const weak = join(site().folder, 'weak')
    writeFileSync(weak, 'short\n')
    expect((await officer(site(), ['keys', 'encrypt', '--out', file, '--passphrase-file', weak])).err).to.include('15 characters')
    const made = await officer(site(), ['keys', 'encrypt', '--out', file, '--passphrase-file', join(site().folder, 'passphrase')])
    expect(made.code, made.err).to.equal(0)
    expect(
      (await officer(site(), ['keys', 'encrypt', '--out', file, '--passphrase-file', join(site().folder, 'passphrase')])).err
    ).to.include('never overwritten')
    const gateway = await startProcess(site(), sealed())
    expect(gateway.log()).to.not.include('keys-in-clear')
    const ready = (await (await fetch(`${gateway.url}/readyz`)).json()) as { status: string; checks: { keys: boolean }; keyDays: object }
    expect([ready.status, ready.checks.keys, Object.keys(ready.keyDays).sort()]).to.deep.equal(['ready', true, [...PURPOSES].sort()])
    await gateway.stop()

    expect(await refusedStart({ ...sealed(), SALLYPORT_KEYS_PASSPHRASE_FILE: weak })).to.include('[keys-closed]')
    expect(await refusedStart({ SALLYPORT_KEYS_FILE: file }))
      .to.include('[key-missing]')
      .and.to.include('SALLYPORT_KEYS_PASSPHRASE')
    expect(await refusedStart({ ...sealed(), SALLYPORT_KEYS_PASSPHRASE: PASSPHRASE })).to.include('[config-invalid]')
    expect(await refusedStart({ ...sealed(), SALLYPORT_KEY_TOKEN: '{}' })).to.include('[config-invalid]')
    const text = readFileSync(file, 'utf8')
    for (const altered of [text.slice(0, -200), text.replace(/"nonce": "./, '"nonce": "_'), '', text.replace('131072', '32768')]) {
      writeFileSync(file, altered)
      expect(await refusedStart(sealed())).to.include('[keys-closed]')
    }
    writeFileSync(file, text)
    chmodSync(file, 0o644)
    expect(await refusedStart(sealed()))
      .to.include('[config-invalid]')
      .and.to.include('chmod 600')
    rmSync(file)
    expect(await refusedStart(sealed()))
      .to.include('[key-missing]')
      .and.to.include('no such file of keys')
  })

  it('from the environment: all five or none, whatever the folder has', async () => {
    const said = await refusedStart({ SALLYPORT_KEY_TOKEN: readFileSync(join(folder(), 'token.jwk'), 'utf8') })
    expect(said).to.include('[key-missing]').and.to.include('SALLYPORT_KEY_WRAPPING').and.to.include('no other place is asked')
    const all = Object.fromEntries(
      PURPOSES.map((purpose) => [`SALLYPORT_KEY_${purpose.toUpperCase()}`, readFileSync(join(folder(), `${purpose}.jwk`), 'utf8')])
    )
    rmSync(folder(), { recursive: true })
    await (await startProcess(site(), all)).stop()
  })

  it('keys in clear, and keys older than the policy has it, are warned of at the start and in /readyz; neither makes it unready', async () => {
    const path = join(folder(), 'wrapping.jwk')
    const jwk = JSON.parse(readFileSync(path, 'utf8')) as { iat: number }
    writeFileSync(path, JSON.stringify({ ...jwk, iat: jwk.iat - 400 * 86_400 }))
    const gateway = await startProcess(site())
    const events = gateway
      .log()
      .split('\n')
      .filter((line) => /"key-old"|"keys-in-clear"/.test(line))
    expect(events.map((line) => (JSON.parse(line) as { level: string }).level)).to.deep.equal(['warn', 'warn'])
    const answer = await fetch(`${gateway.url}/readyz`)
    const ready = (await answer.json()) as { checks: { keys: boolean }; keyDays: Record<string, number> }
    expect([answer.status, ready.checks.keys, ready.keyDays['wrapping'], ready.keyDays['token']]).to.deep.equal([200, false, 400, 0])
    const status = await officer(site(), ['keys', 'status'])
    expect(status.code, status.err).to.equal(0)
    expect(status.out).to.include('IN CLEAR').and.to.include('400 days (too old: rotate it)')
    await gateway.stop()
  })

  it('a lost token, manifest or log key: a fresh one, the public half from the pins, and the old log still proves', async () => {
    const pins = join(site().folder, 'pins.json')
    writeFileSync(pins, (await officer(site(), ['keys', 'pins'])).out)
    const lost = new Map<string, string>()
    const ring = readKeyRing(new Map(PURPOSES.map((purpose) => [`${purpose}.jwk`, readFileSync(join(folder(), `${purpose}.jwk`), 'utf8')])))
    for (const purpose of ['token', 'manifest', 'log'] as const) {
      lost.set(purpose, ring[purpose].current.kid)
      rmSync(join(folder(), `${purpose}.jwk`))
    }
    for (const purpose of lost.keys()) {
      const made = await officer(site(), ['keys', 'generate', '--only', purpose, '--origin', 'localhost/sallyport-log'])
      expect(made.code, made.err).to.equal(0)
    }
    expect(await refusedStart())
      .to.include('[key-missing]')
      .and.to.include(`log ${lost.get('log')}`)
    const adopted = await officer(site(), ['keys', 'adopt', pins])
    expect(adopted.code, adopted.err).to.equal(0)
    const dropped = await officer(site(), ['keys', 'drop', 'token', lost.get('token') ?? '', '--lost'])
    expect(dropped.code, dropped.err).to.equal(0)
    const gateway = await startProcess(site())
    const fsck = await officer(site(), ['log', 'fsck'])
    expect(fsck.code, fsck.err).to.equal(0)
    await gateway.stop()
  })
})
