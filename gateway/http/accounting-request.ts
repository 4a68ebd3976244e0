/**
 * The body of an officer's request for an accounting, from an object to a typed value by schemas/http/accounting-request.json. Refuses what the schema does not say; tells where in
 * the schema, never what stood there.
 */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { RequestError } from '../core/errors.ts'
import type { AskedAccounting } from '../exchange/accounting/accountings.ts'

const SCHEMA = new URL('../../schemas/http/accounting-request.json', import.meta.url)

/** Reads the body of a request. RequestError bad-request. */
export type AccountingReader = (body: object) => AskedAccounting

/** Compiles the schema: once an app. */
export function createAccountingReader(): AccountingReader {
  const validate = new Ajv2020({ strict: true }).compile<AskedAccounting>(JSON.parse(readFileSync(SCHEMA, 'utf8')))
  return (body) => {
    if (validate(body)) return body
    // a place in our own schema: unknown names are reported at what holds them
    const place = validate.errors?.[0]?.instancePath ?? ''
    throw new RequestError(
      'bad-request',
      `The body is not what schemas/http/accounting-request.json says: look at ${place === '' ? 'its members' : place}.`
    )
  }
}
