/**
 * The table of attacks on identity: what is tried, the stage that refuses it (a file of gateway/), the word by which it does and the tests that show it. A row fails when its stage is
 * gone or has that word no more, or a test named here is gone, skipped or alone. Agreements have a table of their own: attacks.test.ts.
 */
import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'chai'

/** attack, stage, a word of its source (a code, or the rule), tests: a file of test/ and words of it */
type Row = readonly [attack: string, stage: string, word: string, ...shown: (readonly [file: string, words: string])[]]

const TOKEN = 'http/token-attacks.test.ts'
const USE = 'http/token-use.test.ts'
const SIGN_IN = 'http/sign-in.test.ts'
const SESSIONS = 'http/sessions.test.ts'
const FETCH = 'intake/reach/fetch.test.ts'
const KEYS = 'intake/registered-keys.test.ts'
const ASSERTION = 'seal/assertion.ts'
const ROUTES = 'http/routes.test.ts'

/** Each attack that must be refused. */
const ATTACKS: readonly string[] = [
  'alg none',
  'HS256 with a public key',
  'ES/RS confusion',
  'embedded jwk',
  'x5u',
  'jku elsewhere',
  'kid traversal and injection',
  'crit unknown',
  'b64 false',
  'replayed jti across replicas and across restart',
  'exp far ahead',
  'aud array tricks',
  'iss ≠ sub',
  'clock skew edges',
  'token of a suspended party',
  'token from another certificate',
  'stolen cookie',
  'session fixation',
  'CSRF',
  'open redirect',
  'forced browsing',
  'verb tampering',
  'mass assignment',
  'id guessing across parties',
  'JWKS host down',
  'JWKS host slow',
  'JWKS host huge',
  'JWKS host redirecting to metadata addresses',
  'DNS rebinding',
  'ten thousand fuzzed Authorization headers and assertions',
  'request smuggling',
  'path confusion'
]

