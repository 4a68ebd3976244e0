/**
 * The body of an officer's request for an accounting, from text to a typed value by schemas/http/accounting-request.json. Refuses what is not JSON, what could be read in two ways,
 * and what the schema does not say; tells where in the schema, never what stood there.
 */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { RequestError } from '../core/errors.ts'
import { countKeys, screen } from '../core/fhir/screen.ts'
import type { AskedAccounting } from '../exchange/accountings.ts'

const DEPTH = 4
const SCHEMA = new URL('../../schemas/http/accounting-request.json', import.meta.url)

/** Reads the text of a request. RequestError bad-request | duplicate-key | too-deep. */
export type AccountingReader = (text: string) => AskedAccounting

/** Compiles the schema: once an app. */
export function createAccountingReader(): AccountingReader {
  const validate = new Ajv2020({ strict: true }).compile<AskedAccounting>(JSON.parse(readFileSync(SCHEMA, 'utf8')))
  return (text) => {
    const document = parsed(text)
    if (validate(document)) return document
    // a place in our own schema: unknown names are reported at what holds them
    const place = validate.errors?.[0]?.instancePath ?? ''
    throw new RequestError(
      'bad-request',
      `The body is not what schemas/http/accounting-request.json says: look at ${place === '' ? 'its members' : place}.`
    )
  }
}

function parsed(text: string): unknown {
  const bytes = Buffer.from(text, 'utf8')
  const screened = screen(bytes, 0, bytes.length, DEPTH)
  if (screened.tooDeep) throw new RequestError('too-deep')
  const document = jsonIn(text)
  if (countKeys(document) !== screened.keys) throw new RequestError('duplicate-key')
  return document
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new RequestError('bad-request', 'The body is not JSON.')
  }
}
