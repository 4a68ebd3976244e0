/** Reads a body as the gateway does, cut in chunks of a given size, and lists what was kept and what was refused. */
import { type CutLimits, createCutter, type Part } from '../../../gateway/core/fhir/cut.ts'
import type { Sender } from '../../../gateway/core/fhir/identity.ts'
import { type KeptRecord, namesOf, type ReadLimits, type RefusedRecord, readPart } from '../../../gateway/core/fhir/part.ts'

export const LIMITS: ReadLimits & CutLimits = { recordBytes: 10 * 1024 * 1024, bundleBytes: 16 * 1024 * 1024, depth: 64 }
export const SENDER: Sender = { party: 'demo-hospital', ownBases: ['https://fhir.hospital.example/r4'] }

export function cutAll(body: Uint8Array, chunk = 64 * 1024, limits: CutLimits = LIMITS): Part[] {
  const cutter = createCutter(limits)
  const parts: Part[] = []
  for (let at = 0; at < body.length; at += chunk) parts.push(...cutter.push(body.subarray(at, at + chunk)))
  parts.push(...cutter.end())
  return parts
}

export interface Outcome {
  readonly kept: KeptRecord[]
  /** `line code path` */
  readonly refused: string[]
}

/** `keep` may make records lighter, where there are many. */
export function readAll(
  body: string | Uint8Array,
  limits = LIMITS,
  chunk = 64 * 1024,
  keep = (record: KeptRecord): KeptRecord => record
): Outcome {
  const parts = cutAll(typeof body === 'string' ? Buffer.from(body) : body, chunk, limits)
  const kept: KeptRecord[] = []
  const refused: string[] = []
  const note = ({ line, code, path }: RefusedRecord): void => {
    refused.push(`${line} ${code} ${path}`.trim())
  }
  const names = new Map(parts.filter((part) => part.kind === 'entries').flatMap((part) => namesOf(part, limits)))
  for (const part of parts) {
    for (const { line, code } of part.rejects) note({ line, code, path: '' })
    readPart(part, limits, SENDER, (name) => names.get(name), { keep: (record) => kept.push(keep(record)), refuse: note })
  }
  return { kept, refused }
}

export const PATIENT = '{"resourceType":"Patient","id":"p1","birthDate":"1950-01-02"}'
export const CONDITION = '{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"}}'
