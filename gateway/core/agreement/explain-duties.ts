/** The part of an agreement's sentences that is about people and promises: evidence, who answers for it, duties, disputes, and the indicators it exists for. Decides nothing. */
import type { Agreement } from '../../generated/policy.ts'
import type { Certificate } from '../deidentify/profile/profile.ts'

const KINDS = {
  baa: 'The business associate agreement',
  dua: 'The data use agreement',
  nda: 'The non-disclosure agreement',
  other: 'The contract'
} as const

export function evidenced({ evidence, reattestation }: Agreement, certificate: Certificate | null): string[] {
  return [
    ...(evidence ?? []).map(
      ({ kind, id, digest, date, expires }) =>
        `${KINDS[kind]} ${id} (${digest}) was signed on ${date} and ${expires === null ? 'has no end' : `ends before ${expires}`}; outside these days nothing is taken in and nothing leaves.`
    ),
    ...(reattestation === undefined
      ? unattested(certificate)
      : [
          `A privacy officer attests it, and the profile it names, anew every ${reattestation.every}; the day it is not, or its certificate has ended, it suspends itself, after warnings 60, 30 and 7 days before.`
        ])
  ]
}

/** Nobody is asked to attest it: its certificate ends all the same. */
function unattested(certificate: Certificate | null): string[] {
  if (certificate === null) return []
  return [
    `Nobody attests it anew. From ${certificate.expires} on, when its certificate has ended, nothing is taken in and nothing leaves, though its state is active still: then a version is to be approved that names a profile whose certificate is in force.`
  ]
}

export function answering({ responsible, actsFor }: Agreement): string[] {
  return [
    ...(responsible ?? []).map(({ for: side, name, contact }) => `For the ${side} answers ${name} (${contact}).`),
    ...(actsFor === undefined ? [] : [`The recipient acts for: ${actsFor.join('; ')}.`])
  ]
}

export function promised({ duties, dispute }: Agreement): string[] {
  return [
    ...(duties ?? []).map(({ of, text }) => `A duty of the ${of}: ${text}`),
    ...(dispute === undefined ? [] : [`Disputes are told to ${dispute.contact}, and answered within ${dispute.days} days.`])
  ]
}

export function measured({ indicators }: Agreement): string[] {
  return (indicators ?? []).map(
    ({ name, about, measure, baseline, target, period, owner, paymentClause }) =>
      `${name} (${about}): ${measure} From ${baseline.value} ${baseline.unit} to ${target.value} ${target.unit}, measured from ${period.from} up to, but not on, ${period.to}. ${owner} answers for it. Payment: ${paymentClause}`
  )
}
