/**
 * The table of attacks on identity: what is tried, the stage that refuses it (a file of gateway/), the rule by which it does, and the tests that show it by their titles. A row fails when
 * no throw or return of its stage has that rule any more, or a test named here is gone, renamed, skipped anywhere or alone. Agreements have a table of their own: attacks.test.ts.
 */
import { expect } from 'chai'
import { LEFT_OUT, MAY_SKIP, refusalsIn, sourceOf, timesTitled } from './support/sources.ts'

/** attack, stage, what stands together in one refusal of it (support/sources.ts), tests: a file of test/ and a title, or a whole piece of one, that stands there once */
type Row = readonly [attack: string, stage: string, rule: readonly string[], ...shown: (readonly [file: string, title: string])[]]

const TOKEN = 'http/token-attacks.test.ts'
const USE = 'http/token-use.test.ts'
const SIGN_IN = 'http/sign-in.test.ts'
const SESSIONS = 'http/sessions.test.ts'
const FETCH = 'intake/reach/fetch.test.ts'
const KEYS = 'intake/registered-keys.test.ts'
const ASSERTION = 'seal/assertion.ts'
const REACH = 'intake/reach/fetch.ts'
const ROUTES = 'http/routes.test.ts'
const TAMPERING = 'http/tampering.test.ts'
const GUESSING = 'journeys/id-guessing.test.ts'

