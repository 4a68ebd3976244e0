/**
 * The one way the gateway fetches something at an address from a partner's file: one GET that can reach nothing but what the operator would have it reach. Decides
 * by the addresses the name stands for, all of them, and connects to those very ones: a name that means another address a moment later (DNS rebinding) changes
 * nothing. Refuses userinfo, other schemes, every redirect (what was registered is what is fetched), content codings (nothing is unpacked, so no bomb), other media
 * types, more bytes than are wanted, and whatever takes longer than the time for all of it: name, connection, headers and body.
 */
import type { LookupAddress } from 'node:dns'
import { lookup, Resolver } from 'node:dns/promises'
import { get as getClear, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http'
import { get as getSecure } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { type Reach, reachOf } from './addresses.ts'

/** Why nothing was fetched: a closed list, for operators. */
export type FetchFault =
  | 'bad-address'
  | 'address-refused'
  | 'unresolved'
  | 'unreachable'
  | 'too-slow'
  | 'redirected'
  | 'bad-status'
  | 'wrong-type'
  | 'encoded'
  | 'too-large'

export class NotFetched extends Error {
  override readonly name = 'NotFetched'
  readonly fault: FetchFault
  constructor(fault: FetchFault, cause?: unknown) {
    super(fault, cause === undefined ? {} : { cause })
    this.fault = fault
  }
}

/** What stands around every fetch. */
export interface Outside {
  /** `host:port` of hosts the operator named: these may be inside the house's network, and are known by the machine's own names too */
  readonly allowed: ReadonlySet<string>
  /** PEM of the authority that vouches for the hosts of `allowed`, and for no others; null: those Node trusts */
  readonly authority: string | null
  /** for all of it */
  readonly timeoutMs: number
  readonly resolve: Resolve
  readonly reachOf: (address: string) => Reach
}

/** The addresses of a name: by DNS, or, of a host that the operator named, as the machine resolves any name, its own file of names too. */
export type Resolve = (host: string, by: 'dns' | 'machine', signal: AbortSignal) => Promise<readonly string[]>

export interface Want {
  readonly schemes: readonly ('https:' | 'http:')[]
  readonly types: readonly string[]
  readonly maxBytes: number
}

interface Fetched {
  readonly bytes: Buffer
  readonly headers: IncomingHttpHeaders
}

const HEADER_BYTES = 16 * 1024
const TIMEOUT_MS = 5000
const DNS_TIMEOUT_MS = 2000

/** What the gateway runs with. `allowed`: of host:port, as the environment names them. */
export function outsideOf(allowed: readonly string[], authority: string | null): Outside {
  return { allowed: new Set(allowed), authority, timeoutMs: TIMEOUT_MS, resolve: resolveName, reachOf }
}

/** The body and headers of a 200 answer. NotFetched, whatever went wrong. */
export async function fetchOutside(outside: Outside, address: string, want: Want): Promise<Fetched> {
  const signal = AbortSignal.timeout(outside.timeoutMs)
  try {
    const url = parsed(address, want)
    const addresses = await reachable(outside, url, signal)
    const response = await answered(url, addresses, isNamed(outside, url) ? outside.authority : null, {
      signal,
      accept: want.types.join(', ')
    })
    return { bytes: await bodyOf(response, want), headers: response.headers }
  } catch (error) {
    if (signal.aborted) throw new NotFetched('too-slow', error)
    throw error instanceof NotFetched ? error : new NotFetched('unreachable', error)
  }
}

function parsed(address: string, { schemes }: Want): URL {
  const url = URL.parse(address)
  if (url === null || url.username !== '' || url.password !== '' || url.hostname === '') throw new NotFetched('bad-address')
  if (!schemes.some((scheme) => scheme === url.protocol)) throw new NotFetched('bad-address')
  return url
}

/** By the operator, with its port. */
function isNamed({ allowed }: Outside, { hostname, port, protocol }: URL): boolean {
  return allowed.has(`${hostname}:${port === '' ? (protocol === 'https:' ? 443 : 80) : port}`)
}

/** One address that must not be reached refuses them all: an honest name has none. */
async function reachable(outside: Outside, url: URL, signal: AbortSignal): Promise<readonly string[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const named = isNamed(outside, url)
  const addresses = isIP(host) === 0 ? await outside.resolve(host, named ? 'machine' : 'dns', signal) : [host]
  if (addresses.length === 0) throw new NotFetched('unresolved')
  const admitted: readonly Reach[] = named ? ['public', 'inside'] : ['public']
  if (!addresses.every((one) => admitted.includes(outside.reachOf(one)))) throw new NotFetched('address-refused')
  return addresses
}

const resolveName: Resolve = async (host, by, signal) => {
  if (by === 'machine')
    return untilAborted(
      signal,
      lookup(host, { all: true }).then((found) => found.map(({ address }) => address))
    )
  // not getaddrinfo: names that are slow to resolve would take the few threads that files and scrypt need
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 2 })
  signal.addEventListener('abort', () => resolver.cancel(), { once: true })
  const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
  return found.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
}

function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(new NotFetched('too-slow')), { once: true })
  )
  return Promise.race([work, aborted])
}

/** Answers the addresses that were checked, whatever the name means by now. An address in the URL is not looked up, and is the one that was checked. */
function pinned(addresses: readonly string[]): LookupFunction {
  const found: LookupAddress[] = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_host, options, callback) => {
    const [first = { address: '', family: 0 }] = found
    if (options.all === true) callback(null, found)
    else callback(null, first.address, first.family)
  }
}

function answered(
  url: URL,
  addresses: readonly string[],
  authority: string | null,
  { signal, accept }: { readonly signal: AbortSignal; readonly accept: string }
): Promise<IncomingMessage> {
  const options: RequestOptions = {
    // an agent of its own: no kept connection, and no proxy of the environment between the check and the call
    agent: false,
    lookup: pinned(addresses),
    maxHeaderSize: HEADER_BYTES,
    headers: { accept, 'accept-encoding': 'identity', 'user-agent': 'sallyport' },
    signal
  }
  const secure = { ...options, rejectUnauthorized: true, minVersion: 'TLSv1.2' as const, ...(authority === null ? {} : { ca: authority }) }
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? getSecure(url, secure, resolve) : getClear(url, options, resolve)
    request.on('error', reject)
  })
}

async function bodyOf(response: IncomingMessage, want: Want): Promise<Buffer> {
  try {
    requireWanted(response, want)
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of response) {
      const part = chunk as Buffer // no encoding was set
      length += part.length
      if (length > want.maxBytes) throw new NotFetched('too-large')
      chunks.push(part)
    }
    return Buffer.concat(chunks)
  } finally {
    response.destroy()
  }
}

function requireWanted({ statusCode = 0, headers }: IncomingMessage, { types, maxBytes }: Want): void {
  if (statusCode >= 300 && statusCode < 400) throw new NotFetched('redirected')
  if (statusCode !== 200) throw new NotFetched('bad-status')
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') throw new NotFetched('encoded')
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (!types.includes(type)) throw new NotFetched('wrong-type')
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw new NotFetched('too-large')
}