const TABLE: readonly Row[] = [
  [
    'alg none',
    ASSERTION,
    'invalid_client',
    [TOKEN, 'alg none, in every spelling'],
    ['seal/token.test.ts', 'alg none and HS256 with the public key are invalid_client']
  ],
  ['alg none', 'seal/token.ts', 'token-invalid', ['http/hostile.test.ts', 'forged access tokens are 401 token-invalid: alg none']],
  ['HS256 with a public key', ASSERTION, 'invalid_client', [TOKEN, 'HS256, HS384 and HS512 with the public key as the secret']],
  ['ES/RS confusion', ASSERTION, 'invalid_client', [TOKEN, 'ES and RS confused']],
  ['embedded jwk', ASSERTION, 'invalid_client', [TOKEN, 'an embedded jwk, and a signature by it']],
  ['x5u', ASSERTION, 'invalid_client', [TOKEN, 'x5u: keys are never fetched from where an assertion says']],
  ['jku elsewhere', ASSERTION, 'jku', [TOKEN, 'jku elsewhere'], [TOKEN, 'jku of another party']],
  ['kid traversal and injection', ASSERTION, 'kid', [TOKEN, 'kid with a path in it'], [TOKEN, 'kid with SQL in it'], [TOKEN, 'kid twice']],
  ['crit unknown', ASSERTION, 'invalid_client', [TOKEN, 'crit unknown (RFC 7515 §4.1.11)']],
  ['b64 false', ASSERTION, 'invalid_client', [TOKEN, 'b64 false (RFC 7797)']],
  [
    'replayed jti across replicas and across restart',
    'store/spent-jti.ts',
    'spent_jti',
    [TOKEN, 'a replayed jti on another replica'],
    ['journeys/tokens.test.ts', 'a replayed jti is refused at the other replica, and by one that was started since']
  ],
  ['exp far ahead', ASSERTION, 'exp', [TOKEN, 'exp far ahead (SMART: five minutes)']],
  ['aud array tricks', ASSERTION, 'aud', [TOKEN, 'aud: ours and another (RFC 8725 §3.9)'], [TOKEN, 'aud: a list in a list']],
  ['iss ≠ sub', ASSERTION, 'sub', [TOKEN, 'iss is not sub']],
  ['clock skew edges', ASSERTION, 'invalid_client', ['seal/token.test.ts', 'clocks differ by 10 seconds at most, to the second']],
  [
    'token of a suspended party',
    'http/authenticate.ts',
    'token-invalid',
    [USE, 'a party that is suspended, and one that is revoked'],
    ['journeys/parties.test.ts', 'a party suspended in mid-download']
  ],
  [
    'token from another certificate',
    'http/authenticate.ts',
    'token-invalid',
    ['http/token-bound.test.ts', 'of another party’s certificate, of none'],
    ['http/tls.test.ts', 'its token works on that connection only']
  ],
  [
    'stolen cookie',
    'exchange/identity/sessions.ts',
    'session-ended',
    [SESSIONS, 'a stolen cookie after its owner signed out'],
    [SESSIONS, 'a stolen cookie after it was replaced']
  ],
  [
    'session fixation',
    'exchange/identity/sessions.ts',
    'session-ended',
    [SESSIONS, 'session fixation: a cookie that was set before the sign-in']
  ],
  [
    'CSRF',
    'http/sessions.ts',
    'cross-site',
    ['http/session-csrf.test.ts', 'a fetch of another site that knows the token'],
    ['http/routes-by-session.test.ts', 'without the token, with another, or from another site, nothing is changed']
  ],
  ['open redirect', 'exchange/identity/sign-in.ts', 'return_to', [SIGN_IN, 'open redirect: return_to is one of our own addresses']],
  ['forced browsing', 'http/authorise.ts', 'scope-missing', [ROUTES, 'and nobody else (forced browsing)']],
  ['verb tampering', 'http/app.ts', 'method-not-allowed', [ROUTES, 'X-HTTP-Method-Override says (verb tampering)']],
  ['mass assignment', 'http/body.ts', 'bad-request', ['http/tampering.test.ts', 'a member more is refused, whatever it is called']],
  ['id guessing across parties', 'http/paths.ts', 'not-found', ['journeys/id-guessing.test.ts', 'what is of others is not there for']],
  ['JWKS host down', 'intake/reach/fetch.ts', 'unreachable', [KEYS, 'refused (unreachable): the host is down']],
  ['JWKS host slow', 'intake/reach/fetch.ts', 'too-slow', [KEYS, 'an answer that drips'], [KEYS, 'a slow party keeps no other waiting']],
  ['JWKS host huge', 'intake/reach/fetch.ts', 'too-large', [KEYS, 'a set without end, not announced'], [KEYS, 'a gzip bomb']],
  [
    'JWKS host redirecting to metadata addresses',
    'intake/reach/fetch.ts',
    'redirected',
    [KEYS, 'a redirect to the metadata address of a cloud'],
    [FETCH, 'metadata and link-local, even of a host that the operator named']
  ],
  ['DNS rebinding', 'intake/reach/fetch.ts', 'address-refused', [FETCH, 'DNS rebinding: the name is resolved once']],
  [
    'ten thousand fuzzed Authorization headers and assertions',
    'http/authenticate.ts',
    'token-invalid',
    ['http/token-fuzz.test.ts', 'assertions: the same 401 for each'],
    ['http/token-fuzz.test.ts', 'Authorization headers: the same 401 for each']
  ],
  [
    'request smuggling',
    'http/head.ts',
    'bad-request',
    ['http/smuggling.test.ts', 'CL.TE: the length hides a request'],
    ['http/smuggling.test.ts', 'two Hosts (RFC 9112 §3.2)']
  ],
  ['path confusion', 'http/paths.ts', 'bad-request', ['http/hostile.test.ts', 'paths that two readers could read differently are 400']]
]

function textOf(path: string): string {
  const url = new URL(path, import.meta.url)
  return existsSync(url) ? readFileSync(url, 'utf8') : ''
}

describe('the table of attacks on identity', () => {
  it('has a row for each, and no other', () => {
    expect([...new Set(TABLE.map(([attack]) => attack))]).to.deep.equal(ATTACKS)
  })

  for (const [attack, stage, word, ...shown] of TABLE)
    it(`${attack}: refused by ${stage}`, () => {
      expect(textOf(`../gateway/${stage}`), `${stage}: ${word}`).to.include(word)
      expect(shown).to.not.have.length(0)
      for (const [file, words] of shown) {
        const test = textOf(file)
        expect(test, `${file}: a test is gone`).to.include(words)
        expect(test, `${file}: something in it is skipped or alone`).not.to.match(/\b(?:it|describe)\.(?:skip|only)\(/)
      }
    })
})
