/**
 * Every business event the gateway tells of, and every attribute an event or a span may carry, as tables to read down. Decides by
 * leaving out: what is not listed here cannot be logged, counted or traced, and nothing listed here is PHI.
 */

/**
 * What each attribute may hold: `id` an identifier of ours (a uuid, a party, an agreement), `word` a code or state of a closed
 * list, `route` a row of the route table, `number` a number that is logged only, `count` one that is also summed, `milliseconds` and `seconds`
 * ones that are also spread over a histogram, `error` anything thrown, of which only class and code are shown.
 */
export type Kind = 'id' | 'word' | 'route' | 'number' | 'count' | 'milliseconds' | 'seconds' | 'error'

export const ATTRIBUTES = {
  submission: 'id',
  dataset: 'id',
  target: 'id',
  emergency: 'id',
  officer: 'id',
  request: 'id',
  party: 'id',
  agreement: 'id',
  code: 'word',
  kind: 'word',
  state: 'word',
  version: 'word',
  method: 'word',
  route: 'route',
  status: 'number',
  port: 'number',
  workers: 'number',
  replica: 'number',
  attempts: 'number',
  agreements: 'number',
  days: 'number',
  size: 'number',
  progress: 'number',
  received: 'count',
  rejected: 'count',
  released: 'count',
  withheld: 'count',
  held: 'count',
  bytes: 'count',
  entries: 'count',
  migrations: 'number',
  milliseconds: 'milliseconds',
  seconds: 'seconds',
  error: 'error'
} as const satisfies Readonly<Record<string, Kind>>

export type Attribute = keyof typeof ATTRIBUTES

/** Attributes that may label a metric: few values each, or the number of series grows without bound. */
export const LABELS: ReadonlySet<Attribute> = new Set<Attribute>([
  'party',
  'agreement',
  'code',
  'kind',
  'state',
  'method',
  'route',
  'status'
])

export type Level = 'debug' | 'info' | 'warn' | 'error'

interface EventRow {
  readonly level: Level
  readonly says: string
  readonly attributes: readonly Attribute[]
}

