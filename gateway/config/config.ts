/**
 * From environment to configuration: validated against schemas/config/environment.json, all faults listed at once.
 * Refuses names it does not know (naming the nearest it does), half of a TLS pair, and an address that is no address.
 */
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { Ajv, type ErrorObject } from 'ajv'
import { closest } from 'fastest-levenshtein'
import { type Fault, PolicyError } from '../core/errors.ts'
import type { Environment } from './env.ts'
import { isCalledHere, type OfficersConfig, officersFaults, officersOf } from './officers.ts'
import { KEY_PURPOSES, type KeyPurpose, Secret, type Secrets } from './secrets.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** All in bytes where a name says bytes, seconds where it says seconds; folders and files are absolute paths. */
export interface Config {
  readonly listenHost: string
  /** 0: a free one */
  readonly port: number
  /** no slash at the end; null: made from host and port once the port is known */
  readonly publicUrl: string | null
  readonly dataDir: string
  readonly policiesDir: string
  readonly keysDir: string
  /** nobody named that folder, and others call this gateway: keys in clear beside the data that they open */
  readonly keysBesideData: boolean
  /** keys under a passphrase; null: the environment's, or the folder's */
  readonly keysFile: string | null
  /** a key in use for longer is told of */
  readonly keyMaxAgeDays: number
  readonly workers: number
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCa: string | null } | null
  readonly limits: Limits
  readonly checkpointSeconds: number
  readonly stallSeconds: number
  readonly logLevel: LogLevel
  readonly otlpEndpoint: string | null
  /** a collector of events (SIEM): syslog over TLS; files of PEM */
  readonly syslog: {
    readonly host: string
    readonly port: number
    readonly ca: string | null
    readonly cert: string | null
    readonly key: string | null
  } | null
  /** hosts of partners inside our own network, as host:port, and the PEM file of who vouches for them */
  readonly partners: { readonly allow: readonly string[]; readonly ca: string | null }
  /** how officers come in by browser; the secret or key of the client is a secret */
  readonly officers: OfficersConfig
  /** asked about texts; its token is a secret */
  readonly recogniser: { readonly url: string; readonly timeoutMs: number; readonly totalMs: number } | null
}

export interface Limits {
  readonly recordBytes: number
  readonly bundleBytes: number
  readonly uploadBytes: number
  readonly depth: number
  readonly expansion: number
  readonly uploadsPerParty: number
  readonly requestsPerMinute: number
  readonly strangersPerMinute: number
  readonly freeFailures: number
  readonly headerBytes: number
  readonly connections: number
  readonly connectionsPerAddress: number
  readonly waitingEntries: number
}

const SCHEMA_FILE = new URL('../../schemas/config/environment.json', import.meta.url)

/** The environment once ajv has turned texts into numbers and filled in the defaults. */
type Values = Record<string, string | number | undefined>

interface EnvironmentSchema {
  readonly properties: Readonly<Record<string, { readonly description: string; readonly default?: string | number }>>
}

/** The schema, for `sallyport config --help` and for the documentation. */
export function environmentSchema(): EnvironmentSchema {
  // the file is ours and compiled by ajv in strict mode before anything is read from it
  return JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')) as EnvironmentSchema
}

/** Names and numbers of a fault only: the value may be a secret in the wrong place. */
function faultOf(error: ErrorObject, known: readonly string[]): Fault {
  const name = error.instancePath.slice(1)
  if (error.keyword === 'additionalProperties') {
    const unknown = String(error.params['additionalProperty'])
    return { path: unknown, message: `is not a variable of the gateway; the nearest is ${closest(unknown, known)}` }
  }
  if (error.keyword === 'enum') return { path: name, message: `must be one of ${(error.params['allowedValues'] as string[]).join(', ')}` }
  if (error.keyword === 'pattern') return { path: name, message: `must look like ${String(error.params['pattern'])}` }
  return { path: name, message: error.message ?? 'is not valid' }
}

function validated(environment: Environment): { values: Values; faults: Fault[] } {
  const schema = environmentSchema()
  const ajv = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true, strict: true })
  const values: Values = { ...environment }
  const validate = ajv.compile(schema)
  const known = Object.keys(schema.properties)
  const faults = validate(values) ? [] : (validate.errors ?? []).map((error) => faultOf(error, known))
  return { values, faults }
}

