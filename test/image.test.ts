/** The image and the Compose file, as far as they can be checked where no container engine is: shape, names, versions and hardening. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { expect } from 'chai'
import { parse } from 'yaml'
import { environmentSchema } from '../gateway/config/config.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const text = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

interface ComposeFile {
  readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly volumes: Readonly<Record<string, unknown>>
}

describe('image', () => {
  const compose = parse(text('docker-compose.yml')) as ComposeFile
  const dockerfile = text('scripts/image/Dockerfile')

  it('docker-compose.yml is valid by the JSON Schema of the Compose Specification', () => {
    const schema = JSON.parse(text('node_modules/dclint/schemas/compose.schema.json')) as Record<string, unknown>
    const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile({
      ...schema,
      $schema: 'http://json-schema.org/draft-07/schema#'
    })
    validate(compose)
    expect(validate.errors ?? []).to.deep.equal([])
    expect(validate({ services: { gateway: { imagge: 'x' } } })).to.equal(false)
  })

  it('every service has a read-only root file system and cannot gain privileges', () => {
    expect(Object.keys(compose.services)).to.have.members(['gateway', 'postgres', 'collector'])
    for (const [name, service] of Object.entries(compose.services)) {
      expect(service, name).to.include({ read_only: true })
      expect(service['security_opt'], name).to.include('no-new-privileges:true')
    }
  })

  it('sets only variables that the gateway knows, and mounts only what is there', () => {
    const known = Object.keys(environmentSchema().properties)
    expect(known).to.include.members(Object.keys(compose.services['gateway']?.['environment'] ?? {}))
    const inImage = [...dockerfile.matchAll(/\b(SALLYPORT_[A-Z_]+)=/g)].map((match) => match[1])
    expect(known).to.include.members(inImage)
    for (const service of Object.values(compose.services)) {
      for (const mount of (service['volumes'] ?? []) as string[]) {
        const source = mount.split(':')[0] ?? ''
        expect(source.startsWith('./') ? existsSync(`${ROOT}${source}`) : source in compose.volumes, mount).to.equal(true)
      }
    }
  })

  it('the gateway works as a role that owns nothing: the owner is for migrations, and the database makes the other', () => {
    const gateway = compose.services['gateway']?.['environment'] as Record<string, string>
    const postgres = compose.services['postgres']?.['environment'] as Record<string, string>
    const role = (url: string | undefined): string | undefined => /^postgres:\/\/(\w+):/.exec(url ?? '')?.[1]
    expect(role(gateway['SALLYPORT_DATABASE_OWNER_URL'])).to.equal(postgres['POSTGRES_USER'])
    expect(role(gateway['DATABASE_URL'])).to.equal('gateway')
    expect(compose.services['postgres']?.['volumes']).to.include(
      './scripts/image/gateway-role.sh:/docker-entrypoint-initdb.d/gateway-role.sh:ro'
    )
    expect(text('scripts/image/gateway-role.sh')).to.contain('CREATE ROLE gateway LOGIN NOSUPERUSER')
    expect(statSync(`${ROOT}scripts/image/gateway-role.sh`).mode & 0o111, 'it is run, not read').to.equal(0o111)
  })

  it('runs on the Node of package.json, not as root, with a health check', () => {
    const { dependencies } = JSON.parse(text('package.json')) as { dependencies: Record<string, string> }
    const bases = [...dockerfile.matchAll(/^FROM node:([0-9.]+)-/gm)].map((match) => match[1])
    expect(new Set(bases)).to.deep.equal(new Set([dependencies['node']]))
    expect(dockerfile).to.match(/^USER [1-9]\d*:[1-9]\d*$/m)
    expect(dockerfile).to.match(/^HEALTHCHECK .* CMD \["node", "gateway\/cli\.ts", "health"\]$/m)
  })

  it('nothing in the image can be written to by who runs it, but its two folders; no package runs a script, none of development is in it', () => {
    const owned = [...dockerfile.matchAll(/--chown|chown|chmod/g)]
    expect(owned, 'what is copied stays root’s').to.deep.equal([])
    expect(dockerfile).to.match(/install -d -o node -g node -m 0700 \/data \/keys$/m)
    expect(dockerfile).to.match(/npm ci --omit=dev --omit=optional --ignore-scripts/)
    expect(dockerfile.lastIndexOf('\nUSER '), 'the account is the last word on it').to.be.greaterThan(dockerfile.lastIndexOf('\nRUN '))
    expect(dockerfile).to.not.match(/^(?:ADD|ARG) |curl|wget|apt-get|--privileged|SECRET|PASSWORD|TOKEN=/m)
  })

  it('each container gives up every capability, has room in memory alone beside its volumes, and only the gateway has a port, on this machine', () => {
    for (const [name, service] of Object.entries(compose.services)) {
      expect(service, name).to.not.have.any.keys('privileged', 'cap_add', 'devices', 'pid', 'ipc', 'network_mode', 'userns_mode')
      if (name !== 'postgres') expect(service['cap_drop'], name).to.deep.equal(['ALL'])
      for (const mount of (service['volumes'] ?? []) as string[]) {
        expect(mount, name).to.not.include('docker.sock')
        if (mount.startsWith('./')) expect(mount, name).to.match(/:ro$/)
      }
      const ports = (service['ports'] ?? []) as string[]
      expect(
        ports.every((port) => port.startsWith('127.0.0.1:')),
        name
      ).to.equal(true)
      expect(ports.length === 0 || name === 'gateway', name).to.equal(true)
    }
    const environment = JSON.stringify(Object.values(compose.services).map((service) => service['environment'] ?? {}))
    expect(environment, 'every password comes from outside').to.not.match(/PASSWORD":"(?!\$\{)/)
  })

  it('copies what the gateway needs at run time, and its ignore file lets that through', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) => (match[1] ?? '').split(' '))
    expect(copied).to.include.members(['gateway', 'schemas', 'policies', 'package.json', 'package-lock.json', 'LICENSE'])
    const allowed = text('scripts/image/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
    expect(allowed.map((line) => line.slice(1))).to.have.members([...new Set(copied)])
    for (const source of copied) expect(existsSync(`${ROOT}${source}`), source).to.equal(true)
  })

  it('the collector’s configuration receives what the gateway sends', () => {
    const collector = parse(text('scripts/image/collector.yaml')) as { service: { pipelines: Record<string, { receivers: string[] }> } }
    expect(Object.keys(collector.service.pipelines)).to.have.members(['traces', 'metrics'])
  })
})