const ALGORITHM = ["alg === 'RS384' || alg === 'ES384' ? alg : refuse()"]
const BROUGHT = 'BROUGHT.some((member) => Object.hasOwn(header, member))'
const MORE = ': a member more is refused, whatever it is called, before any door is asked (mass assignment)'
/** By which each door refuses what it does not know. */
const MEMBERS: Readonly<Record<string, string>> = {
  'emergencies': 'Object.keys',
  'disputes': 'Object.keys',
  'agreement-officers': 'Object.keys',
  'parties': 'Object.keys(rest).length > 0',
  'submissions': 'Object.keys(rest).length > 0'
}

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
  ['alg none', ASSERTION, ALGORITHM, [TOKEN, 'alg none, in every spelling, is no algorithm of a registered key (RFC 8725 §3.2)']],
  [
    'alg none',
    'seal/token.ts',
    ["algorithms: ['ES256']", "RequestError('token-invalid')"],
    ['http/hostile.test.ts', 'forged access tokens are 401 token-invalid: alg none, HS256 with the public key, another kid, other claims']
  ],
  [
    'HS256 with a public key',
    ASSERTION,
    ALGORITHM,
    [TOKEN, 'HS256, HS384 and HS512 with the public key as the secret: the algorithm is the key’s (RFC 8725 §2.1)']
  ],
  [
    'ES/RS confusion',
    ASSERTION,
    ['own === algorithm', "key.kty === 'RSA' ? 'RS384'"],
    [TOKEN, 'ES and RS confused: each by the other’s name, and by algorithms SMART does not name (RS256, PS384, ES256)']
  ],
  [
    'embedded jwk',
    ASSERTION,
    [BROUGHT, "'jwk'"],
    [TOKEN, 'an embedded jwk, and a signature by it: no key is taken from what it should prove (RFC 8725 §3.10)']
  ],
  ['x5u', ASSERTION, [BROUGHT, "'x5u'"], [TOKEN, 'x5u: keys are never fetched from where an assertion says (RFC 8725 §3.10)']],
  [
    'jku elsewhere',
    ASSERTION,
    ['jku !== registered.jwksUri'],
    [TOKEN, 'jku elsewhere: SMART, "not whitelisted: the signature verification fails"'],
    [TOKEN, 'jku of another party']
  ],
  [
    'kid traversal and injection',
    ASSERTION,
    ['key === undefined || others.length > 0 ? null : key', 'known.kid === kid'],
    [TOKEN, 'kid with a path in it is compared, not opened'],
    [TOKEN, 'kid with SQL in it is compared, not asked'],
    [TOKEN, 'kid twice: two readers could read two (RFC 8725 §2.6)']
  ],
  ['crit unknown', ASSERTION, [BROUGHT, "'crit'"], [TOKEN, 'crit unknown (RFC 7515 §4.1.11)']],
  ['b64 false', ASSERTION, [BROUGHT, "'b64'"], [TOKEN, 'b64 false (RFC 7797)']],
  [
    'replayed jti across replicas and across restart',
    'store/spent-jti.ts',
    ['row?.spent ?? 0', 'ON CONFLICT DO NOTHING RETURNING issuer'],
    [TOKEN, 'a replayed jti on another replica: the spent ones are in the database of all'],
    ['journeys/tokens.test.ts', 'a replayed jti is refused at the other replica, and by one that was started since (RFC 7523 §3)']
  ],
  [
    'replayed jti across replicas and across restart',
    'http/oauth.ts',
    ["outcome === 'replayed'"],
    [TOKEN, 'a replayed jti: once, also where the second comes at the same moment, and with other claims beside (RFC 7523 §3)']
  ],
  [
    'exp far ahead',
    ASSERTION,
    ['exp > now + MAX_SECONDS + SKEW_SECONDS', 'MAX_SECONDS = 300'],
    [TOKEN, 'exp far ahead (SMART: five minutes)']
  ],
  [
    'aud array tricks',
    ASSERTION,
    ['!audiences.includes(audience)', 'aud.length === 1'],
    [TOKEN, 'aud: ours and another (RFC 8725 §3.9)'],
    [TOKEN, 'aud: a list in a list']
  ],
  ['iss ≠ sub', ASSERTION, ['sub !== iss'], [TOKEN, 'iss is not sub (SMART: both the client_id)']],
  [
    'clock skew edges',
    ASSERTION,
    ['iat > now + SKEW_SECONDS || nbf > now + SKEW_SECONDS', 'SKEW_SECONDS = 10'],
    ['seal/token.test.ts', 'clocks differ by 10 seconds at most, to the second: exp, nbf and iat at their edges (SMART; RFC 7519 §4.1.4)']
  ],
  [
    'token of a suspended party',
    'http/authenticate.ts',
    ['!stands', 'party !== null && party.role === grant.role && identities.stands(grant)', "'token-invalid'"],
    [USE, 'a party that is suspended, and one that is revoked'],
    [
      'journeys/parties.test.ts',
      'a party suspended in mid-download: its tokens die, the download ends within 5 s at both, its agreement rests; resumed it goes on, with new tokens'
    ]
  ],
  [
    'token from another certificate',
    'http/authenticate.ts',
    ['registered.includes(certificate) && certificateOf(req) === certificate'],
    ['http/token-bound.test.ts', 'of another party’s certificate, of none; the claim is cnf x5t#S256 (§3.1)'],
    ['http/tls.test.ts', 'a party with registered certificates signs in with one of them only, and its token works on that connection only']
  ],
  [
    'stolen cookie',
    'exchange/identity/sessions.ts',
    ['session === null', 'store.findSession(room.pool, presented)', "'session-ended'"],
    [SESSIONS, 'a stolen cookie after its owner signed out: refused at every replica, at once']
  ],
  [
    'stolen cookie',
    'core/identity/session.ts',
    ["'live' : 'copied'", 'session.before_until'],
    [SESSIONS, 'a stolen cookie after it was replaced: refused, and the session ends for whoever has its newer one, for there is a copy']
  ],
  [
    'session fixation',
    'exchange/identity/sign-in.ts',
    ['return secret', 'randomBytes(SECRET_BYTES)'],
    [SESSIONS, 'session fixation: a cookie that was set before the sign-in is worth nothing after it, and the session of before has ended']
  ],
  [
    'CSRF',
    'http/sessions.ts',
    ['same(sha256(sent), sha256(csrf))', "'cross-site'"],
    ['http/session-csrf.test.ts', "the token of another officer's session"],
    ['http/routes-by-session.test.ts', ': without the token, with another, or from another site, nothing is changed (CSRF)']
  ],
  [
    'CSRF',
    'http/sessions.ts',
    ['isForeign(', "'cross-site'"],
    ['http/session-csrf.test.ts', 'a fetch of another site that knows the token']
  ],
  [
    'open redirect',
    'exchange/identity/sign-in.ts',
    ['place === -1', 'RETURN_TO.indexOf(returnTo)', "'bad-request'"],
    [SIGN_IN, 'open redirect: return_to is one of our own addresses, or nobody is sent away']
  ],
  [
    'forced browsing',
    'http/authorise.ts',
    ['permitOf(power, known) === null', "'scope-missing'"],
    [ROUTES, ': whoever holds the role, the scope and the level is let in, and nobody else (forced browsing)']
  ],
  [
    'verb tampering',
    'http/app.ts',
    ["RequestError('method-not-allowed')"],
    [ROUTES, 'every method a path does not name is 405 with Allow, whoever asks and whatever X-HTTP-Method-Override says (verb tampering)']
  ],
  [
    'mass assignment',
    'exchange/identity/parties-door.ts',
    ['own.length !== names.length', "'bad-request'"],
    ['http/tampering-identity.test.ts', ': a member more is refused, and nothing is made of it (mass assignment, identity)']
  ],
  ...['emergencies', 'disputes', 'agreement-officers', 'parties', 'submissions'].map(
    (door): Row => ['mass assignment', `http/${door}.ts`, [MEMBERS[door] ?? '', "'bad-request'"], [TAMPERING, MORE]]
  ),
  [
    'id guessing across parties',
    'exchange/exports/exports.ts',
    ['job === null', 'caller.party', "'not-found'"],
    [GUESSING, 'GET /fhir/jobs/:id/files/:name: a file of others is not in a job of one’s own']
  ],
  [
    'id guessing across parties',
    'exchange/dispute/dispute.ts',
    ['row.source === party || toldTo(row) === party', "'not-found'"],
    [GUESSING, 'POST /disputes and POST /submissions: what is of others, named in a body or a parameter, is not there']
  ],
  [
    'JWKS host down',
    REACH,
    ["NotFetched('unreachable', error)"],
    [KEYS, 'refused (unreachable): the host is down; what was fetched before counts for an hour, and then nothing does']
  ],
  [
    'JWKS host slow',
    REACH,
    ['signal.aborted', "NotFetched('too-slow', error)"],
    [KEYS, 'an answer that drips, a byte each 20 ms'],
    [KEYS, 'a slow party keeps no other waiting']
  ],
  ['JWKS host huge', REACH, ['length > want.maxBytes'], [KEYS, 'a set without end, not announced']],
  ['JWKS host huge', REACH, ["NotFetched('encoded')"], [KEYS, 'a gzip bomb: nothing is unpacked']],
  [
    'JWKS host redirecting to metadata addresses',
    REACH,
    ['statusCode >= 300 && statusCode < 400', "NotFetched('redirected')"],
    [KEYS, 'a redirect to the metadata address of a cloud']
  ],
  [
    'JWKS host redirecting to metadata addresses',
    REACH,
    ['admitted.includes(outside.reachOf(one))', "NotFetched('address-refused')"],
    [FETCH, 'refused (address-refused): metadata and link-local, even of a host that the operator named']
  ],
  [
    'DNS rebinding',
    REACH,
    ['callback(null, found)'],
    [FETCH, 'DNS rebinding: the name is resolved once, and the connection goes to the very address that was checked']
  ],
  [
    'ten thousand fuzzed Authorization headers and assertions',
    ASSERTION,
    ['key !== null && signed', 'refuse()'],
    ['http/token-fuzz.test.ts', 'assertions: the same 401 for each']
  ],
  [
    'ten thousand fuzzed Authorization headers and assertions',
    'http/authenticate.ts',
    ['token === undefined', 'BEARER.exec(header)', "'token-invalid'"],
    ['http/token-fuzz.test.ts', 'Authorization headers: the same 401 for each']
  ],
  [
    'request smuggling',
    'http/head.ts',
    ['framed(req) && addressed(req)'],
    ['http/smuggling.test.ts', 'CL.TE: the length hides a request behind the last chunk'],
    ['http/smuggling.test.ts', 'two Hosts (RFC 9112 §3.2)']
  ],
  [
    'path confusion',
    'http/paths.ts',
    ['HIDDEN.test(path)', "'bad-request'"],
    ['http/hostile.test.ts', 'paths that two readers could read differently are 400 before any route is looked at']
  ]
]

