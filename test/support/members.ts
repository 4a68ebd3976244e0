/** What a body is sent with that its route does not know (mass assignment), and the routes that change who is who. */

/** Asked of the real registry, with bodies that are taken as they stand: http/tampering-identity.test.ts. */
export const IDENTITY: readonly string[] = [
  'POST /registration',
  'POST /parties/:id/keys',
  'POST /parties/:id/keys/:key/revocation',
  'POST /parties/:id/confirmation',
  'POST /invitations',
  'POST /invitations/:id/confirmation'
]

/** What somebody might try to be given with the rest. */
export const MORE = [
  '"role":"officer"',
  '"roles":["operator"]',
  '"sees":["content"]',
  '"party":"demo-hospital"',
  '"id":"00000000-0000-4000-8000-000000000000"',
  '"state":"active"',
  '"account":"demo-officer"',
  '"approved":true',
  '"scopes":["sallyport/operate"]',
  '"__proto__":{"role":"officer","reason":"x"}',
  '"\\u005f_proto__":{"role":"officer"}',
  '"constructor":{"prototype":{"role":"officer"}}',
  '"prototype":{}',
  '"toString":"x"',
  '"":"x"'
]