/** One source of keys, and one passphrase. */
function keysFaults(values: Values): Fault[] {
  const given = (names: readonly string[]): string[] => names.filter((name) => values[name] !== undefined)
  const sealed = values['SALLYPORT_KEYS_FILE'] !== undefined
  const [one, ...second] = given(['SALLYPORT_KEYS_PASSPHRASE', 'SALLYPORT_KEYS_PASSPHRASE_FILE'])
  const others = given(KEY_PURPOSES.map((purpose) => `SALLYPORT_KEY_${purpose.toUpperCase()}`))
  return [
    ...(one !== undefined && !sealed ? [{ path: 'SALLYPORT_KEYS_FILE', message: `is needed because ${one} is set` }] : []),
    ...second.map((path) => ({ path, message: `cannot be set together with ${one}` })),
    ...(sealed ? others.map((path) => ({ path, message: 'cannot be set together with SALLYPORT_KEYS_FILE' })) : [])
  ]
}

/** Variables that name a file or folder that must be there. */
const FILES = [
  'SALLYPORT_TLS_CERT',
  'SALLYPORT_TLS_KEY',
  'SALLYPORT_TLS_CLIENT_CA',
  'SALLYPORT_JWKS_CA',
  'SALLYPORT_SYSLOG_CA',
  'SALLYPORT_SYSLOG_CERT',
  'SALLYPORT_SYSLOG_KEY',
  'SALLYPORT_KEYS_PASSPHRASE_FILE',
  'DATABASE_URL_FILE',
  'SALLYPORT_POLICIES_DIR'
] as const

/** What no schema says: variables that need or exclude one another, and files that must be there. */
function pairFaults(values: Values): Fault[] {
  const faults: Fault[] = []
  const has = (name: string): boolean => values[name] !== undefined
  const needs = (name: string, other: string): void => {
    if (has(name) && !has(other)) faults.push({ path: other, message: `is needed because ${name} is set` })
  }
  needs('SALLYPORT_TLS_CERT', 'SALLYPORT_TLS_KEY')
  needs('SALLYPORT_TLS_KEY', 'SALLYPORT_TLS_CERT')
  needs('SALLYPORT_TLS_CLIENT_CA', 'SALLYPORT_TLS_CERT')
  if (has('SALLYPORT_DATABASE_OWNER_URL') && !has('DATABASE_URL') && !has('DATABASE_URL_FILE'))
    faults.push({ path: 'DATABASE_URL', message: 'is needed because SALLYPORT_DATABASE_OWNER_URL is set' })
  needs('SALLYPORT_RECOGNISER_TOKEN', 'SALLYPORT_RECOGNISER_URL')
  needs('SALLYPORT_JWKS_CA', 'SALLYPORT_JWKS_ALLOW')
  for (const name of ['CA', 'CERT', 'KEY']) needs(`SALLYPORT_SYSLOG_${name}`, 'SALLYPORT_SYSLOG_URL')
  needs('SALLYPORT_SYSLOG_CERT', 'SALLYPORT_SYSLOG_KEY')
  needs('SALLYPORT_SYSLOG_KEY', 'SALLYPORT_SYSLOG_CERT')
  faults.push(...keysFaults(values))
  if (has('DATABASE_URL') && has('DATABASE_URL_FILE')) {
    faults.push({ path: 'DATABASE_URL_FILE', message: 'cannot be set together with DATABASE_URL' })
  }
  for (const name of FILES) {
    const path = values[name]
    if (typeof path === 'string' && !existsSync(path)) faults.push({ path: name, message: 'names a file or folder that is not there' })
  }
  for (const name of [
    'DATABASE_URL',
    'SALLYPORT_DATABASE_OWNER_URL',
    'SALLYPORT_PUBLIC_URL',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'SALLYPORT_RECOGNISER_URL',
    'SALLYPORT_SYSLOG_URL'
  ]) {
    const address = values[name]
    if (typeof address === 'string' && !URL.canParse(address)) faults.push({ path: name, message: 'is not a well-formed address' })
  }
  return faults
}

function text(values: Values, name: string): string | null {
  const value = values[`SALLYPORT_${name}`]
  return value === undefined ? null : String(value)
}

/** For variables with a default in the schema: a missing one is a fault of ours, not of the operator. */
function required(values: Values, name: string): string {
  const value = text(values, name)
  if (value === null) throw new TypeError(`schemas/config/environment.json gives no default for SALLYPORT_${name}`)
  return value
}

function limitsOf(values: Values): Limits {
  const number = (name: string): number => Number(required(values, `LIMIT_${name}`))
  return {
    recordBytes: number('RECORD_BYTES'),
    bundleBytes: number('BUNDLE_BYTES'),
    uploadBytes: number('UPLOAD_BYTES'),
    depth: number('DEPTH'),
    expansion: number('EXPANSION'),
    uploadsPerParty: number('UPLOADS_PER_PARTY'),
    requestsPerMinute: number('REQUESTS_PER_MINUTE'),
    strangersPerMinute: number('STRANGERS_PER_MINUTE'),
    freeFailures: number('FREE_FAILURES'),
    headerBytes: number('HEADER_BYTES'),
    connections: number('CONNECTIONS'),
    connectionsPerAddress: number('CONNECTIONS_PER_ADDRESS'),
    waitingEntries: number('WAITING_ENTRIES')
  }
}

