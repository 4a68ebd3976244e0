/** Configurations of Microsoft's tool in tests: read, and followed on one record. */
import { readDocument } from '../../gateway/microsoft/document.ts'
import { meansOf } from '../../gateway/microsoft/means.ts'
import { type ReadConfiguration, readConfiguration } from '../../gateway/microsoft/read.ts'
import { follow } from '../../gateway/microsoft/record.ts'

export interface TheirRule {
  readonly path: string
  readonly method: string
  readonly [setting: string]: unknown
}

export function readTheirs(document: object): ReadConfiguration {
  const read = readDocument(Buffer.from(JSON.stringify(document)))
  return 'faults' in read ? read : readConfiguration(read.document)
}

interface Given {
  readonly parameters?: object
  readonly scope?: string
  readonly at?: string
}

/** What becomes of the record under these rules, as JSON. */
export function followed(
  rules: readonly TheirRule[],
  record: object,
  { parameters = {}, scope = '', at = '2026-01-31' }: Given = {}
): { [key: string]: unknown } {
  const read = readTheirs({ fhirPathRules: rules, parameters })
  if ('faults' in read) throw new Error(read.faults.map(({ path, message }) => `${path} ${message}`).join('; '))
  const means = meansOf(read.configuration.parameters, scope, at)
  return JSON.parse(JSON.stringify(follow(read.configuration, means, null).followed(structuredClone(record))))
}

/** The codes in meta.security, in order. */
export function labelsOf(record: { readonly [key: string]: unknown }): string[] {
  const meta = record['meta'] as { security?: { code: string }[] } | undefined
  return (meta?.security ?? []).map(({ code }) => code)
}
