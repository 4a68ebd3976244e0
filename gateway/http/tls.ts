/**
 * TLS at the listener: which versions and suites, and what lives for a while (the certificate, the keys of session tickets). Decides that only 1.2 and 1.3 with forward secrecy
 * and AEAD are spoken (RFC 9325 §3.1, §4.1, §4.2), that nothing is renegotiated or compressed, and that a certificate is changed without a restart. A faulty one is refused, and the
 * one before it serves on.
 */
import { constants, randomBytes } from 'node:crypto'
import type { Server } from 'node:https'
import type { SecureContextOptions, TlsOptions } from 'node:tls'

/** PEM texts. With `clientCa`, a client certificate is asked for, never required: the token says whether one is needed (RFC 8705). */
export interface TlsMaterial {
  readonly cert: string | Buffer
  readonly key: string | Buffer
  readonly clientCa: string | Buffer | null
}

/** The suites, in the order the gateway prefers them. */
export const CIPHERS: readonly string[] = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256'
]

/** Bytes of a ticket key as node:tls takes them: name, HMAC and AES. */
const TICKET_KEY_BYTES = 48

function contextOptions({ cert, key, clientCa }: TlsMaterial): SecureContextOptions {
  return {
    cert,
    key,
    ...(clientCa === null ? {} : { ca: clientCa }),
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS.join(':'),
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION
  }
}

export function tlsOptions(material: TlsMaterial, handshakeSeconds: number): TlsOptions {
  return {
    ...contextOptions(material),
    ...(material.clientCa === null ? {} : { requestCert: true, rejectUnauthorized: false }),
    handshakeTimeout: handshakeSeconds * 1000,
    ALPNProtocols: ['http/1.1']
  }
}

/** New connections get the new certificate; those that stand go on. Throws where certificate and key do not fit or cannot be read. Tickets of before open nothing. */
export function renewCertificate(server: Server, material: TlsMaterial): void {
  server.setSecureContext(contextOptions(material))
}

/** Keys of session tickets live for a while and never leave memory: who steals them later opens no recorded connection of before (RFC 9325 §4.3). */
export function renewTicketKeys(server: Server, everySeconds: number): NodeJS.Timeout {
  return setInterval(() => server.setTicketKeys(randomBytes(TICKET_KEY_BYTES)), everySeconds * 1000).unref()
}