describe('the table of attacks on identity', () => {
  it('has a row for each, and no other', () => {
    expect([...new Set(TABLE.map(([attack]) => attack))]).to.deep.equal(ATTACKS)
  })

  for (const [attack, stage, rule, ...shown] of TABLE)
    it(`${attack}: refused by ${stage}: ${rule[0]}`, () => {
      const refusals = refusalsIn(sourceOf(`../gateway/${stage}`))
      expect(
        refusals.filter((one) => rule.every((word) => one.includes(word))),
        `${stage}: ${rule.join(', ')}`
      ).to.not.have.length(0)
      expect(shown).to.not.have.length(0)
      for (const [file, title] of shown) {
        const test = sourceOf(file)
        expect(timesTitled(test, title), `${file}: ${title}`).to.equal(1)
        expect(test, `${file}: something in it is skipped or alone`).not.to.match(LEFT_OUT)
        expect(test, `${file}: something in it does not run everywhere`).not.to.match(MAY_SKIP)
      }
    })

  it('a rule in a comment or elsewhere is none; a title in part, or twice, is none', () => {
    const stage =
      "const LONG = 5\n// throw on b > LONG\nfunction f(a: number, b: number) {\n  g(b > LONG)\n  if (a > LONG) throw new E('no') // c\n}"
    expect(refusalsIn(stage)).to.deep.equal(["throw new E('no'); a > LONG  LONG = 5"])
    const test =
      ['one thing', 'third thing', 'third thing'].map((one) => `it('${one}', f)`).join('\n') +
      ['it(`$', '{x}: another`) it(`$', '{y} of four`)'].join('')
    expect(['one thing', ': another', 'thing', 'one', 'third thing', ' of four'].map((title) => timesTitled(test, title))).to.deep.equal([
      1, 1, 0, 0, 2, 1
    ])
  })
})