export const EVENTS = {
  // the house
  started: { level: 'info', says: 'the gateway listens', attributes: ['port', 'workers', 'version', 'replica'] },
  stopping: { level: 'info', says: 'the gateway takes no more requests and finishes what it has', attributes: [] },
  stopped: { level: 'info', says: 'the gateway has stopped', attributes: ['seconds'] },
  databaseChanged: { level: 'info', says: 'the embedded database', attributes: ['state'] },
  migrated: { level: 'info', says: 'the database has the present schema', attributes: ['migrations'] },
  logOwned: {
    level: 'warn',
    says: 'the role of DATABASE_URL owns the log or is a superuser: no grant keeps it from changes',
    attributes: []
  },
  keysInClear: {
    level: 'warn',
    says: "the gateway's keys lie in clear in a folder: keep them under a passphrase (SALLYPORT_KEYS_FILE), or in what a container's secrets mount",
    attributes: []
  },
  signInFailed: {
    level: 'warn',
    says: 'somebody could not be signed in: the provider did not answer, or what it said does not hold',
    attributes: ['error']
  },
  firstRunOffered: {
    level: 'warn',
    says: 'NOT FOR PRODUCTION: no provider is configured, and whoever opens the link on the terminal is a local officer',
    attributes: []
  },
  keyOld: { level: 'warn', says: 'a key of the gateway is older than the policy has it: rotate it', attributes: ['kind', 'days'] },
  certificateRenewed: { level: 'info', says: 'new connections get a new certificate; so many days are left of it', attributes: ['days'] },
  certificateFaulty: { level: 'error', says: 'the new certificate cannot be used: the one before it serves on', attributes: ['error'] },
  agreementNotInForce: { level: 'warn', says: 'an agreement is not in force', attributes: ['agreement', 'code'] },
  agreementAttestationDue: { level: 'warn', says: 'an agreement must be attested anew', attributes: ['agreement', 'kind', 'days'] },
  policiesChanged: { level: 'info', says: 'the policies in force were read', attributes: ['agreements'] },
  integrityBroken: { level: 'error', says: 'something that must never be: stop and look', attributes: ['code', 'target'] },
  keysNotVacuumed: {
    level: 'warn',
    says: 'keys of subjects are destroyed, but the database did not give their room back: VACUUM subject_key, subject_alias as their owner',
    attributes: []
  },
  // identity and requests
  tokenGranted: { level: 'info', says: 'a token was granted', attributes: ['party'] },
  keysUnavailable: {
    level: 'warn',
    says: "a party's keys, or a list of revoked certificates, cannot be had: see kind; those known before count for a while",
    attributes: ['party', 'kind']
  },
  refused: { level: 'warn', says: 'a request was refused', attributes: ['route', 'status', 'code', 'party', 'request'] },
  requestFailed: { level: 'error', says: 'a request failed on our side', attributes: ['route', 'code', 'request', 'error'] },
  answered: { level: 'debug', says: 'a request was answered', attributes: ['route', 'method', 'status', 'seconds', 'party'] },
  emergencyBegun: {
    level: 'error',
    says: 'an officer holds more than his or her file says, in an emergency: look who, and why (sallyport emergency list)',
    attributes: ['emergency', 'officer']
  },
  emergencyEnded: { level: 'warn', says: 'what an officer held in an emergency has ended', attributes: ['emergency', 'officer'] },
  // accept
  submissionOpened: { level: 'info', says: 'a submission was opened', attributes: ['submission', 'party', 'agreements'] },
  uploadKept: {
    level: 'info',
    says: 'an upload is durable and encrypted',
    attributes: ['submission', 'party', 'received', 'rejected', 'bytes', 'milliseconds']
  },
  uploadFailed: { level: 'warn', says: 'an upload was given up', attributes: ['submission', 'party', 'code'] },
  submissionClosed: { level: 'info', says: 'a submission was closed', attributes: ['submission', 'party', 'agreements'] },
  submissionDestroyed: { level: 'info', says: 'the key of a submission was destroyed', attributes: ['submission'] },
  // release
  stepDone: { level: 'debug', says: 'a step of work is done', attributes: ['kind', 'target', 'milliseconds'] },
  stepFailed: {
    level: 'warn',
    says: 'a step of work failed and is tried again',
    attributes: ['kind', 'target', 'code', 'attempts', 'error']
  },
  datasetReady: {
    level: 'info',
    says: 'a dataset is recorded, sealed and ready',
    attributes: ['dataset', 'agreement', 'released', 'withheld']
  },
  datasetHeld: { level: 'warn', says: 'a dataset waits for an officer', attributes: ['dataset', 'agreement'] },
  datasetRefused: { level: 'warn', says: 'a dataset was refused', attributes: ['dataset', 'agreement', 'code'] },
  // forward
  exportStarted: { level: 'info', says: 'an export was asked for', attributes: ['agreement', 'party'] },
  fileDelivered: { level: 'info', says: 'a file left the gateway', attributes: ['dataset', 'party', 'bytes'] },
  feedConfirmed: { level: 'debug', says: 'the collector of events confirmed what it was sent', attributes: ['entries'] },
  feedFailed: { level: 'warn', says: 'the collector of events cannot be reached, or did not confirm', attributes: ['attempts', 'error'] },
  acknowledged: { level: 'info', says: 'a recipient confirmed a dataset', attributes: ['dataset', 'party'] }
} as const satisfies Readonly<Record<string, EventRow>>

export type EventName = keyof typeof EVENTS

interface ValueOfKind {
  id: string | null
  word: string | null
  route: string | null
  number: number
  count: number
  milliseconds: number
  seconds: number
  error: unknown
}

/** What a caller passes for an attribute. */
export type ValueOf<A extends Attribute> = ValueOfKind[(typeof ATTRIBUTES)[A]]

/** One function per event; each takes exactly the attributes of its row. */
export type Observer = {
  readonly [E in EventName]: (event: { readonly [A in (typeof EVENTS)[E]['attributes'][number]]: ValueOf<A> }) => void
}

/** The stages that a span may be named after. */
export const SPANS = ['upload', 'close', 'release-bucket', 'gate', 'seal-shard', 'record', 'destroy'] as const
export type SpanName = (typeof SPANS)[number]
