/**
 * A party's session with a gateway: finds the token endpoint, signs in with private_key_jwt, keeps the token while it lives and signs in
 * again when it ends. Refuses a token endpoint outside the server the user named.
 */
import { OperatorHint } from '../../core/errors.ts'
import { type ClientKey, readClientKey, signAssertion } from './assertion.ts'
import { count, parseObject, text } from './json.ts'
import { refusalOf } from './refusal.ts'
import { type Answer, type Call, createTransport, serverBase, type Transport, type Trust } from './transport.ts'

export interface SessionOptions extends Trust {
  readonly server: string
  readonly party: string
  readonly keyFile: string
  readonly scope:
    | 'sallyport/submit'
    | 'system/*.rs'
    | 'sallyport/agreements'
    | 'sallyport/keys'
    | 'sallyport/accountings system/AuditEvent.rs'
    | 'sallyport/redelivery'
    | 'sallyport/operate'
    | 'sallyport/emergencies'
}

export interface Session {
  readonly server: string
  /** An answer below 400; any other becomes an error with its stable code. */
  call(call: Call): Promise<Answer>
  /** As call(), whatever the status. */
  attempt(call: Call): Promise<Answer>
  /** An access token that lives for some seconds yet, for another tool to use. */
  token(): Promise<string>
  close(): Promise<void>
}

interface Token {
  readonly value: string
  /** milliseconds since 1970 */
  readonly until: number
}

/** A token is not used in its last seconds: an upload may wait in a queue. */
const SPARE_MS = 20_000

async function tokenEndpoint(transport: Transport, server: string): Promise<string> {
  const answer = await transport.send({
    method: 'GET',
    url: `${server}/.well-known/smart-configuration`,
    headers: { accept: 'application/json' }
  })
  if (answer.status !== 200) throw await refusalOf(answer)
  const endpoint = text(parseObject(await answer.text()), 'token_endpoint')
  if (!URL.canParse(endpoint) || new URL(endpoint).origin !== new URL(server).origin) {
    throw new OperatorHint('the server names a token endpoint at another address: use the address it calls its own as --server')
  }
  return endpoint
}

async function signIn(transport: Transport, endpoint: string, key: ClientKey, options: SessionOptions): Promise<Token> {
  const answer = await transport.send({
    method: 'POST',
    url: endpoint,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: () =>
      new URLSearchParams({
        grant_type: 'client_credentials',
        scope: options.scope,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: signAssertion(key, options.party, endpoint, Date.now())
      }).toString()
  })
  if (answer.status !== 200) throw await refusalOf(answer)
  const granted = parseObject(await answer.text())
  return { value: text(granted, 'access_token'), until: Date.now() + count(granted, 'expires_in') * 1000 }
}

/** Opens a session. Nothing is sent before the first call. Throws OperatorHint on options that cannot work. */
export function createSession(options: SessionOptions): Session {
  const server = serverBase(options.server)
  const key = readClientKey(options.keyFile)
  const transport = createTransport(options)
  let endpoint: Promise<string> | null = null
  let token: Promise<Token> | null = null

  async function currentToken(): Promise<string> {
    const held = await token
    if (held !== null && held.until - SPARE_MS > Date.now()) return held.value
    endpoint ??= tokenEndpoint(transport, server)
    const fresh = endpoint.then((url) => signIn(transport, url, key, options))
    token = fresh
    try {
      return (await fresh).value
    } catch (error) {
      endpoint = null
      token = null
      throw error
    }
  }

  async function attempt(call: Call): Promise<Answer> {
    const send = async (): Promise<Answer> =>
      transport.send({ ...call, headers: { ...call.headers, authorization: `Bearer ${await currentToken()}` } })
    const answer = await send()
    if (answer.status !== 401) return answer
    await answer.text()
    token = null // ended early: the gateway restarted with another key, or clocks differ
    return send()
  }

  async function call(what: Call): Promise<Answer> {
    const answer = await attempt(what)
    if (answer.status >= 400) throw await refusalOf(answer)
    return answer
  }

  return { server, call, attempt, token: currentToken, close: () => transport.close() }
}
