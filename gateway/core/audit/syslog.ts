/**
 * An AuditEvent as a syslog message (RFC 5424) in an octet-counted frame (RFC 5425 §4.3). Decides its form: facility 10 and severity 5 as IHE ITI-20 has
 * them, more severe where the event failed; the message is the AuditEvent as JSON, that of ITI-20's FHIR feed, in ASCII. Its MSGID is not ITI-20's
 * IHE+RFC-3881, which promises DICOM's XML.
 */
import { asciiJson } from './ascii.ts'
import type { AuditEvent } from './audit-event.ts'

/** security/authorization messages (RFC 5424 §6.2.1) */
const FACILITY = 10
/** notice, warning, critical, by outcome */
const SEVERITY: ReadonlyMap<unknown, number> = new Map([
  ['0', 5],
  ['4', 4],
  ['8', 4],
  ['12', 2]
])
const NOTICE = 5

export interface SyslogSender {
  /** the log's origin: its host is the message's */
  readonly origin: string
  readonly version: string
}

/** A PARAM-VALUE of structured data (RFC 5424 §6.3.3). */
function escaped(text: string): string {
  return text.replaceAll(/["\\\]]/g, (character) => `\\${character}`)
}

/** PRINTUSASCII of at most 255, or the nil value. */
function hostOf(origin: string): string {
  return (origin.split('/')[0] ?? '').replaceAll(/[^!-~]/g, '').slice(0, 255) || '-'
}

/** One frame: octet count, a space, and so many octets. */
export function syslogFrame(event: AuditEvent, { origin, version }: SyslogSender): Buffer {
  const pri = FACILITY * 8 + (SEVERITY.get(event['outcome']) ?? NOTICE)
  const head = `<${pri}>1 ${String(event['recorded'])} ${hostOf(origin)} sallyport - FHIR-AuditEvent`
  const message = `${head} [origin software="sallyport" swVersion="${escaped(version)}"] ${asciiJson(event)}`
  return Buffer.from(`${message.length} ${message}`, 'ascii')
}