function recogniserOf(values: Values): Config['recogniser'] {
  const url = text(values, 'RECOGNISER_URL')
  const milliseconds = (name: string): number => Number(required(values, name)) * 1000
  return url === null ? null : { url, timeoutMs: milliseconds('RECOGNISER_SECONDS'), totalMs: milliseconds('RECOGNISER_TOTAL_SECONDS') }
}

/** RFC 5425 §4.1: the port where none is named. */
const SYSLOG_PORT = 6514

function syslogOf(values: Values, file: (name: string) => string | null): Config['syslog'] {
  const url = text(values, 'SYSLOG_URL')
  if (url === null) return null
  const { hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  return { host, port: port === '' ? SYSLOG_PORT : Number(port), ca: file('SYSLOG_CA'), cert: file('SYSLOG_CERT'), key: file('SYSLOG_KEY') }
}

function configOf(values: Values): Config {
  const dataDir = resolve(required(values, 'DATA_DIR'))
  const file = (name: string): string | null => {
    const path = text(values, name)
    return path === null ? null : resolve(path)
  }
  const cert = file('TLS_CERT')
  const key = file('TLS_KEY')
  return {
    listenHost: required(values, 'LISTEN_HOST'),
    port: Number(required(values, 'PORT')),
    publicUrl: text(values, 'PUBLIC_URL')?.replace(/\/+$/, '') ?? null,
    dataDir,
    policiesDir: resolve(required(values, 'POLICIES_DIR')),
    keysDir: file('KEYS_DIR') ?? join(dataDir, 'keys'),
    keysBesideData: file('KEYS_DIR') === null && !isCalledHere(values),
    keysFile: file('KEYS_FILE'),
    keyMaxAgeDays: Number(required(values, 'KEY_MAX_AGE_DAYS')),
    workers: Number(text(values, 'WORKERS') ?? availableParallelism()),
    tls: cert === null || key === null ? null : { cert, key, clientCa: file('TLS_CLIENT_CA') },
    limits: limitsOf(values),
    checkpointSeconds: Number(required(values, 'CHECKPOINT_SECONDS')),
    stallSeconds: Number(required(values, 'STALL_SECONDS')),
    logLevel: required(values, 'LOG_LEVEL') as LogLevel, // the schema's enum
    syslog: syslogOf(values, file),
    partners: { allow: text(values, 'JWKS_ALLOW')?.split(',') ?? [], ca: file('JWKS_CA') },
    officers: officersOf(values),
    recogniser: recogniserOf(values),
    otlpEndpoint: values['OTEL_EXPORTER_OTLP_ENDPOINT']?.toString() ?? null
  }
}

function secretsOf(values: Values): Secrets {
  const file = values['DATABASE_URL_FILE']
  const url = file === undefined ? values['DATABASE_URL'] : readFileSync(String(file), 'utf8').trim()
  const keys = new Map<KeyPurpose, Secret>()
  for (const purpose of KEY_PURPOSES) {
    const jwk = text(values, `KEY_${purpose.toUpperCase()}`)
    if (jwk !== null) keys.set(purpose, new Secret(jwk))
  }
  const secret = (name: string): Secret | null => {
    const given = text(values, name)
    return given === null ? null : new Secret(given)
  }
  const passphraseFile = text(values, 'KEYS_PASSPHRASE_FILE')
  // a file's last newline is the editor's, not the passphrase's
  const passphrase = passphraseFile === null ? text(values, 'KEYS_PASSPHRASE') : readFileSync(passphraseFile, 'utf8').replace(/\r?\n$/, '')
  return {
    databaseOwnerUrl: secret('DATABASE_OWNER_URL'),
    databaseUrl: url === undefined ? null : new Secret(String(url)),
    keys,
    keysPassphrase: passphrase === null ? null : new Secret(passphrase),
    recogniserToken: secret('RECOGNISER_TOKEN'),
    clientSecret: secret('OIDC_CLIENT_SECRET'),
    clientKey: secret('OIDC_CLIENT_KEY')
  }
}

/** Environment → configuration and secrets. PolicyError config-invalid with every fault when anything is wrong. */
export function readConfig(environment: Environment): { config: Config; secrets: Secrets } {
  const { values, faults } = validated(environment)
  const all = [
    ...faults,
    ...[...pairFaults(values), ...officersFaults(values)].filter(({ path }) => !faults.some((fault) => fault.path === path))
  ]
  if (all.length > 0) throw new PolicyError('config-invalid', all)
  return { config: configOf(values), secrets: secretsOf(values) }
}
